"""How the pace of calls follows AWS's refusals and answers."""

import asyncio
import math
import time

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError
from activities.pacing import FIRST_RATE, OUTAGES_PUT_UP_WITH, SLOWEST_RATE, Pace, PacedCalls
from tests.unit.activities.scripted_aws import Answer, ScriptedAws, refusal, reply

THROTTLED = refusal("ThrottlingException", "Rate exceeded")
OUTAGE = Answer("<html>", 503, "text/html")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand times the real rates."""
    monkeypatch.setattr("activities.pacing.FIRST_RATE", 10_000.0)
    monkeypatch.setattr("activities.pacing.SLOWEST_RATE", 500.0)


def paced(aws: ScriptedAws, calls: SageMakerCalls, pace: Pace) -> PacedCalls:
    """Calls of the scripted AWS, two at once."""
    return PacedCalls(calls, aws.platform, pace, asyncio.Semaphore(2))


async def test_throttling_is_ridden_over(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """However often; the answer comes in the end."""
    aws.script += [*[THROTTLED] * 20, reply(PipelineSummaries=[])]
    assert (await paced(aws, calls, Pace()).call("list_pipelines"))["PipelineSummaries"] == []
    assert len(aws.requests) == 21


async def test_an_outage_is_put_up_with_for_a_while(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Then it is an error, for Temporal to retry."""
    aws.script += [OUTAGE] * OUTAGES_PUT_UP_WITH + [reply(PipelineSummaries=[])]
    await paced(aws, calls, Pace()).call("list_pipelines")
    aws.script += [OUTAGE] * (OUTAGES_PUT_UP_WITH + 1)
    with pytest.raises(AwsError):
        await paced(aws, calls, Pace()).call("list_pipelines")
    assert aws.script == []


async def test_another_refusal_is_not_retried(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """What asking again cannot change."""
    aws.script.append(refusal("AccessDeniedException", "no"))
    with pytest.raises(AwsError):
        await paced(aws, calls, Pace()).call("list_pipelines")
    assert aws.operations == ["ListPipelines"]


def test_refusals_of_one_burst_slow_down_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight calls under way meet one throttling; the next throttling halves the rate again, down to a bound."""
    monkeypatch.setattr("activities.pacing.FIRST_RATE", FIRST_RATE)
    monkeypatch.setattr("activities.pacing.SLOWEST_RATE", SLOWEST_RATE)
    pace = Pace()
    sent_at = time.monotonic()
    for _ in range(8):
        pace.throttled(sent_at)
    assert pace.rate == FIRST_RATE
    pace.throttled(time.monotonic())
    assert pace.rate == FIRST_RATE / 2
    for _ in range(20):
        pace.throttled(time.monotonic())
    assert pace.rate == SLOWEST_RATE
    for _ in range(20):
        pace.answered()
    assert pace.rate == SLOWEST_RATE + 10
    for _ in range(100):
        pace.answered()
    assert pace.rate == math.inf
    assert not pace.is_limited


async def test_a_platforms_limit_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never above `rate_limit`, whatever AWS allows; turns come that far apart."""
    monkeypatch.setattr("activities.pacing.FIRST_RATE", FIRST_RATE)
    pace = Pace(limit=100)
    began = time.monotonic()
    await asyncio.gather(*(pace.turn() for _ in range(11)))
    assert time.monotonic() - began >= 0.1
    for _ in range(50):
        pace.answered()
    assert pace.rate == 100
    assert not pace.is_limited
