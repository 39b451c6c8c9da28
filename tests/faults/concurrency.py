"""Cases that run at the same time: most of their time is waiting, which costs nothing beside other waiting."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.faults.durations import LONGEST_SECONDS
from tests.faults.installation import Installation

Case = Callable[[Installation], Awaitable[None]]


class Cases:
    """The cases of this session that run at the same time, each a task from the first one's turn on."""

    def __init__(self, cases: list[Case], installation: Installation) -> None:
        self._tasks = {case: asyncio.ensure_future(case(installation)) for case in cases}

    async def outcome(self, case: Case) -> None:
        """Wait for a case, and raise what it raises."""
        await self._tasks[case]

    async def end(self) -> None:
        """Give up those that are still under way."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


def concurrent(case: Case) -> Callable[[Cases], Awaitable[None]]:
    """Make a test of a case that minds no other: it starts together with all the others that were selected."""
    return _test_of(case, starts=1)


def lasting(case: Case) -> Callable[[Cases], Awaitable[None]]:
    """Do the same with a case that takes a minute by itself: it starts before the others, which queue for a core."""
    return _test_of(case, starts=0)


def _test_of(case: Case, *, starts: int) -> Callable[[Cases], Awaitable[None]]:
    async def test(cases: Cases) -> None:
        await cases.outcome(case)

    test.__name__, test.__doc__, test.__module__ = case.__name__, case.__doc__, case.__module__
    test.case, test.starts = case, starts  # type: ignore[attr-defined]  # read by `running_cases`
    return pytest.mark.timeout(LONGEST_SECONDS)(test)


@asynccontextmanager
async def running_cases(request: pytest.FixtureRequest, installation: Installation) -> AsyncIterator[Cases]:
    """Start the selected cases; those that have not ended when the last test has are given up."""
    functions: list[Any] = [getattr(item, "function", None) for item in request.session.items]
    tests = sorted((each for each in functions if hasattr(each, "case")), key=lambda test: test.starts)
    cases = Cases([test.case for test in tests], installation)
    try:
        yield cases
    finally:
        await cases.end()
