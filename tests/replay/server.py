"""An embedded Temporal server for what needs one of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from contract.names import SEARCH_ATTRIBUTES
from worker.local.temporal_server import find_temporal
from workflows.payloads import data_converter


@asynccontextmanager
async def embedded_server(
    *, identity: str | None = None, continue_as_new_after_events: int | None = None
) -> AsyncIterator[Client]:
    """A client of a fresh server that ends with the block.

    Args:
        identity: What histories name as the client's and its workers' identity, instead of process and host.
        continue_as_new_after_events: Length of a history at which the server suggests to continue as new.
    """
    limit = f"limit.historyCount.suggestContinueAsNew={continue_as_new_after_events}"
    async with await WorkflowEnvironment.start_local(
        identity=identity,
        data_converter=data_converter,
        search_attributes=SEARCH_ATTRIBUTES,
        dev_server_existing_path=find_temporal(),
        dev_server_extra_args=["--dynamic-config-value", limit] if continue_as_new_after_events else [],
    ) as environment:
        yield environment.client
