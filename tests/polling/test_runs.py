"""Runs that share their polls, from the start to the true end: real server, real HTTP, calls counted by operation."""

import asyncio
from contextlib import suppress

from temporalio.service import RPCError

from contract.names import STATUS_QUERY
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase, RunStatus
from tests.standin.process import until as settled
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Run, Stage, until

LIST, DESCRIBE = "ListPipelineExecutions", "DescribePipelineExecution"
LONG = 30_000
"""Seconds of simulated time that no test waits for."""


async def started(stage: Stage, pipeline: str, runs: int, poll_interval: float | None = 1) -> list[Run]:
    """Runs of a pipeline that are all followed, their steps as well; the calls are counted from here."""
    begun = await asyncio.gather(*(stage.run(pipeline, poll_interval=poll_interval) for _ in range(runs)))
    await asyncio.gather(*(run.reaches(lambda document: bool(document.steps)) for run in begun))
    await until(lambda: stage.calls(LIST)["received"] >= 2)
    stage.standin.control("DELETE", "/calls")
    return begun


async def cancelled(runs: list[Run]) -> list[RunStatus]:
    """Cancel runs; how they closed."""
    await asyncio.gather(*(run.cancel_by_signal() for run in runs))
    return [document.status for document in await asyncio.gather(*(run.result() for run in runs))]


async def test_runs_of_one_pipeline_are_followed_by_its_list(stage: Stage) -> None:
    """No describe while nothing changes; a cancelled one is described to its true end, and no other."""
    pipeline = stage.pipeline(seconds=LONG)
    runs = await started(stage, pipeline, 30)
    await until(lambda: stage.calls(LIST)["received"] >= 4)
    assert stage.calls(DESCRIBE)["received"] == 0
    stopped = await cancelled(runs[:1])
    assert stopped == [RunStatus.CANCELLED]
    assert stage.calls(DESCRIBE)["received"] <= 5
    assert await cancelled(runs[1:]) == [RunStatus.CANCELLED] * 29


async def test_runs_of_a_pipeline_that_may_not_be_listed_are_described(stage: Stage) -> None:
    """A role from before this version follows its runs as it did."""
    pipeline = stage.pipeline(seconds=600)
    stage.standin.fault(LIST, "access_denied", pipeline=pipeline)
    runs = await asyncio.gather(*(stage.run(pipeline) for _ in range(3)))
    documents = await asyncio.gather(*(run.result() for run in runs))
    assert [document.status for document in documents] == [RunStatus.SUCCESS] * 3
    assert list(stage.calls(LIST)["by_code"]) == ["AccessDeniedException"]
    assert stage.calls(LIST)["received"] <= 2


async def test_lists_that_are_throttled_fail_no_run(stage: Stage) -> None:
    """The polls are deferred, and then made."""
    pipeline = stage.pipeline(seconds=300)
    stage.standin.fault(LIST, "throttle", pipeline=pipeline, times=3)
    runs = await asyncio.gather(*(stage.run(pipeline) for _ in range(5)))
    documents = await asyncio.gather(*(run.result() for run in runs))
    assert [document.status for document in documents] == [RunStatus.SUCCESS] * 5
    assert stage.calls(LIST)["by_code"]["ThrottlingException"] == 3


async def test_a_list_that_lags_leads_no_run_back(stage: Stage) -> None:
    """A stopped run's list entry says Executing for a while: the history knows no way back from Stopping."""
    pipeline = stage.pipeline(seconds=LONG)
    with stage.standin.behaving(lists_lag_seconds=1.0):
        runs = await started(stage, pipeline, 4, poll_interval=None)
        assert await cancelled(runs[:2]) == [RunStatus.CANCELLED] * 2
        for run in runs[:2]:
            document: PipelineRunDocument = await run.handle.query(STATUS_QUERY, result_type=PipelineRunDocument)
            seen = [entry.phase for entry in document.history]
            assert seen == sorted(seen, key=list(Phase).index)
        assert await cancelled(runs[2:]) == [RunStatus.CANCELLED] * 2


async def test_a_stop_does_not_wait_for_the_next_look(stage: Stage) -> None:
    """The poll of the stopped run is woken, however many others share it."""
    pipeline = stage.pipeline(seconds=LONG)
    runs = await asyncio.gather(*(stage.run(pipeline, poll_interval=600) for _ in range(3)))
    await asyncio.gather(*(run.reaches_phase(Phase.RUNNING) for run in runs))
    for run in runs:
        await run.cancel_by_signal()
    await asyncio.gather(*(run.reaches(lambda document: document.sagemaker_status != "Executing") for run in runs))
    for run in runs:
        # One whose execution was seen as Stopped already has closed.
        with suppress(RPCError):
            await run.handle.terminate()


async def test_old_runs_beneath_a_page_of_others_are_described(stage: Stage) -> None:
    """150 executions, of which the two oldest are followed: reading two pages for them would cost as much."""
    pipeline = stage.pipeline(seconds=LONG)
    runs = await asyncio.gather(*(stage.run(pipeline) for _ in range(2)))
    await asyncio.gather(*(run.reaches_phase(Phase.RUNNING) for run in runs))
    for _ in range(150):
        stage.standin.start(pipeline)
    settled(lambda: len(stage.standin.executions(pipeline)) == 152)

    async def lists_amid_six_describes() -> int:
        stage.standin.control("DELETE", "/calls")
        await until(lambda: stage.calls(DESCRIBE)["received"] >= 6)
        return int(stage.calls(LIST)["received"])

    # The first list afterwards shows that they are not on its first page any more; when it comes is not known.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await lists_amid_six_describes():
            pass
    assert await cancelled(list(runs)) == [RunStatus.CANCELLED] * 2


async def test_a_status_that_nobody_knows_slows_only_its_run(stage: Stage) -> None:
    """The others of its pipeline are seen to their ends at their pace."""
    pipeline = stage.pipeline(seconds=600)
    odd = await stage.run(pipeline)
    await odd.reaches_phase(Phase.RUNNING)
    execution = stage.the_execution(pipeline)["execution_arn"].rsplit("/", 1)[-1]
    stage.standin.control("POST", f"/executions/{execution}/force", {"status": "Paused"})
    await odd.reaches(lambda document: document.status is RunStatus.UNKNOWN)
    others = await asyncio.gather(*(stage.run(pipeline) for _ in range(5)))
    documents = await asyncio.gather(*(run.result() for run in others))
    assert [document.status for document in documents] == [RunStatus.SUCCESS] * 5
    assert (await odd.document()).status is RunStatus.UNKNOWN
    stage.standin.control("POST", f"/executions/{execution}/force", {"status": "Succeeded"})
    await odd.handle.terminate()


async def test_runs_that_another_worker_picks_up_share_their_first_looks(idle_stage: Stage) -> None:
    """A worker shuts down and hands twenty watches over: the next one sees them all with a few lists."""
    pipeline = idle_stage.pipeline(seconds=LONG)
    async with idle_stage.worker():
        runs = await started(idle_stage, pipeline, 20, poll_interval=1)
    idle_stage.standin.control("DELETE", "/calls")
    async with idle_stage.worker():
        await until(lambda: idle_stage.calls(LIST)["received"])
        assert await cancelled(runs[:1]) == [RunStatus.CANCELLED]
        assert idle_stage.calls(LIST)["received"] + idle_stage.calls(DESCRIBE)["received"] < 20
        await cancelled(runs[1:])
