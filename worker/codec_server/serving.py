"""The codec server as a process: where it listens, with which certificate."""

import signal
import socket
import sys
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from starlette.applications import Starlette

from worker.codec_server.connections import BoundedConnection

log = structlog.get_logger(__name__)

SHUTDOWN_SECONDS: Final = 5


@dataclass(frozen=True)
class Endpoint:
    """Where the server listens."""

    host: str
    port: int
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


class _AnnouncingServer(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            host, port = server.sockets[0].getsockname()[:2]
            log.info("codec_server.started", host=host, port=port, tls=self.config.is_ssl)


def serve(application: Starlette, endpoint: Endpoint) -> None:
    """Serve until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        application,
        host=endpoint.host,
        port=endpoint.port,
        ssl_certfile=endpoint.tls_cert,
        ssl_keyfile=endpoint.tls_key,
        log_config=None,
        log_level="warning",
        # Our own log events name the caller; these would have addresses only.
        access_log=False,
        server_header=False,
        http=BoundedConnection,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    # uvicorn raises the signal that ended it once more when it is done: by then it means a clean end.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: sys.exit(0))
    _AnnouncingServer(config).run()
