"""What becomes of a run that AWS does not let look at its execution, for every code."""

import asyncio

import pytest

from activities.aws.error_kinds import Kind
from contract.run import RunStatus
from tests.errors.answers import ANSWERS, RESOURCE, USER, Refusal, assert_told, not_authorized, one_of_each
from tests.patience import wait_out_for
from tests.workflows.stage import Run, Stage

DENIED = not_authorized("sagemaker:DescribePipelineExecution")
UNKNOWN = Refusal("NobodyKnowsThisException")


async def blinded(stage: Stage, refusal: Refusal, times: int | None = None) -> tuple[str, Run]:
    """Start a run whose looks are refused so many times (None: all); its pipeline and the run."""
    pipeline = stage.pipeline()
    stage.standin.fault("DescribePipelineExecution", "error", pipeline=pipeline, times=times, **refusal.fault)
    return pipeline, await stage.run(pipeline)


async def test_a_watch_rides_over_what_passes(stage: Stage) -> None:
    """Every code, a few times in a row: the true outcome is told, and no second execution started."""

    async def survive(refusal: Refusal) -> None:
        pipeline, run = await blinded(stage, refusal, times=4)
        assert (await run.result()).status is RunStatus.SUCCESS, refusal
        assert stage.the_execution(pipeline)["starts_accepted"] == 1

    await asyncio.gather(*(survive(refusal) for refusal in [*one_of_each(*ANSWERS), UNKNOWN]))


async def test_throttling_and_outages_never_end_a_watch(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where all other patience is used up."""
    wait_out_for(monkeypatch, seconds=0)

    async def survive(refusal: Refusal) -> None:
        _, run = await blinded(stage, refusal, times=6)
        assert (await run.result()).status is RunStatus.SUCCESS, refusal

    await asyncio.gather(*(survive(refusal) for refusal in one_of_each(Kind.THROTTLED, Kind.UNAVAILABLE)))


async def test_what_stays_fails_after_its_patience(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says that the execution runs on, and how to follow it again."""
    wait_out_for(monkeypatch, seconds=0.2)

    async def fail(refusal: Refusal, kind: str, remedy: str) -> None:
        pipeline, run = await blinded(stage, refusal)
        failure = await run.failure()
        assert failure.type == kind
        execution = stage.the_execution(pipeline)["execution_arn"]
        assert_told(failure.message, refusal, "DescribePipelineExecution", f"execution={execution}", remedy)
        assert 'follow it with "execution_arn" in the input of a new run' in failure.message
        assert stage.the_execution(pipeline)["stops_accepted"] == 0

    await asyncio.gather(
        fail(DENIED, "AccessDenied", f"Grant sagemaker:DescribePipelineExecution on {RESOURCE} to {USER}."),
        *(fail(refusal, "InvalidInput", "Correct the named field") for refusal in one_of_each(Kind.INVALID)),
        *(fail(refusal, "ExecutionNotFound", "Check that execution=") for refusal in one_of_each(Kind.NOT_FOUND)),
        *(fail(refusal, "CredentialsUnavailable", "") for refusal in one_of_each(Kind.CREDENTIALS)),
        fail(UNKNOWN, "AwsRefused", "See the error code in AWS's documentation."),
    )
