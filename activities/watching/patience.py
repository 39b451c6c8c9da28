"""How long a watch waits out errors of AWS before it gives up."""

from datetime import timedelta
from typing import Final

from activities.aws.errors import Kind

POLLS_BEFORE_GIVING_UP: Final = 3

PATIENCE: Final = {
    # Right after a start an execution may not be visible yet; AWS does not document for how long.
    Kind.NOT_FOUND: timedelta(seconds=60),
    # The execution runs on and costs money without a watch, so a wrong role after a deployment or an outage of the
    # token service is waited out; the heartbeat details show it meanwhile.
    Kind.ACCESS: timedelta(hours=1),
    Kind.MISCONFIGURED: timedelta(hours=1),
    Kind.INVALID: timedelta(hours=1),
    Kind.CREDENTIALS: timedelta(hours=1),
    Kind.SECRET: timedelta(hours=1),
    Kind.UNKNOWN: timedelta(hours=1),
}
"""How long an uninterrupted series of errors of one kind may last; for kinds that are missing here, for ever."""

_TRANSIENT: Final = {Kind.THROTTLED, Kind.UNAVAILABLE, Kind.SOURCE, Kind.CONFLICT}
_PLATFORM_WIDE: Final = {Kind.CREDENTIALS, Kind.SECRET, Kind.MISCONFIGURED}


def is_transient(kind: Kind) -> bool:
    """Whether an error of this kind says nothing about the resource and ends for all runs at the same time."""
    return kind in _TRANSIENT


def is_platform_wide(kind: Kind) -> bool:
    """Whether every other call on the platform would meet an error of this kind, too."""
    return kind in _PLATFORM_WIDE


class Trouble:
    """An uninterrupted series of errors of one kind."""

    def __init__(self) -> None:
        self._kind: Kind | None = None
        self._since = 0.0
        self._answered_polls = 0
        self.polls = 0

    def met(self, kind: Kind, *, now: float, answered_polls: int = 0) -> None:
        """Count one more error.

        Args:
            kind: Its kind.
            now: Time of the event loop, in seconds.
            answered_polls: Polls so far that AWS answered; a new one has interrupted the series.
        """
        if (kind, answered_polls) != (self._kind, self._answered_polls):
            self._kind, self._answered_polls, self._since, self.polls = kind, answered_polls, now, 0
        self.polls += 1

    def is_hopeless(self, now: float) -> bool:
        """Whether the series has lasted longer than the patience with its kind."""
        patience = PATIENCE.get(self._kind) if self._kind else None
        return (
            patience is not None
            and self.polls >= POLLS_BEFORE_GIVING_UP
            and now - self._since >= patience.total_seconds()
        )
