"""When the steps of an execution are worth reading: arithmetic without any call. Times are seconds of one clock."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from activities.results.digests import SeenDigests
from activities.watching.pace import JITTER, REFUSED_FOR_SECONDS
from contract.steps import OPEN_STEPS

READS_WITHOUT_MODIFICATION_INTERVALS: Final = 6
"""Steps are read this often although LastModifiedTime stays: AWS does not document whether a step changes it."""

LEAST_PAUSE_SECONDS: Final = 2.0
"""Also between two returns that events cause, as long as they are few."""

LONGEST_PAUSE_SECONDS: Final = 300.0
CHANGES_PER_DOUBLING: Final = 20
"""The first changes, which are all changes of an ordinary pipeline, are returned as they come; later changes are
batched, and the pause doubles after each further 20: a return costs the history about six events."""

CREDIT_OF_A_CALL: Final = 0.9
"""Of a reading, for each call that is made for statuses: steps cost fewer calls than statuses."""

MAX_CREDIT: Final = 3.0
"""Keeps a quiet time from ending in a burst; a reading that costs more leaves a debt."""

_OPEN: Final = tuple(f"{status}/" for status in OPEN_STEPS)


class Allowance:
    """What reading steps may cost the runs of one pipeline: nearly as many calls as are made for their statuses."""

    def __init__(self) -> None:
        self._credit = 1.0

    @property
    def has_credit(self) -> bool:
        """Whether the steps of one more execution may be read."""
        return self._credit >= 1

    def earn(self) -> None:
        """Record a call that was made for statuses."""
        self._credit = min(self._credit + CREDIT_OF_A_CALL, MAX_CREDIT)

    def spend(self, calls: int) -> None:
        """Record calls that were made for steps; a long reading leaves a debt."""
        self._credit -= calls


def pause(interval: float, seen: Mapping[str, str]) -> float:
    """Return for how many seconds no steps are read after changed ones were returned.

    Args:
        interval: Seconds between two polls of the status.
        seen: Marks of the steps that were returned, by key: each has begun, and most have ended, which is two changes.
    """
    changes = sum(1 if mark.startswith(_OPEN) else 2 for mark in seen.values())
    least = max(interval * (1 - JITTER), LEAST_PAUSE_SECONDS)
    return max(least, min(least * 2.0 ** min(changes // CHANGES_PER_DOUBLING, 16), LONGEST_PAUSE_SECONDS))


class StepTurns:
    """When the steps of one execution were read, and when they may be read again.

    Attributes:
        seen: Marks of the steps that are no news, by key.
        digests: What is no news of their details and reasons; None where that is not compared.
        in_flight: Whether they are being read.
        not_before: When a poll may read them again: a return costs the history some events.
        not_before_by_event: When an event may let them be read again, at first much sooner.
        trouble: Why they could not be read last; None if they could.
    """

    __slots__ = (
        "_described_at",
        "_interval",
        "_modified_at",
        "_modified_when_read",
        "_read_at",
        "digests",
        "in_flight",
        "not_before",
        "not_before_by_event",
        "seen",
        "trouble",
    )

    def __init__(
        self, interval: float, seen: Mapping[str, str], now: float, digests: SeenDigests | None = None
    ) -> None:
        """Begin with what was returned before.

        Args:
            interval: Seconds between two polls of the status.
            seen: Marks of the steps that were returned, by key. If there are any, that was just now.
            now: The time.
            digests: What was returned of their details and reasons.
        """
        self.seen = seen
        self.digests = digests
        self.in_flight = False
        self.trouble: str | None = None
        self._interval = interval
        self.not_before = now + pause(interval, seen) if seen else now
        self.not_before_by_event = now + pause(LEAST_PAUSE_SECONDS, seen) if seen else now
        self._read_at = now if seen else -math.inf
        self._described_at = -math.inf
        self._modified_at: datetime | None = None
        self._modified_when_read: datetime | None = None

    @property
    def waits_since(self) -> float:
        """When the steps were read last; `-inf` if never."""
        return self._read_at

    @property
    def is_first(self) -> bool:
        """Whether they were never read."""
        return self._read_at == -math.inf

    def described(self, modified_at: datetime | None, now: float) -> None:
        """Record the execution's LastModifiedTime, from a describe."""
        self._modified_at, self._described_at = modified_at, now

    def begin(self, now: float) -> None:
        """Record that a reading begins."""
        self.in_flight = True
        self._read_at = now
        self._modified_when_read = self._modified_at

    def unreadable(self, trouble: str, now: float) -> None:
        """Record that these steps cannot be read, whatever other steps can; they are tried again later."""
        self.trouble = trouble
        self.not_before = self.not_before_by_event = now + REFUSED_FOR_SECONDS

    def are_due(self, now: float) -> bool:
        """Whether there may be something new that may be returned."""
        if self.in_flight or now < self.not_before or now < self._read_at + self._interval * (1 - JITTER):
            return False
        return not self._has_stayed or now >= self._read_at + self._interval * READS_WITHOUT_MODIFICATION_INTERVALS

    @property
    def _has_stayed(self) -> bool:
        """Whether a describe since the last reading showed the LastModifiedTime of that reading."""
        return (
            self._described_at >= self._read_at
            and self._modified_at is not None
            and self._modified_at == self._modified_when_read
        )
