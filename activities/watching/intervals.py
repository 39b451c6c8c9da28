"""How long to wait between two looks."""

import random
from typing import Final

LONGEST_INTERVAL_SECONDS: Final = 300.0
LONGEST_PAUSE_SECONDS: Final = 45.0
"""Between two attempts while AWS throttles or cannot be reached: a minute after that ends, all looks are made again."""

SLOWER_EACH_TIME: Final = 2.0
JITTER: Final = 0.1
"""Part of the interval by which looks are spread, so that watches do not march in step."""


def slowed_down(interval: float, times: int, longest: float = LONGEST_INTERVAL_SECONDS) -> float:
    """Lengthen an interval (seconds), doubling it `times` times, up to `longest`; a longer one stays."""
    return max(interval, min(interval * SLOWER_EACH_TIME ** min(times, 16), longest))


def jittered(interval: float) -> float:
    """Spread an interval (seconds) a little, so that it is right on average."""
    return interval * spread()


def spread() -> float:
    """Draw the factor by which an interval is spread."""
    return random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 — spreading load, not a secret
