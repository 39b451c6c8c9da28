"""Which pages of a list are worth reading: arithmetic without any call.

A page costs one call and shows up to 100 executions, newest first; a describe costs one call and shows one. A page that
comes when a poll is due saves a describe; one that comes early saves the part of it by which the next poll moves.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from operator import neg
from typing import Final

PAGE_SIZE: Final = 100
"""The maximum of MaxResults in the request (service model in botocore, ListPipelineExecutions and List…Jobs)."""

WORTH_FROM: Final = 0.5
"""Fraction of its interval that must have passed before an early poll counts: this lets runs on several pages fall into
step, and a run with a long interval does not have its page read at every poll of the others."""


def worth(seconds_left: float, interval: float) -> float:
    """Return how much of a describe a page saves now: 1 when the poll is due, less before, 0 soon after the last one.

    Args:
        seconds_left: Until the poll is due; negative when it is late.
        interval: Seconds between two polls.
    """
    passed = 1 - seconds_left / interval
    return 0.0 if passed < WORTH_FROM else min(passed, 1.0)


class KnownPages:
    """Where executions stand in a list, as far as it was read; times are seconds since the epoch."""

    def __init__(self) -> None:
        # Creation of the last execution of each page. New executions push the others down, so a page that was not
        # read for a while may start at a later execution than is recorded here, and never at an earlier one.
        self._oldest: list[float] = []

    @property
    def count(self) -> int:
        """How many pages are known."""
        return len(self._oldest)

    def learn(self, page: int, created: Iterable[float], *, is_last: bool) -> None:
        """Record a page that was just read.

        Args:
            page: Its number, from 0; those before it are known.
            created: Creation of the executions on it.
            is_last: Whether the list ends with it.
        """
        if is_last:
            self._oldest[page:] = [-math.inf]
        else:
            nothing_more = self._oldest[page - 1] if page else math.inf
            self._oldest[page : page + 1] = [min(created, default=nothing_more)]

    def page_of(self, created_at: float | None) -> int:
        """Return the page of an execution; the number of known pages if it is on none of them.

        An execution whose creation is unknown was most likely created just now.
        """
        return 0 if created_at is None else bisect_left(self._oldest, -created_at, key=neg)


def pages_to_read(known: KnownPages, wanted: Sequence[tuple[float | None, float]]) -> int:
    """Return how many pages to read, from the first: the number that saves the most calls net of those it costs.

    Args:
        known: What is known of the list. Wanted executions beyond it are expected on the pages that follow.
        wanted: Creation of each execution, and what a poll of it is worth.
    """
    worths = [0.0] * known.count
    beyond: list[float] = []
    for created_at, value in wanted:
        page = known.page_of(created_at)
        if page < known.count:
            worths[page] += value
        else:
            beyond.append(value)
    worths += [sum(beyond[first : first + PAGE_SIZE]) for first in range(0, len(beyond), PAGE_SIZE)]
    saved = [0.0, *accumulate(value - 1 for value in worths)]
    return saved.index(max(saved))
