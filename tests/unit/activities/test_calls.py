"""Calls of AWS, and what becomes of refused credentials."""

import asyncio
import math
import threading
from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.error_kinds import Kind
from activities.aws.error_rules import KIND_OF_CODE
from activities.aws.errors import AwsError, Call
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.resources.operations import (
    DESCRIBE_PIPELINE,
    GET_CALLER_IDENTITY,
    LIST_PIPELINES,
    START_EXECUTION,
    STOP_EXECUTION,
    Operation,
)
from tests.unit.activities.scripted_aws import ScriptedAws, refusal, reply

EXPIRED = refusal("ExpiredTokenException", "The security token included in the request is expired")


async def test_refused_credentials_are_obtained_anew_once(aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys may just have been rotated."""
    aws.script += [reply(), EXPIRED, reply(PipelineSummaries=[])]
    calls = aws.calls()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "old")
    await calls.call(aws.platform, LIST_PIPELINES)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "rotated")
    assert (await calls.call(aws.platform, LIST_PIPELINES))["PipelineSummaries"] == []
    assert aws.signed_with == ["old", "old", "rotated"]
    calls.close()


async def test_credentials_that_are_refused_again_are_told(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """There is one more try and not a loop."""
    aws.script += [EXPIRED, EXPIRED]
    with pytest.raises(AwsError, match="ExpiredTokenException"):
        await calls.call(aws.platform, LIST_PIPELINES)
    assert len(aws.requests) == 2


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "AccessDeniedException"])
async def test_every_other_refusal_is_told_at_once(aws: ScriptedAws, calls: SageMakerCalls, code: str) -> None:
    """A start must know what became of each single attempt."""
    aws.script.append(refusal(code, "no"))
    with pytest.raises(AwsError, match=code):
        await calls.call(aws.platform, LIST_PIPELINES)
    assert len(aws.requests) == 1


async def test_calls_do_not_block_each_other(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Each takes a thread, and the event loop goes on."""
    aws.script += [reply()] * 8
    await asyncio.gather(*(calls.call(aws.platform, LIST_PIPELINES) for _ in range(8)))
    assert len(aws.requests) == 8


async def test_an_error_names_its_call(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """With platform, region and what the request is about, unless the caller knows better."""
    aws.script += [refusal("ValidationException", "no")] * 2
    with pytest.raises(AwsError) as raised:
        await calls.call(aws.platform, DESCRIBE_PIPELINE, PipelineName="churn")
    assert raised.value.call == Call(DESCRIBE_PIPELINE, "pipeline=churn", "default", "us-east-1")
    with pytest.raises(AwsError) as raised:
        await calls.poll(aws.platform, DESCRIBE_PIPELINE, resource="pipeline/*", PipelineName="churn")
    assert raised.value.call == Call(DESCRIBE_PIPELINE, "pipeline/*", "default", "us-east-1")


async def test_half_a_surrogate_pair_of_aws_is_replaced(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """In a response, and in the text of an error: neither could go into a history."""
    aws.script += [reply(PipelineName="cut \ud83d"), refusal("ValidationException", "cut \ud83d")]
    answer = await calls.call(aws.platform, DESCRIBE_PIPELINE, PipelineName="churn")
    assert answer["PipelineName"] == "cut \ufffd"
    with pytest.raises(AwsError) as raised:
        await calls.call(aws.platform, DESCRIBE_PIPELINE, PipelineName="churn")
    assert "cut \ufffd" in str(raised.value)


async def test_a_stop_does_not_wait_behind_looks_and_discoveries(
    aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each have threads of their own: with all of theirs taken, a call is made all the same."""
    calls, others_may_end = aws.calls(), threading.Event()

    def answered(_platform: Platform, operation: Operation, _request: dict[str, Any]) -> str:
        if operation == LIST_PIPELINES:
            others_may_end.wait(timeout=10)
        return operation.name

    monkeypatch.setattr(calls, "_call", answered)
    others = [
        asyncio.create_task(calls.read(aws.platform, LIST_PIPELINES, priority=priority))
        for priority in (Priority.POLL, Priority.BROWSE)
        for _ in range(50)
    ]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(calls.call(aws.platform, STOP_EXECUTION), timeout=5) == "StopPipelineExecution"
    assert not any(other.done() for other in others)
    others_may_end.set()
    await asyncio.gather(*others)
    calls.close()


async def test_a_slow_platform_does_not_stop_the_others(aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """More calls than there are threads wait for their turns on one; the other's are made at once."""
    calls = aws.calls()
    monkeypatch.setattr(calls, "_call", lambda _platform, operation, _request: operation)
    slow, quick = (
        aws.platform.model_copy(update={"name": name, "rate_limit": rate})
        for name, rate in (("slow", 0.001), ("quick", None))
    )
    waiting = [asyncio.create_task(calls.poll(slow, LIST_PIPELINES)) for _ in range(50)]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert await asyncio.wait_for(calls.poll(quick, LIST_PIPELINES), timeout=5) == LIST_PIPELINES
    assert sum(look.done() for look in waiting) == 1
    for look in waiting:
        look.cancel()
    await asyncio.wait(waiting)
    assert calls.limit(quick).rate == math.inf
    calls.close()


async def test_a_platform_that_does_not_answer_does_not_stop_the_others(
    aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its threads wait for an answer, and more calls for a thread: starts, looks and checks go on elsewhere."""
    calls, answers = aws.calls(), threading.Event()

    def answered(platform: Platform, operation: Operation, _request: dict[str, Any]) -> Operation:
        if platform.name == "dead":
            answers.wait(timeout=10)
        return operation

    monkeypatch.setattr(calls, "_call", answered)
    dead, well = (aws.platform.model_copy(update={"name": name}) for name in ("dead", "well"))
    waiting = [
        asyncio.create_task(ask(dead, operation))
        for ask in (calls.call, calls.poll)
        for operation in [LIST_PIPELINES, GET_CALLER_IDENTITY] * 8
    ]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert [
            await calls.call(well, START_EXECUTION),
            await calls.poll(well, LIST_PIPELINES),
            await calls.call(well, GET_CALLER_IDENTITY),
            await calls.from_vaults(lambda: "secret"),
        ] == [START_EXECUTION, LIST_PIPELINES, GET_CALLER_IDENTITY, "secret"]
    assert not any(call.done() for call in waiting)
    answers.set()
    await asyncio.gather(*waiting)
    calls.close()


async def test_a_stop_does_not_wait_behind_starts(aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for a thread nor for a turn, where a platform's rate is far below what is asked for."""
    calls, made = aws.calls(), list[Operation]()
    monkeypatch.setattr(calls, "_call", lambda _platform, operation, _request: made.append(operation))
    slow = aws.platform.model_copy(update={"rate_limit": 20.0})
    starts = [asyncio.create_task(calls.call(slow, START_EXECUTION)) for _ in range(60)]
    await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
    await calls.call(slow, STOP_EXECUTION, priority=Priority.STOP)
    assert made.count(START_EXECUTION) < 30
    for start in starts:
        start.cancel()
    await asyncio.wait(starts)
    calls.close()


async def test_services_other_than_sagemaker_have_no_part_in_the_limit(
    aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do they take its turns."""
    calls = aws.calls()
    monkeypatch.setattr(calls, "_call", lambda _platform, operation, _request: operation.service)
    slow = aws.platform.model_copy(update={"rate_limit": 0.001})
    assert [await calls.call(slow, GET_CALLER_IDENTITY) for _ in range(3)] == ["sts"] * 3
    assert await calls.call(slow, LIST_PIPELINES) == "sagemaker"
    calls.close()


async def test_reading_goes_on_through_throttling_only(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """The answer comes in the end; every other refusal is told, as is a throttling where each attempt counts."""
    throttled = refusal("ThrottlingException", "Rate exceeded")
    aws.script += [*[throttled] * 20, reply(PipelineSummaries=[]), refusal("InternalFailure", "no"), throttled]
    answer = await calls.read(aws.platform, LIST_PIPELINES, priority=Priority.BROWSE)
    assert answer["PipelineSummaries"] == []
    with pytest.raises(AwsError, match="InternalFailure"):
        await calls.read(aws.platform, LIST_PIPELINES, priority=Priority.BROWSE)
    with pytest.raises(AwsError, match="ThrottlingException"):
        await calls.poll(aws.platform, LIST_PIPELINES)
    assert len(aws.requests) == 23


@pytest.mark.parametrize("code", [code for code, kind in KIND_OF_CODE.items() if kind is Kind.THROTTLED])
async def test_every_throttling_code_slows_the_platform_down(
    aws: ScriptedAws, calls: SageMakerCalls, code: str
) -> None:
    """Whatever AWS calls it; another refusal does not."""
    aws.script += [refusal("AccessDeniedException", "no"), refusal(code, "no")]
    for is_slowed in (False, True):
        with pytest.raises(AwsError):
            await calls.poll(aws.platform, LIST_PIPELINES)
        assert calls.limit(aws.platform).is_slowed is is_slowed
