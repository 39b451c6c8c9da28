"""Calls of AWS, and what becomes of refused credentials."""

import asyncio
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform
from tests.unit.activities.scripted_aws import ScriptedAws, refusal, reply

EXPIRED = refusal("ExpiredTokenException", "The security token included in the request is expired")


async def test_refused_credentials_are_obtained_anew_once(aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys may just have been rotated."""
    aws.script += [reply(), EXPIRED, reply(PipelineSummaries=[])]
    calls = aws.calls()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "old")
    await calls.call(aws.platform, "list_pipelines")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "rotated")
    assert (await calls.call(aws.platform, "list_pipelines"))["PipelineSummaries"] == []
    assert aws.signed_with == ["old", "old", "rotated"]
    calls.close()


async def test_credentials_that_are_refused_again_are_told(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """There is one more try and not a loop."""
    aws.script += [EXPIRED, EXPIRED]
    with pytest.raises(ClientError, match="ExpiredTokenException"):
        await calls.call(aws.platform, "list_pipelines")
    assert len(aws.requests) == 2


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "AccessDeniedException"])
async def test_every_other_refusal_is_told_at_once(aws: ScriptedAws, calls: SageMakerCalls, code: str) -> None:
    """A start must know what became of each single attempt."""
    aws.script.append(refusal(code, "no"))
    with pytest.raises(ClientError, match=code):
        await calls.call(aws.platform, "list_pipelines")
    assert len(aws.requests) == 1


async def test_calls_do_not_block_each_other(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Each takes a thread, and the event loop goes on."""
    aws.script += [reply()] * 8
    await asyncio.gather(*(calls.call(aws.platform, "list_pipelines") for _ in range(8)))
    assert len(aws.requests) == 8


async def test_a_call_is_described_with_its_platform_and_region(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """As error texts show it."""
    assert str(calls.described(aws.platform, "StopPipelineExecution", "execution=arn")) == (
        "StopPipelineExecution [execution=arn, platform=default, region=us-east-1"
    )


async def test_a_stop_does_not_wait_behind_the_looks_of_the_watches(
    aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks have threads of their own: with all of them taken, a call is made all the same."""
    calls, looks_may_end = aws.calls(), threading.Event()

    def answered(_platform: Platform, _service: str, method: str, _request: dict[str, Any]) -> str:
        if method == "look":
            looks_may_end.wait(timeout=10)
        return method

    monkeypatch.setattr(calls, "_call", answered)
    looks = [asyncio.create_task(calls.look(aws.platform, "look")) for _ in range(100)]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(calls.call(aws.platform, "stop"), timeout=5) == "stop"
    assert not any(look.done() for look in looks)
    looks_may_end.set()
    await asyncio.gather(*looks)
    calls.close()
