"""Whether lists are believed: they are eventually consistent, so a describe has the last word."""

from typing import Final

from activities.watching.pace import (
    LONGEST_WITHOUT_DESCRIBE_BESIDE_EVENTS_SECONDS,
    LONGEST_WITHOUT_DESCRIBE_SECONDS,
    slowed_down,
    spread,
)

_NEVER: Final = 0.0


class ListTrust:
    """How far the entry of one execution in lists is believed. Times are those of the event loop's clock, in seconds.

    An entry that shows what is known already is believed, but a describe checks it every half hour. An entry that
    shows something else is checked by a describe at once. Once a describe has contradicted it, the execution is
    described at its own interval, and lists are not read for its sake until a backoff is over.
    """

    __slots__ = ("_contradictions", "_described_at", "_spread", "_trusted_from")

    def __init__(self, now: float) -> None:
        """Begin with trust."""
        self._contradictions = 0
        self._trusted_from = _NEVER
        self.described(now)

    @property
    def is_doubted(self) -> bool:
        """Whether a describe has contradicted the lists since they were right last."""
        return self._contradictions > 0

    def is_worth_a_list(self, now: float) -> bool:
        """Whether a list may be read for the sake of this execution."""
        return not self.is_doubted or now >= self._trusted_from

    def contradicted(self, now: float, interval: float) -> None:
        """Record that lists show the execution wrongly, or not at all; the backoff starts at its poll interval."""
        self._contradictions += 1
        self._trusted_from = now + slowed_down(interval, self._contradictions)

    def confirmed(self) -> None:
        """Record that a list shows what is known."""
        self._contradictions = 0

    def described(self, now: float) -> None:
        """Record a describe."""
        self._described_at, self._spread = now, spread()

    def needs_describe(self, now: float, *, beside_events: bool) -> bool:
        """Return whether lists alone were believed for too long.

        Args:
            now: The time.
            beside_events: Whether events replace polls, and cause describes themselves.
        """
        longest = LONGEST_WITHOUT_DESCRIBE_BESIDE_EVENTS_SECONDS if beside_events else LONGEST_WITHOUT_DESCRIBE_SECONDS
        return now - self._described_at >= longest * self._spread
