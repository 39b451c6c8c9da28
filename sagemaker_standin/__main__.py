import argparse
import json
import signal
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.types import Scope

import sagemaker_standin
from sagemaker_standin.arns import Account
from sagemaker_standin.events.bus import EventBus
from sagemaker_standin.events.watch import EventSource
from sagemaker_standin.journal import Journal
from sagemaker_standin.queues.service import Queues
from sagemaker_standin.samples import SAMPLES
from sagemaker_standin.server import application
from sagemaker_standin.service import Service

# Replies that a fault holds back must not keep the process from ending.
_SHUTDOWN_SECONDS = 1
# Longer than clients leave their pooled connections idle, so that none meets a connection that is just being closed.
_KEEP_ALIVE_SECONDS = 120


class _AnnouncingServer(uvicorn.Server):
    """Prints its address to stdout once it listens, and lets waiting consumers of queues go when it ends."""

    def __init__(self, config: uvicorn.Config, queues: Queues) -> None:
        super().__init__(config)
        self._queues = queues

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            host, port = server.sockets[0].getsockname()[:2]
            print(json.dumps({"endpoint_url": f"http://{host}:{port}"}), flush=True)  # noqa: T201 — the contract

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._queues.close()
        await super().shutdown(sockets)

    def close_connection(self, scope: Scope) -> None:
        """Close the connection of a request without a reply."""
        client = tuple(scope["client"])
        for connection in list(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.abort()


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _options()
    account = Account(options.region, options.account)
    service = Service(account, Journal(options.data), options.max_concurrent)
    if service.world.clock.scale != options.clock_scale:
        service.set("standin:clock", {"scale": options.clock_scale})
    if options.with_samples:
        _create_samples(service, account)
    queues = Queues(account)
    events = EventSource(service, EventBus(account, queues))
    if options.event_queue:
        events.switch({"queue": options.event_queue})
    served = application(
        service,
        queues,
        events,
        lambda scope: server.close_connection(scope),  # noqa: PLW0108 — the server comes later
    )
    config = uvicorn.Config(
        served,
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    server = _AnnouncingServer(config, queues)
    # uvicorn raises the signal that ended it once more when it is done: by then it means a clean end.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: sys.exit(0))
    server.run()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sagemaker_standin", description=sagemaker_standin.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--clock-scale", type=float, default=1.0, help="simulated seconds per real second")
    parser.add_argument("--data", type=Path, help="file that keeps the state over restarts")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--account", default="111122223333")
    parser.add_argument("--max-concurrent", type=int, help="quota of open executions")
    parser.add_argument("--event-queue", metavar="NAME", help="send events to a queue of this name")
    parser.add_argument("--with-samples", action="store_true", help="create the sample pipelines")
    return parser.parse_args()


def _create_samples(service: Service, account: Account) -> None:
    for name, definition in SAMPLES.items():
        if name not in service.world.pipelines:
            request = {
                "PipelineName": name,
                "PipelineDefinition": definition,
                "RoleArn": f"arn:{account.partition}:iam::{account.account_id}:role/SageMakerPipelineRole",
                "ClientRequestToken": f"sample-pipeline-{name}".ljust(32, "-"),
            }
            service.call("CreatePipeline", request)


if __name__ == "__main__":
    main()
