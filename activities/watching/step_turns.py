"""When the steps of an execution are worth reading: arithmetic without any call. Times are seconds of one clock."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from activities.watching.intervals import JITTER

SLOW_BEAT_INTERVALS: Final = 6
"""Steps are read that often although LastModifiedTime stays: whether a step's change moves it is not published."""

LEAST_PAUSE_SECONDS: Final = 2.0
LONGEST_PAUSE_SECONDS: Final = 300.0
CHANGES_PER_DOUBLING: Final = 20
"""The first so many changes, which is an ordinary pipeline's all, are told as they come; from there on they are told
together, half as often after each so many: a return costs the history about six events."""

CREDIT_OF_A_CALL: Final = 0.9
"""Of a reading, for each call that is made for statuses: what steps cost stays below what statuses cost."""

MOST_CREDIT: Final = 3.0
"""So that a quiet time does not end in a burst; a reading that costs more leaves a debt."""

_OPEN: Final = ("Starting/", "Executing/", "Stopping/")


class Allowance:
    """What reading steps may cost the runs of one pipeline: nearly as many calls as are made for their statuses."""

    def __init__(self) -> None:
        self._credit = 1.0

    @property
    def has_credit(self) -> bool:
        """Whether one more execution's steps may be read."""
        return self._credit >= 1

    def earn(self) -> None:
        """Take note of a call that was made for statuses."""
        self._credit = min(self._credit + CREDIT_OF_A_CALL, MOST_CREDIT)

    def spend(self, calls: int) -> None:
        """Take note of calls that were made for steps; a long reading leaves a debt."""
        self._credit -= calls


def pause(interval: float, seen: Mapping[str, str]) -> float:
    """Tell how long to leave the steps alone after they were told, in seconds.

    Args:
        interval: Seconds between two looks at the status.
        seen: Marks of the steps that were told, by key: each has begun, and most have ended, which is two changes.
    """
    changes = sum(1 if mark.startswith(_OPEN) else 2 for mark in seen.values())
    least = max(interval * (1 - JITTER), LEAST_PAUSE_SECONDS)
    return max(least, min(least * 2.0 ** min(changes // CHANGES_PER_DOUBLING, 16), LONGEST_PAUSE_SECONDS))


class StepTurns:
    """When the steps of one execution were read, and when they may be read again."""

    __slots__ = ("_described_at", "_interval", "_modified_at", "_modified_when_read", "_not_before", "_read_at")

    def __init__(self, interval: float, seen: Mapping[str, str], now: float) -> None:
        """Begin with what was told before.

        Args:
            interval: Seconds between two looks at the status.
            seen: Marks of the steps that were told, by key. If there are any, that was just now.
            now: When.
        """
        self._interval = interval
        self._not_before = now + pause(interval, seen) if seen else now
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
        """Whether nobody has read them yet."""
        return self._read_at == -math.inf

    def described(self, modified_at: datetime | None, now: float) -> None:
        """Take note of what a describe says of the execution's LastModifiedTime."""
        self._modified_at, self._described_at = modified_at, now

    def read(self, now: float) -> None:
        """Take note of a reading, at its begin."""
        self._read_at = now
        self._modified_when_read = self._modified_at

    def are_due(self, now: float) -> bool:
        """Whether there may be something new that may be told."""
        if now < self._not_before or now < self._read_at + self._interval * (1 - JITTER):
            return False
        return not self._has_stayed or now >= self._read_at + self._interval * SLOW_BEAT_INTERVALS

    @property
    def _has_stayed(self) -> bool:
        """Whether a describe since the last reading said that nothing was modified."""
        return (
            self._described_at >= self._read_at
            and self._modified_at is not None
            and self._modified_at == self._modified_when_read
        )
