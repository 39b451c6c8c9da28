"""Workers die while a failed run goes on: each attempt is still begun once, and no wait is lost."""

from typing import Any, Final

from contract.names import RETRY_UPDATE
from contract.pipeline_document import PipelineRunDocument
from contract.retry import Decision
from contract.run import Phase, RunStatus
from tests.faults.concurrency import concurrent
from tests.faults.evidence import assert_sound
from tests.faults.installation import Installation
from tests.faults.run import Run

RETRY: Final[dict[str, Any]] = {"max_attempts": 2, "initial_delay": 5, "max_delay": 5}


def script(installation: Installation, pipeline: str, outcome: str) -> None:
    """Say how the pipeline's one step goes from its next start on."""
    body = {"pipeline": pipeline, "step": "Train", "outcome": outcome}
    installation.standin.control("POST", "/scripts", body)


async def failed_once(installation: Installation, crew_run: Any, phase: Phase, **fields: Any) -> Run:
    """Start a run whose first attempt fails and whose next one will succeed; it is in that phase."""
    pipeline = installation.pipeline(seconds=60)
    script(installation, pipeline, "Failed")
    run: Run = await crew_run(pipeline, **fields)
    await run.reaches_phase(phase)
    script(installation, pipeline, "Succeeded")
    return run


async def success_of(run: Run) -> PipelineRunDocument:
    """The document of a run that ended well."""
    document = (await run.ending()).document
    assert isinstance(document, PipelineRunDocument)
    assert document.status is RunStatus.SUCCESS, document
    return document


@concurrent
async def test_a_worker_killed_while_a_resumption_begins_resumes_once(installation: Installation) -> None:
    """AWS accepted, its reply is held back, the worker dies: the next one gets the same answer under the token."""
    async with installation.crew() as crew:
        fields = {"retry": {**RETRY, "mode": "resume"}}
        run = await failed_once(installation, crew.run, Phase.WAITING_FOR_RETRY, **fields)
        held = installation.hold("RetryPipelineExecution", run.pipeline)
        await installation.holds(held)
        crew.workers[0].kill()
        installation.lift(held)
        await crew.hire()
        document = await success_of(run)
        await assert_sound(installation, run)
    assert [attempt.mode for attempt in document.attempts] == [None, "resume"]
    assert [step.attempt for step in document.steps] == [2]


@concurrent
async def test_a_worker_killed_while_a_restart_begins_starts_one_execution_more(installation: Installation) -> None:
    """The second start has a token of its own, and that is used once as well."""
    async with installation.crew() as crew:
        fields = {"retry": {**RETRY, "mode": "restart"}}
        run = await failed_once(installation, crew.run, Phase.WAITING_FOR_RETRY, **fields)
        held = installation.hold("StartPipelineExecution", run.pipeline)
        await installation.holds(held)
        crew.workers[0].kill()
        installation.lift(held)
        await crew.hire()
        document = await success_of(run)
    first, second = installation.standin.executions(run.pipeline)
    assert [attempt.execution_arn for attempt in document.attempts] == [first["execution_arn"], second["execution_arn"]]
    assert (first["starts_accepted"], second["starts_accepted"]) == (1, 2), "the second start was answered twice"


@concurrent
async def test_a_wait_for_a_retry_outlives_its_worker(installation: Installation) -> None:
    """The timer is the server's."""
    async with installation.crew() as crew:
        run = await failed_once(installation, crew.run, Phase.WAITING_FOR_RETRY, retry=RETRY)
        crew.workers[0].kill()
        await crew.hire()
        assert [step.attempt for step in (await success_of(run)).steps] == [2]
        await assert_sound(installation, run)


@concurrent
async def test_a_wait_for_a_decision_outlives_its_worker(installation: Installation) -> None:
    """A person can decide as soon as there is a worker again."""
    async with installation.crew() as crew:
        run = await failed_once(installation, crew.run, Phase.WAITING_FOR_DECISION, on_failure="wait")
        crew.workers[0].kill()
        await crew.hire()
        await run.handle.execute_update(RETRY_UPDATE, result_type=Decision)
        assert [step.attempt for step in (await success_of(run)).steps] == [2]
        await assert_sound(installation, run)
