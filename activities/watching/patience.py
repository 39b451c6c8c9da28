"""How long a watch waits out errors of AWS before it gives up."""

from typing import Final

from activities.aws.error_kinds import Kind
from activities.aws.error_rules import RULES

POLLS_BEFORE_GIVING_UP: Final = 3


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
        patience = RULES[self._kind].patience if self._kind else None
        return (
            patience is not None
            and self.polls >= POLLS_BEFORE_GIVING_UP
            and now - self._since >= patience.total_seconds()
        )
