"""How often AWS is polled: the numbers of the polling policy, and the arithmetic on them. All times are in seconds."""

import random
from typing import Final

LONGEST_INTERVAL_SECONDS: Final = 300.0

LONGEST_PAUSE_SECONDS: Final = 45.0
"""Between two polls while AWS throttles or cannot be reached: all runs are polled again within a minute after that."""

REFUSED_FOR_SECONDS: Final = 300.0
"""After AWS refused a list or the steps: a missing permission, or a shared pipeline whose list is not shared."""

LONGEST_WITHOUT_DESCRIBE_SECONDS: Final = 1800.0
"""A list that shows an end late costs the length of its lag; one that never shows an end costs this."""

LONGEST_WITHOUT_DESCRIBE_BESIDE_EVENTS_SECONDS: Final = 6 * LONGEST_WITHOUT_DESCRIBE_SECONDS
"""Where events have proved themselves, an end is described because of its event, whatever lists show."""

STALLED_AFTER_INTERVALS: Final = 10
STALLED_AFTER_SECONDS: Final = 300.0
"""A poll that is overdue by both, while no call is in flight, was lost: a defect, which must not go unnoticed."""

LONGEST_CALL_SECONDS: Final = 6 * 3600.0
"""A call in flight may wait long for its turn on a throttled platform; one that takes longer than this was lost."""

DESCRIBES_BEGUN_AT_ONCE: Final = 100
"""Beginning more would stall the event loop, which has its turn after so many."""

FEW_DESCRIBES: Final = 3
"""As many are sent where the next list must wait; more wait for that list."""

JITTER: Final = 0.1
"""Fraction of an interval by which polls are spread, so that watches do not run in lockstep."""

_MAX_DOUBLINGS: Final = 1000
"""Enough for any interval; the power alone would overflow after a day's outage."""


def slowed_down(interval: float, times: int, longest: float = LONGEST_INTERVAL_SECONDS) -> float:
    """Return an interval that was doubled `times` times, up to `longest`; one that is longer anyway is kept."""
    return max(interval, min(interval * 2.0 ** min(times, _MAX_DOUBLINGS), longest))


def jittered(interval: float) -> float:
    """Return an interval with jitter; the mean is the interval."""
    return interval * spread()


def spread() -> float:
    """Return a random factor around 1 that spreads an interval."""
    return random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 — spreading load, not a secret


def any_moment_within(interval: float) -> float:
    """Return a random delay up to an interval, for polls that would otherwise all begin at once."""
    return random.uniform(0, interval)  # noqa: S311 — spreading load, not a secret


def stall_limit(interval: float, *, in_flight: bool) -> float:
    """Return by how much a poll may be overdue before it counts as lost.

    Args:
        interval: Seconds between two polls.
        in_flight: Whether a call for it is in flight.
    """
    if in_flight:
        return LONGEST_CALL_SECONDS
    return max(interval * STALLED_AFTER_INTERVALS, STALLED_AFTER_SECONDS)
