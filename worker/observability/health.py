"""The health endpoints: `/healthz`, alive, and `/readyz`, takes work. Answered by the worker's own event loop."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus
from typing import Final

from worker.observability.prometheus import CannotServeError
from worker.observability.readiness import Readiness
from worker.socket_address import split_address

REQUEST_WITHIN_SECONDS: Final = 5.0
MAX_REQUEST_BYTES: Final = 8192
METHODS: Final = ("GET", "HEAD")


@asynccontextmanager
async def health_endpoints(address: str | None, readiness: Readiness) -> AsyncIterator[None]:
    """Serve the endpoints for as long as the block runs; nothing without an address.

    `/healthz` is 200 as long as the event loop turns, whatever has become of Temporal and AWS: a restart mends
    neither. `/readyz` is 200, or 503 with a reason.

    Raises:
        CannotServeError: The address cannot be listened on.
    """
    if address is None:
        yield
        return
    host, port = split_address(address)
    try:
        listening = _listen(host, port)
    except OSError as error:
        raise CannotServeError(f"HEALTH_ADDRESS {address} cannot be served: {error.strerror}") from error
    async with await asyncio.start_server(partial(_serve, readiness), sock=listening, limit=MAX_REQUEST_BYTES):
        yield


def _listen(host: str, port: int) -> socket.socket:
    """Listen as the metrics' endpoint does: `::` takes IPv4, too, which asyncio by itself would refuse."""
    is_ipv6 = ":" in host
    family = socket.AF_INET6 if is_ipv6 else socket.AF_INET
    return socket.create_server((host, port), family=family, dualstack_ipv6=is_ipv6 and socket.has_dualstack_ipv6())


async def _serve(readiness: Readiness, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # Whoever sends no request, too much of one, or goes away, gets no answer.
    with suppress(TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        async with asyncio.timeout(REQUEST_WITHIN_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        method, _, rest = head.decode("latin-1").partition(" ")
        status, document = await _answer(method, rest.partition(" ")[0].partition("?")[0], readiness)
        writer.write(_response(status, document, with_body=method != "HEAD"))
        await writer.drain()
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _answer(method: str, path: str, readiness: Readiness) -> tuple[HTTPStatus, dict[str, str]]:
    if method not in METHODS:
        return HTTPStatus.METHOD_NOT_ALLOWED, {"status": "unknown", "reason": "only GET and HEAD are answered"}
    match path:
        case "/healthz":
            return HTTPStatus.OK, {"status": "alive"}
        case "/readyz":
            problem = await readiness.problem()
            if problem is None:
                return HTTPStatus.OK, {"status": "ready"}
            return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "not ready", "reason": problem}
        case _:
            return HTTPStatus.NOT_FOUND, {"status": "unknown", "reason": "there are /healthz and /readyz"}


def _response(status: HTTPStatus, document: dict[str, str], *, with_body: bool) -> bytes:
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")
