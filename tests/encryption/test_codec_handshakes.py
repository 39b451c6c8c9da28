"""The codec server's TLS handshakes: clients that connect and stay silent hold little, and keep nobody out."""

import asyncio
import select
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path
from typing import Final

import pytest

from tests.credentials.certificates import Authority
from tests.e2e.command import COMMAND
from tests.encryption.stack import CodecProcess, codec_server
from tests.encryption.test_codec_server import BEARER, KEYS, PLAIN, asked
from worker.codec_server.handshakes import HANDSHAKE_WITHIN_SECONDS, MAX_HANDSHAKES, Handshakes

ASYNCIOS_OWN_SECONDS: Final = 60


@dataclass(frozen=True)
class Tls:
    """A codec server with a certificate."""

    running: CodecProcess
    trusted: ssl.SSLContext

    def answers(self) -> bool:
        """Whether a caller who speaks gets an answer."""
        return asked(f"{self.running.url}/healthz", method="GET", context=self.trusted)[:2] == (200, "ok")

    def silent(self, count: int, held: ExitStack) -> list[socket.socket]:
        """Connections without a handshake, until the block ends."""
        port = self.running.port
        return [held.enter_context(socket.create_connection(("127.0.0.1", port), 20)) for _ in range(count)]


def options_of(folder: Path) -> list[str]:
    """Options of a server with a certificate in a folder."""
    chain = str(folder / "server.pem")
    return ["--tls-cert", chain, "--tls-key", chain, "--token", "env://CODEC_TOKEN"]


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tls]:
    """A server that must log nothing but what was asked."""
    folder = tmp_path_factory.mktemp("certificates")
    authority = Authority(folder)
    with codec_server(KEYS, *options_of(folder)) as running:
        yield Tls(running, ssl.create_default_context(cafile=str(authority.bundle)))
        ended, events = running.end()
    assert ended == 0
    assert {event["event"] for event in events} <= {"payloads.encoded"}


def closed(connections: Sequence[socket.socket]) -> list[socket.socket]:
    """Those that the server has closed: it says nothing else without a handshake."""
    poller = select.poll()
    by_descriptor = {connection.fileno(): connection for connection in connections}
    for descriptor in by_descriptor:
        poller.register(descriptor, select.POLLIN)
    return [by_descriptor[descriptor] for descriptor, _ in poller.poll(0)]


def within(seconds: float, look: Callable[[], bool]) -> bool:
    """Whether it becomes true in this time."""
    deadline = time.monotonic() + seconds
    while not look():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_handshakes_are_bounded_in_number(tls: Tls) -> None:
    """The oldest gives way: a caller who speaks is answered, and descriptors do not run out."""
    with ExitStack() as held:
        silent = tls.silent(MAX_HANDSHAKES + 100, held)
        assert tls.answers()
        assert asked(f"{tls.running.url}/encode", {"payloads": [PLAIN]}, BEARER, context=tls.trusted)[0] == 200
        assert within(HANDSHAKE_WITHIN_SECONDS / 2, lambda: len(closed(silent)) >= 100)


def test_a_handshake_has_a_short_time(tls: Tls) -> None:
    """However few bytes of it come, one after the other."""
    with ExitStack() as held:
        silent, slow = tls.silent(2, held)
        slow.sendall(b"\x16\x03\x01\x02\x00")

        def both_closed() -> bool:
            if slow not in closed([slow]):
                slow.sendall(b"\x00")
            return len(closed([silent, slow])) == 2

        assert not both_closed()
        assert within(min(HANDSHAKE_WITHIN_SECONDS + 20, ASYNCIOS_OWN_SECONDS - 10), both_closed)
        assert tls.answers()


def test_a_connection_whose_handshake_is_done_gives_no_way(tls: Tls) -> None:
    """What is silent after it is bounded as without TLS."""
    speaking = HTTPSConnection("127.0.0.1", tls.running.port, timeout=20, context=tls.trusted)
    with ExitStack() as held:
        for count in (1, MAX_HANDSHAKES + 50):
            tls.silent(count, held)
            speaking.request("GET", "/healthz")
            assert speaking.getresponse().read() == b"ok"
    speaking.close()


async def test_what_has_ended_takes_no_room() -> None:
    """Handshakes that were broken off are forgotten before the oldest that waits, and those that are done at once."""
    handshakes = Handshakes()
    with ExitStack() as held:
        pairs = [socket.socketpair() for _ in range(MAX_HANDSHAKES + 3)]
        for end in (end for pair in pairs for end in pair):
            held.enter_context(end)
        ours, clients = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        for each in ours[:MAX_HANDSHAKES]:
            handshakes.begin(each)
        ours[1].close()
        handshakes.end(asyncio.Transport(extra={"socket": ours[2]}))
        for each in ours[MAX_HANDSHAKES : MAX_HANDSHAKES + 2]:
            handshakes.begin(each)
        assert closed([clients[0], *clients[2:]]) == []
        handshakes.begin(ours[-1])
        assert closed([clients[0], *clients[2:]]) == [clients[0]]


@pytest.mark.parametrize("has_certificate", [False, True])
def test_a_port_that_is_taken_is_told(tmp_path: Path, *, has_certificate: bool) -> None:
    """With a certificate and without, in one line."""
    Authority(tmp_path)
    options = options_of(tmp_path) if has_certificate else ["--token", "env://CODEC_TOKEN"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = subprocess.run(  # noqa: S603 — our own command
            [COMMAND, "codec-server", "--port", str(taken.getsockname()[1]), *options],
            env=KEYS,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 3
    assert "address already in use" in ended.stderr
    assert "Traceback" not in ended.stderr
