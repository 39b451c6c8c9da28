"""A small HTTP server on the worker's event loop for probes and scrapes: one request a connection, and bounded."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import structlog

from worker.socket_address import split_address

log = structlog.get_logger(__name__)

EXCHANGE_WITHIN_SECONDS: Final = 5.0
"""Longest time for a request and its answer; a silent connection is closed then."""

MAX_CONNECTIONS: Final = 50
"""Beyond it the oldest connection is closed, so that silent ones keep out neither a probe nor a scrape."""

MAX_REQUEST_BYTES: Final = 8192
METHODS: Final = ("GET", "HEAD")


class CannotServeError(Exception):
    """An address of the settings cannot be listened on, or what a setting asks for is not installed."""


@dataclass(frozen=True)
class Answer:
    """What a path answers."""

    status: HTTPStatus
    body: bytes
    content_type: str


Answers = Callable[[str], Awaitable[Answer]]
"""Answers a path."""


@asynccontextmanager
async def http_server(setting: str, address: str, answers: Answers) -> AsyncIterator[None]:
    """Serve an address for as long as the block runs.

    Args:
        setting: Name of the setting that has the address, for the error.
        address: IP address and port.
        answers: Answers the path of a GET or HEAD.

    Raises:
        CannotServeError: The address cannot be listened on.
    """
    host, port = split_address(address)
    try:
        listening = _listen(host, port)
    except OSError as error:
        raise CannotServeError(f"{setting} {address} cannot be served: {error.strerror}") from error
    serving = _Connections(answers)
    # asyncio waits a second and accepts again where file descriptors ran out.
    async with await asyncio.start_server(serving.serve, sock=listening, limit=MAX_REQUEST_BYTES):
        yield


def _listen(host: str, port: int) -> socket.socket:
    """Listen; `::` accepts IPv4 as well, which asyncio's own default refuses."""
    is_ipv6 = ":" in host
    family = socket.AF_INET6 if is_ipv6 else socket.AF_INET
    return socket.create_server((host, port), family=family, dualstack_ipv6=is_ipv6 and socket.has_dualstack_ipv6())


class _Connections:
    """The open connections, oldest first."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._open: dict[asyncio.StreamWriter, None] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._open) >= MAX_CONNECTIONS:
            next(iter(self._open)).transport.abort()
        self._open[writer] = None
        try:
            async with asyncio.timeout(EXCHANGE_WITHIN_SECONDS):
                await self._exchange(reader, writer)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # A client that sends no request, too long a one, or goes away, gets no answer.
        except Exception:
            log.exception("http.answer_failed")
        finally:
            self._open.pop(writer, None)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, _, rest = head.decode("latin-1").partition(" ")
        if method in METHODS:
            answer = await self._answers(rest.partition(" ")[0].partition("?")[0])
        else:
            answer = Answer(HTTPStatus.METHOD_NOT_ALLOWED, b"only GET and HEAD are answered\n", "text/plain")
        writer.write(_written(answer, with_body=method != "HEAD"))
        await writer.drain()


def _written(answer: Answer, *, with_body: bool) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\nContent-Type: {answer.content_type}\r\n"
        f"Content-Length: {len(answer.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (answer.body if with_body else b"")
