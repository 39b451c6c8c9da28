"""Connections of the codec server that are bounded in number and in the time that they may be silent."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from worker.codec_server.handshakes import Handshakes

HEAD_WITHIN_SECONDS: Final = 10.0
"""Longest time for the head of a request, from the connection's begin (with TLS: from the end of its handshake, which
`worker.codec_server.handshakes` bounds) or the end of the answer before."""

MAX_CONNECTIONS: Final = 200
"""Beyond it, the connection that has waited longest for a request is closed."""


class BoundedConnection(H11Protocol):
    """Closes itself without a request in time: uvicorn has no limit for that, so silent clients kept out all others."""

    def __init__(self, *arguments: Any, handshakes: Handshakes | None = None, **options: Any) -> None:
        """See base class.

        Args:
            arguments: Of the base class.
            handshakes: With TLS, where the connection was counted until now.
            options: Of the base class.
        """
        super().__init__(*arguments, **options)
        self._handshakes = handshakes
        self._silent_since = self.loop.time()
        self._head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base class
        """See base class."""
        if self._handshakes is not None:
            self._handshakes.end(transport)
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS:
            self._make_room()
        self._limit_silence()

    def data_received(self, data: bytes) -> None:
        """See base class. Bytes that complete no head do not prolong its time."""
        super().data_received(data)
        self._limit_silence()

    def on_response_complete(self) -> None:
        """See base class."""
        super().on_response_complete()
        self._limit_silence()

    def connection_lost(self, exc: Exception | None) -> None:
        """See base class."""
        self._end_limit()
        super().connection_lost(exc)

    @property
    def _is_silent(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _limit_silence(self) -> None:
        if not self._is_silent:
            self._end_limit()
        elif self._head_due is None:
            self._silent_since = self.loop.time()
            self._head_due = self.loop.call_later(HEAD_WITHIN_SECONDS, self.transport.abort)

    def _end_limit(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _make_room(self) -> None:
        others = [other for other in self.connections if isinstance(other, BoundedConnection) and other is not self]
        silent = [other for other in others if other._is_silent]  # noqa: SLF001 — of this class
        oldest = min(silent, key=lambda other: other._silent_since, default=self)  # noqa: SLF001 — of this class
        oldest.transport.abort()
