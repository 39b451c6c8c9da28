"""The courses of a run whose execution fails, each played on a real server so that its history can be recorded."""

from contract.names import GIVE_UP_UPDATE, RETRY_UPDATE
from contract.run import Phase, RunStatus
from tests.workflows.stage import Run, Stage
from tests.workflows.test_decisions import WAIT, decide, waiting
from tests.workflows.test_retries import AT_ONCE, NOT_SOON, RESUME, SOON, ends_in_a_fail_step, fails_once


async def resume(stage: Stage) -> Run:
    """Resumed after a delay, then succeeded."""
    run = await stage.run(fails_once(stage), retry=SOON)
    assert (await run.result()).attempts[-1].mode == "resume"
    return run


async def restart(stage: Stage) -> Run:
    """Started anew twice, and failed each time."""
    retry = {"mode": "restart", **SOON}
    run = await stage.run(stage.pipeline(fail="AlgorithmError: exit code 1"), retry=retry)
    assert len((await run.failure()).details[0]["attempts"]) == 3
    return run


async def restart_instead_of_resume(stage: Stage) -> Run:
    """Could not be resumed, so started anew, as the input allows."""
    retry = {"max_attempts": 2, "restart_if_not_resumable": True, **AT_ONCE}
    run = await stage.run(ends_in_a_fail_step(stage), retry=retry)
    assert len((await run.failure()).details[0]["attempts"]) == 2
    return run


async def cancel_in_retry_wait(stage: Stage) -> Run:
    """Cancelled natively while a retry was waited for."""
    run = await stage.run(fails_once(stage), retry=NOT_SOON)
    await run.reaches_phase(Phase.WAITING_FOR_RETRY)
    await run.handle.cancel()
    assert (await run.failure()).type == "PipelineExecutionFailed"
    return run


async def decision_to_retry(stage: Stage) -> Run:
    """Resumed by a person at the second try: AWS refused the first."""
    denied = stage.standin.fault(RESUME, "access_denied", pipeline=(pipeline := fails_once(stage)))
    run = await waiting(stage, pipeline)
    await decide(run, RETRY_UPDATE, {"reason": "again"})
    await run.reaches(lambda document: "Not retried" in str(document.message))
    stage.standin.control("DELETE", f"/faults/{denied}")
    await decide(run, RETRY_UPDATE)
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def decision_to_give_up(stage: Stage) -> Run:
    """Given up by a person."""
    run = await waiting(stage, fails_once(stage))
    await decide(run, GIVE_UP_UPDATE, {"reason": "not worth it"})
    assert (await run.failure()).type == "PipelineExecutionFailed"
    return run


async def decision_not_made(stage: Stage) -> Run:
    """Failed because nobody decided in time."""
    run = await stage.run(fails_once(stage), **WAIT, decision_timeout=0.5)
    assert (await run.failure()).type == "PipelineExecutionFailed"
    return run


async def cancel_in_decision_wait(stage: Stage) -> Run:
    """Cancelled by the signal while a decision was waited for."""
    run = await waiting(stage, fails_once(stage))
    await run.cancel_by_signal()
    assert (await run.failure()).type == "PipelineExecutionFailed"
    return run


async def continued_attempts(stage: Stage) -> Run:
    """Resumed in new runs, until the attempts were used up."""
    retry = {"max_attempts": 3, **AT_ONCE}
    run = await stage.run(stage.pipeline(fail="AlgorithmError: exit code 1"), retry=retry)
    assert len((await run.failure()).details[0]["attempts"]) == 3
    return run
