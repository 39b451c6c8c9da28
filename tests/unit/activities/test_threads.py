"""Threads for boto3's calls: a slot is a thread, whatever becomes of the caller."""

import asyncio
import threading

import pytest

from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.aws.threads import Threads
from activities.resources.operations import FILTER_LOG_EVENTS, START_EXECUTION, Operation
from tests.unit.activities.scripted_aws import ScriptedAws

WITHIN_SECONDS = 10


async def test_a_cancelled_call_keeps_its_slot_until_its_thread_is_free() -> None:
    """A thread cannot be interrupted; a slot that was free before would let a call wait for a thread."""
    threads, begun, may_end = Threads(1, "test"), asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait(timeout=WITHIN_SECONDS)

    async def call() -> None:
        async with threads.slot() as run:
            await run(work)

    async def take_slot() -> bool:
        async with threads.slot():
            return may_end.is_set()

    cancelled = asyncio.create_task(call())
    await asyncio.wait_for(begun.wait(), WITHIN_SECONDS)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    following = asyncio.create_task(take_slot())
    for _ in range(10):
        await asyncio.sleep(0)
    may_end.set()
    assert await asyncio.wait_for(following, WITHIN_SECONDS)
    threads.close()


async def test_a_caller_that_gives_up_before_its_slot_takes_none() -> None:
    """Nor does a block that runs nothing."""
    threads = Threads(1, "test")
    async with threads.slot():
        waiting = asyncio.create_task(threads.slot().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    async with asyncio.timeout(WITHIN_SECONDS):
        async with threads.slot() as run:
            assert await run(lambda: "ran") == "ran"
        async with threads.slot() as run:
            with pytest.raises(ZeroDivisionError):
                await run(lambda: 1 // 0)
        async with threads.slot() as run:
            assert await run(lambda: "ran again") == "ran again"
    threads.close()


async def test_other_services_take_a_thread_only_with_its_slot(
    aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a silent endpoint of CloudWatch Logs no start whose turn has come waits for a thread."""
    calls, answers, made = aws.calls(), threading.Event(), list[Operation]()
    loop, all_silent = asyncio.get_running_loop(), asyncio.Event()

    def answered(_platform: Platform, operation: Operation, _request: object) -> None:
        made.append(operation)
        if len(made) == 4:
            loop.call_soon_threadsafe(all_silent.set)
        if operation == FILTER_LOG_EVENTS:
            answers.wait(timeout=WITHIN_SECONDS)

    turns = list[Priority]()

    async def turn(priority: Priority) -> float:
        turns.append(priority)
        return 0.0

    monkeypatch.setattr(calls, "_call", answered)
    monkeypatch.setattr(calls.limit(aws.platform), "turn", turn)
    silent = [asyncio.create_task(calls.call(aws.platform, FILTER_LOG_EVENTS)) for _ in range(4)]
    await asyncio.wait_for(all_silent.wait(), WITHIN_SECONDS)
    start = asyncio.create_task(calls.call(aws.platform, START_EXECUTION))
    for _ in range(10):
        await asyncio.sleep(0)
    assert turns == []
    answers.set()
    await asyncio.wait_for(asyncio.gather(start, *silent), WITHIN_SECONDS)
    assert turns == [Priority.ACTION]
    calls.close()


async def test_a_silent_log_endpoint_does_not_delay_starts(aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs are read in the threads of the polls."""
    calls, answers = aws.calls(), threading.Event()

    def answered(_platform: Platform, operation: Operation, _request: object) -> Operation:
        if operation == FILTER_LOG_EVENTS:
            answers.wait(timeout=2 * WITHIN_SECONDS)
        return operation

    monkeypatch.setattr(calls, "_call", answered)
    reads = [asyncio.create_task(calls.call(aws.platform, FILTER_LOG_EVENTS, priority=Priority.POLL)) for _ in range(8)]
    await asyncio.sleep(0)
    async with asyncio.timeout(WITHIN_SECONDS):
        assert await calls.call(aws.platform, START_EXECUTION) == START_EXECUTION
    assert not any(read.done() for read in reads)
    answers.set()
    await asyncio.gather(*reads)
    calls.close()
