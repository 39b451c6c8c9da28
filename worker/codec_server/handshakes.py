"""TLS handshakes of the codec server that are bounded in number and in time.

asyncio informs a protocol of a connection only after its handshake, for which it gives 60 s. Until that time a silent
client holds a descriptor that no protocol counts, so the sockets are counted as they are accepted.
"""

import asyncio
import socket
from contextlib import suppress
from typing import Any, Final

HANDSHAKE_WITHIN_SECONDS: Final = 10.0
"""Longest time from the accepted connection to the end of its handshake."""

MAX_HANDSHAKES: Final = 200
"""Beyond it, the connection whose handshake began first is closed."""


class Handshakes:
    """The accepted sockets whose handshake is under way."""

    def __init__(self) -> None:
        # By descriptor, in the order in which they were accepted.
        self._under_way: dict[int, tuple[socket.socket, asyncio.TimerHandle]] = {}

    def begin(self, accepted: socket.socket) -> None:
        """Count a socket that was just accepted; give it its time, and room at the cost of the oldest one."""
        descriptor = accepted.fileno()
        # A descriptor that comes again belonged to a connection that has ended.
        self._forget(descriptor)
        loop = asyncio.get_running_loop()
        self._under_way[descriptor] = accepted, loop.call_later(HANDSHAKE_WITHIN_SECONDS, self._give_up, descriptor)
        if len(self._under_way) > MAX_HANDSHAKES:
            self._make_room()

    def end(self, transport: asyncio.BaseTransport) -> None:
        """Count a connection no more: its handshake is done."""
        self._forget(transport.get_extra_info("socket").fileno())

    def _make_room(self) -> None:
        for descriptor in [number for number, (accepted, _) in self._under_way.items() if accepted.fileno() == -1]:
            self._forget(descriptor)
        if len(self._under_way) > MAX_HANDSHAKES:
            self._give_up(next(iter(self._under_way)))

    def _give_up(self, descriptor: int) -> None:
        accepted, _ = self._under_way[descriptor]
        self._forget(descriptor)
        # The transport that owns the socket reads the end of the connection, and closes it; it may have done so before.
        with suppress(OSError):
            accepted.shutdown(socket.SHUT_RDWR)

    def _forget(self, descriptor: int) -> None:
        if (found := self._under_way.pop(descriptor, None)) is not None:
            found[1].cancel()


class CountedListener(socket.socket):
    """A listening socket whose accepted connections are counted as handshakes that are under way."""

    def __init__(self, bound: socket.socket, handshakes: Handshakes) -> None:
        """Take over a bound socket, which is detached."""
        super().__init__(fileno=bound.detach())
        self._handshakes = handshakes

    def accept(self) -> tuple[socket.socket, Any]:
        """See base class."""
        accepted, address = super().accept()
        self._handshakes.begin(accepted)
        return accepted, address
