"""What probes and scrapes survive: silent connections, a lack of file descriptors, and faults of our own."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus

import pytest

from tests.observability.scrape import get
from tests.waits import PATIENCE_SECONDS
from worker.local.ports import free_port
from worker.observability.http_server import EXCHANGE_WITHIN_SECONDS, MAX_CONNECTIONS, Answer, http_server


async def alive(_path: str) -> Answer:
    """What every path answers here."""
    return Answer(HTTPStatus.OK, b"alive", "text/plain")


async def closed(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other side closes."""
    with suppress(ConnectionError):
        return await reader.read()
    return b""


async def test_silent_connections_keep_nobody_out() -> None:
    """The oldest ones make room, and each ends after a time."""
    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    async with http_server("X", address, alive):
        silent = [await asyncio.open_connection(host, int(port)) for _ in range(MAX_CONNECTIONS * 2)]
        assert await asyncio.to_thread(get, address, "/healthz") == (200, "alive")
        async with asyncio.timeout(EXCHANGE_WITHIN_SECONDS + PATIENCE_SECONDS):
            assert await asyncio.gather(*(closed(reader) for reader, _ in silent)) == [b""] * len(silent)
        for _, writer in silent:
            writer.close()


async def test_a_fault_of_ours_leaks_no_connection() -> None:
    """The connection is closed, and the next request is answered."""

    async def failing(path: str) -> Answer:
        if path == "/fault":
            raise ArithmeticError(path)
        return await alive(path)

    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    async with http_server("X", address, failing):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /fault HTTP/1.1\r\n\r\n")
        assert await asyncio.wait_for(closed(reader), PATIENCE_SECONDS) == b""
        writer.close()
        assert (await asyncio.to_thread(get, address, "/other"))[0] == 200


@pytest.fixture
def serving() -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A process that serves metrics, and its address."""
    address = f"127.0.0.1:{free_port()}"
    with subprocess.Popen(  # noqa: S603 — ourselves
        [sys.executable, "-m", "tests.observability.metrics_process", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serving\n"
        yield address, process
        process.kill()


def says(process: "subprocess.Popen[str]") -> str:
    """What the process says to the next line of its stdin."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_metrics_outlive_a_lack_of_file_descriptors(serving: tuple[str, "subprocess.Popen[str]"]) -> None:
    """Scrapes and strangers that come meanwhile must not end the endpoint for good."""
    address, process = serving
    assert get(address, "/metrics")[0] == 200
    assert says(process) == "exhausted"
    host, port = address.split(":")
    waiting = [socket.create_connection((host, int(port)), timeout=2) for _ in range(5)]
    time.sleep(1.5)
    assert says(process) == "freed"
    for connection in waiting:
        connection.close()
    deadline = time.monotonic() + PATIENCE_SECONDS
    status = 0
    while status != HTTPStatus.OK and time.monotonic() < deadline:
        with suppress(OSError):
            status, metrics = get(address, "/metrics")
    assert status == HTTPStatus.OK
    assert "polysync_sagemaker_build_info" in metrics
