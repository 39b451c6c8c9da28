"""The codec server as a process: where it listens, with which certificate."""

import asyncio
import logging
import signal
import socket
import sys
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE

from worker.codec_server.connections import BoundedConnection
from worker.codec_server.handshakes import CountedListener, Handshakes

log = structlog.get_logger(__name__)

SHUTDOWN_SECONDS: Final = 5

BACKLOG: Final = 200
"""Connections that wait to be accepted. asyncio accepts as many in one turn, and closes what has to give way in the
next ones: measured, a flood of silent clients holds 200 handshakes and twice the backlog, below the usual 1,024."""


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


class _Server(uvicorn.Server):
    """Says where it listens; with TLS, on sockets that count the handshakes."""

    def __init__(self, config: uvicorn.Config, handshakes: Handshakes) -> None:
        super().__init__(config)
        self._handshakes = handshakes

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(await self._listeners() if self.config.is_ssl else sockets)
        host, port = self.servers[0].sockets[0].getsockname()[:2]
        log.info("codec_server.started", host=host, port=port, tls=self.config.is_ssl)

    async def _listeners(self) -> list[socket.socket]:
        """Bind one socket for each address of the host, as uvicorn does it without TLS."""
        loop, config = asyncio.get_running_loop(), self.config
        try:
            bound = await loop.create_server(asyncio.Protocol, config.host, config.port, start_serving=False)
        except OSError as error:
            # As uvicorn says it, and ends.
            logging.getLogger("uvicorn.error").error(error)  # noqa: TRY400 — no traceback
            sys.exit(STARTUP_FAILURE)
        listeners: list[socket.socket] = [CountedListener(each.dup(), self._handshakes) for each in bound.sockets]
        bound.close()
        return listeners


def serve(application: Starlette, endpoint: Endpoint) -> None:
    """Serve until SIGTERM or SIGINT."""
    handshakes = Handshakes()
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
        # uvicorn calls it as it calls the class itself.
        http=partial(BoundedConnection, handshakes=handshakes),  # type: ignore[arg-type]
        # uvloop, where it is installed, does not accept through Python's sockets, which are what is counted.
        loop="asyncio",
        backlog=BACKLOG,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    # uvicorn raises the signal that ended it once more when it is done: by then it means a clean end.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: sys.exit(0))
    _Server(config, handshakes).run()
