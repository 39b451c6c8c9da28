"""What is remembered of definitions, for how long, and how much."""

import asyncio
import time

import pytest

from activities.aws.calls import SageMakerCalls
from activities.starting import definitions
from activities.starting.definitions import Definitions
from tests.unit.activities.scripted_aws import ScriptedAws, refusal, reply

EMPTY = reply(PipelineDefinition='{"Version": "2020-12-01"}')


async def test_concurrent_readers_share_one_call(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """A hundred at once, and one that gives up in between: the others still get the answer."""
    aws.script.append(EMPTY)
    remembered = Definitions(calls)
    readers = [asyncio.create_task(remembered.read(aws.platform, "churn", None)) for _ in range(100)]
    await asyncio.sleep(0)
    readers[0].cancel()
    assert {declared.unknown_because for declared in await asyncio.gather(*readers[1:])} == {None}
    assert aws.operations == ["DescribePipeline"]


async def test_an_answer_is_no_older_than_asked_for(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Whoever needs a fresh one does not join a read that began before."""
    aws.script += [EMPTY, EMPTY]
    remembered = Definitions(calls)
    first = await remembered.read(aws.platform, "churn", None)
    now = time.monotonic()
    second = await remembered.read(aws.platform, "churn", None, since=now)
    third = await remembered.read(aws.platform, "churn", None, since=now)
    assert first.began < now <= second.began
    assert third is second


async def test_a_failure_is_forgotten_sooner_than_a_definition(
    aws: ScriptedAws, calls: SageMakerCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A permission may have been granted."""
    aws.script += [refusal("AccessDeniedException", "no"), EMPTY]
    monkeypatch.setattr(definitions, "FAILURE_LIFETIME_SECONDS", 0.0)
    remembered = Definitions(calls)
    assert (await remembered.read(aws.platform, "churn", None)).unknown_because is not None
    second = await remembered.read(aws.platform, "churn", None)
    assert second.unknown_because is None
    assert await remembered.read(aws.platform, "churn", None) is second


async def test_few_are_remembered(aws: ScriptedAws, calls: SageMakerCalls, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was not asked for the longest gives way."""
    monkeypatch.setattr(definitions, "MAX_REMEMBERED", 2)
    aws.script += [EMPTY] * 4
    remembered = Definitions(calls)
    for name in ("a", "b", "a", "c", "a", "b"):
        await remembered.read(aws.platform, name, None)
    assert [asked["PipelineName"] for _, asked in aws.requests] == ["a", "b", "c", "b"]
