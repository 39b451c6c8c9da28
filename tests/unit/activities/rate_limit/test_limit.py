"""Waiting for turns, on a clock that jumps."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.aws.rate_limit.adaptive_rate import RECOVERED_SECONDS
from activities.aws.rate_limit.limit import RateLimit
from activities.aws.rate_limit.turns import Priority
from tests.unit.activities.rate_limit.server import now
from tests.unit.virtual_time import in_virtual_time

Arrival = tuple[float, Priority, float | None]
"""Seconds until it comes, what it is for, and seconds of patience."""

arrivals = st.lists(
    st.tuples(
        st.floats(0, 20),
        st.sampled_from(Priority),
        st.none() | st.floats(0, 5),
    ),
    min_size=1,
    max_size=60,
)


async def turns_of(limit: RateLimit, comers: list[Arrival]) -> list[float]:
    """When the turns came of all who had the patience."""
    came: list[float] = []

    async def come(after: float, priority: Priority, patience: float | None) -> None:
        await asyncio.sleep(after)
        try:
            async with asyncio.timeout(patience):
                await limit.turn(priority)
        except TimeoutError:
            return
        came.append(now())

    await asyncio.gather(*(come(*comer) for comer in comers))
    return came


@given(ceiling=st.floats(0.1, 50), comers=arrivals)
@settings(max_examples=200, deadline=None)
def test_no_stretch_of_time_has_more_turns_than_the_rate_allows(ceiling: float, comers: list[Arrival]) -> None:
    """At most a second's worth at once, or one, and the rate on top, whoever comes and goes; all with patience come."""
    came = sorted(in_virtual_time(turns_of(RateLimit("p", ceiling), comers)))
    burst = max(ceiling, 1)
    for first, begin in enumerate(came):
        for last, end in enumerate(came[first:], first):
            assert last - first + 1 <= burst + ceiling * (end - begin) + 1e-6
    assert len(came) >= sum(patience is None for _, _, patience in comers)


@given(ceiling=st.floats(0.1, 50), comers=arrivals)
@settings(max_examples=100, deadline=None)
def test_those_who_leave_cost_nobody_a_turn(ceiling: float, comers: list[Arrival]) -> None:
    """The last one of those who stay waits no longer than if all had their turns one after the other."""
    staying = [comer for comer in comers if comer[2] is None]
    came = in_virtual_time(turns_of(RateLimit("p", ceiling), comers))
    if staying:
        latest = max(after for after, _, _ in comers)
        assert max(came) <= latest + len(comers) / ceiling + 1e-6


def test_without_a_limit_nobody_waits() -> None:
    """Not even for the event loop."""

    async def ten_thousand() -> float:
        limit = RateLimit("p")
        for _ in range(10_000):
            await limit.turn(Priority.BROWSE)
        return now()

    assert in_virtual_time(ten_thousand()) == 0


def test_a_turn_that_comes_with_the_cancel_goes_to_the_next() -> None:
    """Both happen in one moment of the event loop: the turn was given, and is not used."""

    async def cancelled_in_that_moment() -> float:
        limit = RateLimit("p", 0.1)
        await limit.turn(Priority.POLL)
        first, second = (asyncio.create_task(limit.turn(Priority.POLL)) for _ in range(2))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_at(10, first.cancel)
        return await second

    assert in_virtual_time(cancelled_in_that_moment()) == pytest.approx(10)


async def sent(limit: RateLimit, *, is_refused: bool) -> None:
    """One call and its answer, a tenth of a second later."""
    turn_at = await limit.turn(Priority.ACTION)
    await asyncio.sleep(0.1)
    if is_refused:
        limit.refused(turn_at)
    else:
        limit.answered()


def events_of(doing: Coroutine[Any, Any, None]) -> list[dict[str, Any]]:
    """The log events of something."""
    with structlog.testing.capture_logs() as events:
        in_virtual_time(doing)
    return [dict(event) for event in events]


def test_slowing_down_and_full_speed_are_told_once() -> None:
    """One event each, however many calls are refused and answered meanwhile."""

    async def a_storm_and_its_end() -> None:
        limit = RateLimit("prod", 40)
        await sent(limit, is_refused=False)
        for _ in range(20):
            await sent(limit, is_refused=True)
        assert limit.is_slowed
        storm_ended_at = now()
        while limit.is_slowed:
            await sent(limit, is_refused=False)
        assert now() - storm_ended_at < RECOVERED_SECONDS + 5

    assert events_of(a_storm_and_its_end()) == [
        {"event": "platform.throttled", "log_level": "warning", "platform": "prod", "calls_per_second": 1.0},
        {"event": "platform.recovered", "log_level": "info", "platform": "prod", "calls_per_second": 40.0},
    ]


def test_full_speed_lets_all_go_who_wait() -> None:
    """Whoever waited for a slow turn waits no longer than the slowness lasts."""

    async def waited() -> list[float]:
        limit = RateLimit("p")
        limit.refused(await limit.turn(Priority.POLL))
        crowd = [asyncio.create_task(limit.turn(Priority.POLL)) for _ in range(1000)]
        while limit.is_slowed:
            await asyncio.sleep(1)
            limit.answered()
        return await asyncio.gather(*crowd)

    assert max(in_virtual_time(waited())) <= RECOVERED_SECONDS
