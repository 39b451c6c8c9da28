"""What becomes of a stop that AWS refuses, for every code: somebody waits for it."""

import asyncio

from activities.aws.error_kinds import Kind
from contract.run import Phase, RunStatus
from tests.errors.answers import ANSWERS, Refusal, one_of_each
from tests.workflows.stage import Run, Stage


async def unstoppable(stage: Stage, refusal: Refusal, *, seconds: float, times: int | None = None) -> tuple[str, Run]:
    """Cancel a run whose stops are refused so many times (None: all); its pipeline and the run."""
    pipeline = stage.pipeline(seconds=seconds)
    stage.standin.fault("StopPipelineExecution", "error", pipeline=pipeline, times=times, **refusal.fault)
    run = await stage.run(pipeline)
    await run.reaches(lambda document: document.run_id is not None)
    await run.cancel_by_signal()
    return pipeline, run


async def test_a_stop_is_retried_until_aws_accepts_it(stage: Stage) -> None:
    """Every code but those that no repetition mends; and it is accepted once."""

    async def survive(refusal: Refusal) -> None:
        pipeline, run = await unstoppable(stage, refusal, seconds=100_000, times=1)
        assert (await run.closes_as_cancelled()).status is RunStatus.CANCELLED, refusal
        execution = stage.the_execution(pipeline)
        assert (execution["status"], execution["stops_accepted"]) == ("Stopped", 1)

    await asyncio.gather(*(survive(refusal) for refusal in one_of_each(*ANSWERS)))


async def test_a_stop_that_nothing_mends_leaves_the_true_outcome(stage: Stage) -> None:
    """It is asked for until the execution ends by itself, which is what the run tells."""

    async def follow(refusal: Refusal) -> None:
        pipeline, run = await unstoppable(stage, refusal, seconds=600)
        result = await run.result()
        assert (result.status, result.phase) == (RunStatus.SUCCESS, Phase.CLOSED)
        execution = stage.the_execution(pipeline)
        assert execution["stops_accepted"] == 0

    await asyncio.gather(*(follow(refusal) for refusal in one_of_each(Kind.INVALID, Kind.NOT_FOUND)))
