"""Retries within a process, and reads that callers share."""

import asyncio
from itertools import count

import pytest

from activities.retrying import retrying
from activities.shared_reads import SharedReads
from tests.unit.virtual_time import in_virtual_time


def test_a_call_is_retried_after_the_pauses_that_its_caller_gives() -> None:
    """Until it succeeds, or the caller has no pause for its error."""
    outcomes = [ValueError("1"), ValueError("2"), "found", KeyError("last")]
    asked = list[tuple[str, int]]()

    async def call() -> object:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def pause(error: Exception, attempts: int) -> float | None:
        asked.append((type(error).__name__, attempts))
        return 10.0 * attempts if isinstance(error, ValueError) else None

    async def play() -> None:
        assert await retrying(call, pause) == "found"
        assert asyncio.get_running_loop().time() == pytest.approx(30)
        with pytest.raises(KeyError, match="last"):
            await retrying(call, pause)

    in_virtual_time(play())
    assert asked == [("ValueError", 1), ("ValueError", 2), ("KeyError", 1)]


def test_a_cancel_ends_the_retries() -> None:
    """Also amid a pause."""

    async def call() -> None:
        raise ValueError

    async def play() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(25):
                await retrying(call, lambda _error, _attempts: 10.0)

    in_virtual_time(play())


def _reads(clock: list[float]) -> SharedReads[str, int]:
    return SharedReads(
        lifetime=60, failure_lifetime=10, is_failure=lambda value: value < 0, most=2, clock=lambda: clock[0]
    )


@pytest.mark.parametrize(("sign", "lifetime"), [(1, 60), (-1, 10)])
async def test_a_result_has_its_lifetime(sign: int, lifetime: float) -> None:
    """A failure has a shorter one, since what was missing may have been granted."""
    clock = [1000.0]
    reads, numbers = _reads(clock), count(1)

    async def read() -> int:
        return sign * next(numbers)

    assert await reads.get("a", read) == sign
    clock[0] += lifetime
    assert await reads.get("a", read) == sign
    clock[0] += 0.001
    assert await reads.get("a", read) == sign * 2
    assert await reads.get("a", read, since=clock[0]) == sign * 2
    assert await reads.get("a", read, since=clock[0] + 1) == sign * 3


async def test_concurrent_callers_share_a_read_and_none_takes_it_away() -> None:
    """An exception goes to those that wait, and is not kept."""
    reads, may_end, numbers = _reads([0.0]), asyncio.Event(), count(1)

    async def read() -> int:
        await may_end.wait()
        number = next(numbers)
        if number == 1:
            raise ValueError("first")
        return number

    callers = [asyncio.create_task(reads.get("a", read)) for _ in range(3)]
    await asyncio.sleep(0)
    callers[0].cancel()
    may_end.set()
    results = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError, ValueError, ValueError]
    assert await reads.get("a", read) == 2


async def test_the_least_recently_used_result_gives_way() -> None:
    """The cache is bounded."""
    reads, numbers = _reads([0.0]), count(1)

    async def read() -> int:
        return next(numbers)

    assert [await reads.get(key, read) for key in ("a", "b", "a", "c", "a", "b")] == [1, 2, 1, 3, 1, 4]
