"""An embedded Temporal server for what needs one of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from temporalio.client import Client

from worker.local.temporal_server import FOR_ONE_MACHINE, TemporalServer
from workflows.payloads import data_converter


@asynccontextmanager
async def embedded_server(
    *, identity: str | None = None, continue_as_new_after_events: int | None = None, ui_port: int = 0
) -> AsyncIterator[Client]:
    """A client of a fresh server that ends with the block.

    Args:
        identity: What histories name as the client's and its workers' identity, instead of process and host.
        continue_as_new_after_events: Length of a history at which the server suggests to continue as new.
        ui_port: Port of the Web UI, 0 for any.
    """
    limits = {"limit.historyCount.suggestContinueAsNew": continue_as_new_after_events}
    dynamic_config = {**FOR_ONE_MACHINE, **(limits if continue_as_new_after_events else {})}
    with TemporaryDirectory() as folder:
        # Not the SDK's own starter: it gives a server five seconds, which a busy machine exceeds.
        server = TemporalServer(Path(folder, "temporal.log"), ui_port=ui_port, dynamic_config=dynamic_config)
        try:
            await server.start_meanwhile()
            yield await Client.connect(server.address, identity=identity, data_converter=data_converter)
        finally:
            server.stop()
