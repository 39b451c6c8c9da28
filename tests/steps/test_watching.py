"""What a watch tells of steps, over HTTP and through the shared poller, as a workflow asks for it."""

import asyncio
from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.models import Observation, WatchRequest
from activities.results import observing, settled
from activities.results.observing import StepsObserver
from activities.watching import step_turns
from activities.watching.poller import SharedPoller
from activities.watching.watch import WatchActivities
from contract.outputs import Output
from contract.steps import Progress
from tests.standin.definitions import JsonObject, job, step
from tests.standin.process import Standin
from tests.unit.activities.attempt import attempt, beats_of
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import until

LONG = 100_000
PLAN = "DescribePipelineDefinitionForExecution"


@pytest.fixture
def watches(calls: SageMakerCalls, standin: Standin, monkeypatch: pytest.MonkeyPatch) -> WatchActivities:
    """The watch on the stand-in, which tells steps as soon as they change."""
    monkeypatch.setattr(step_turns, "LEAST_PAUSE_SECONDS", 0.05)
    calls._limits.clear()  # noqa: SLF001 — what one test was throttled does not slow down the next
    standin.control("DELETE", "/calls")
    return WatchActivities(calls, SharedPoller(calls), StepsObserver(calls))


async def watched(watches: WatchActivities, arn: str, **fields: Any) -> Observation:
    """What one watch returns."""
    request = WatchRequest.model_validate(
        {"platform": "default", "execution_arn": arn, "seen_status": "Executing", "poll_interval": 0.05, **fields}
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        observed: Observation = await attempt().run(watches.watch_pipeline_execution, request)
    return observed


async def followed(watches: WatchActivities, arn: str, **fields: Any) -> list[Observation]:
    """What all watches return until the execution's end, each begun with what the ones before have told."""
    returns: list[Observation] = []
    seen: dict[str, str] = {}
    while not returns or not returns[-1].has_ended:
        returns.append(await watched(watches, arn, seen_steps=seen, **fields))
        seen |= {told.key: told.mark for told in returns[-1].steps}
    return returns


def ended(standin: Standin, steps: list[JsonObject]) -> str:
    """An execution that has ended."""
    arn = standin.start(standin.create(steps))
    standin.until_ended(arn)
    return arn


def calls_of(standin: Standin, operation: str) -> int:
    """How often an operation was called."""
    found: int = standin.control("GET", "/calls").get(operation, {"received": 0})["received"]
    return found


async def test_steps_are_told_as_they_change(standin: Standin, watches: WatchActivities) -> None:
    """Only those that did, each with its type, and how far the execution is; the definition is read once."""
    # Two seconds each: the first call may have to make the client, and the machine may be busy.
    arn = standin.start(standin.create([job("a", seconds=1200), job("b", ["a"], seconds=1200)]))
    returns = await followed(watches, arn)
    assert 2 <= len(returns) <= 7
    told = [(document.name, document.status) for observed in returns for document in observed.steps]
    assert told == list(dict.fromkeys(told))
    assert {("a", "Succeeded"), ("b", "Succeeded")} <= set(told)
    assert {document.type for observed in returns for document in observed.steps} == {"Processing"}
    assert {observed.progress.total for observed in returns if observed.progress} == {2}
    assert returns[-1].progress == Progress(done=2, running=0, failed=0, total=2)
    assert [observed.results is None for observed in returns] == [True] * (len(returns) - 1) + [False]
    assert calls_of(standin, PLAN) == 1


async def test_a_change_comes_with_the_whole_observation(standin: Standin, watches: WatchActivities) -> None:
    """The workflow needs nothing from the one before."""
    arn = standin.start(standin.create([job("a", seconds=LONG)]), PipelineExecutionDescription="nightly")
    observed = await watched(watches, arn)
    assert [document.name for document in observed.steps] == ["a"]
    assert (observed.sagemaker_status, observed.message) == ("Executing", "nightly")
    assert observed.created_at is not None
    standin.stop(arn)


async def test_steps_that_were_seen_are_not_told_again(standin: Standin, watches: WatchActivities) -> None:
    """The watch goes on, and its end tells only what is new."""
    arn = standin.start(standin.create([job("a", seconds=1), job("b", ["a"], seconds=300)]))
    standin.until_step(arn, "b")
    observed = await watched(watches, arn, seen_steps={"a": "Succeeded/1", "b": "Executing/1"})
    assert [(document.name, document.status) for document in observed.steps] == [("b", "Succeeded")]
    assert observed.has_ended


async def test_a_job_that_shows_up_after_its_step_is_returned_while_it_runs(
    standin: Standin, watches: WatchActivities
) -> None:
    """AWS adds Metadata some time after the step's start."""
    standin.control("POST", "/behaviours", {"metadata_lag_seconds": 0.5})
    try:
        arn = standin.start(standin.create([job("a", seconds=LONG)]))
        seen: dict[str, str] = {}
        jobs: list[str | None] = []
        while not any(jobs):
            (document,) = (await watched(watches, arn, seen_steps=seen)).steps
            jobs.append(document.job_arn)
            seen[document.key] = document.mark
    finally:
        standin.control("POST", "/behaviours", {"metadata_lag_seconds": 0})
    assert jobs[:-1] == [None] * (len(jobs) - 1)
    standin.stop(arn)


async def test_details_that_show_up_late_are_returned_while_the_step_runs(
    standin: Standin, watches: WatchActivities
) -> None:
    """A step outside SageMaker has no job by which its mark would change."""
    standin.control("POST", "/behaviours", {"metadata_lag_seconds": 0.5})
    try:
        arn = standin.start(standin.create([step("Query", "Athena", STANDIN_SECONDS=str(LONG))]))
        marks: dict[str, str] = {}
        digests: dict[str, str] = {}
        shown: list[dict[str, str]] = []
        while not any(shown):
            observed = await watched(watches, arn, seen_steps=marks, seen_digests=digests)
            (document,) = observed.steps
            shown.append(document.details)
            marks[document.key] = document.mark
            digests |= observed.step_digests
    finally:
        standin.control("POST", "/behaviours", {"metadata_lag_seconds": 0})
    assert shown[:-1] == [{}]
    assert "query" in shown[-1]
    standin.stop(arn)


async def test_a_failure_has_its_cause_although_the_steps_lag(standin: Standin, watches: WatchActivities) -> None:
    """The execution is shown as failed while its steps still show as executing."""
    standin.control("POST", "/behaviours", {"steps_lag_seconds": 0.5})
    try:
        failing = step("Train", "Training", HyperParameters={"STANDIN_SECONDS": "5", "STANDIN_FAIL": "exit code: 137"})
        observed = await watched(watches, ended(standin, [failing]))
    finally:
        standin.control("POST", "/behaviours", {"steps_lag_seconds": 0})
    assert observed.results is not None
    assert [cause.step for cause in observed.results.causes] == ["Train"]
    assert [document.status for document in observed.steps] == ["Failed"]
    assert observed.progress == Progress(done=0, running=0, failed=1, total=1)


async def test_steps_that_never_settle_do_not_hold_the_end_up(standin: Standin, watches: WatchActivities) -> None:
    """After some readings the end is returned with the steps as they are."""
    standin.control("POST", "/behaviours", {"steps_lag_seconds": 3600})
    try:
        observed = await watched(watches, ended(standin, [job("a", seconds=1)]))
        assert calls_of(standin, "ListPipelineExecutionSteps") == 1 + len(settled.PAUSES_SECONDS)
    finally:
        standin.control("POST", "/behaviours", {"steps_lag_seconds": 0})
    assert observed.sagemaker_status == "Succeeded"
    assert observed.results is not None


async def test_an_end_tells_causes_and_outputs(standin: Standin, watches: WatchActivities) -> None:
    """The message begins with the cause and what to do."""
    failing = step(
        "Train", "Training", ["a"], HyperParameters={"STANDIN_SECONDS": "5", "STANDIN_FAIL": "exit code: 137"}
    )
    arn = ended(standin, [job("a", seconds=1), failing])
    observed = await watched(watches, arn, outputs={"a": Output(expression="steps.a.status")})
    assert observed.results is not None
    assert [cause.step for cause in observed.results.causes] == ["Train"]
    assert observed.results.outputs == {"a": "Succeeded"}
    assert observed.results.billable_seconds == 5
    assert observed.message == (
        "Train: exit code: 137. The job ran out of memory: use a larger instance type, or smaller batches."
    )
    assert {document.name for document in observed.steps} == {"a", "Train"}


async def test_an_execution_that_ended_long_ago_is_told_as_well(standin: Standin, watches: WatchActivities) -> None:
    """Whoever follows one that is over gets its results."""
    arn = ended(standin, [job("a", seconds=1)])
    observed = await watched(watches, arn, seen_status="Succeeded")
    assert observed.results is not None
    assert observed.progress == Progress(done=1, running=0, failed=0, total=1)


async def test_only_selected_steps_are_counted(standin: Standin, watches: WatchActivities) -> None:
    """What was taken over from the source shows, and is not what this execution has to do."""
    pipeline = standin.create([job("a", seconds=1), job("b", ["a"], seconds=1), job("c", ["b"], seconds=1)])
    source = standin.start(pipeline)
    assert standin.until_ended(source) == "Succeeded"
    selection = {"SelectedSteps": [{"StepName": "b"}], "SourcePipelineExecutionArn": source}
    arn = standin.start(pipeline, SelectiveExecutionConfig=selection)
    standin.until_ended(arn)
    observed = await watched(watches, arn, selected_steps=["b"])
    assert observed.progress == Progress(done=1, running=0, failed=0, total=1)
    assert {document.name: document.cache_hit for document in observed.steps} == {"a": True, "b": False}


async def test_a_plan_that_may_not_be_read_leaves_the_total_open(standin: Standin, watches: WatchActivities) -> None:
    """A platform without that permission follows its steps all the same; it is asked once."""
    standin.fault(PLAN, "access_denied")
    arn = standin.start(standin.create([job("a", seconds=300), job("b", ["a"], seconds=300)]))
    returns = await followed(watches, arn)
    assert returns[-1].progress == Progress(done=2, running=0, failed=0, total=None)
    assert calls_of(standin, PLAN) == 1


async def test_runs_of_one_version_share_its_plan(standin: Standin, watches: WatchActivities) -> None:
    """A thousand runs of a pipeline are not a thousand definitions."""
    pipeline = standin.create([job("a", seconds=1)])
    arns = [standin.start(pipeline) for _ in range(5)]
    for arn in arns:
        standin.until_ended(arn)
    ends = await asyncio.gather(*(watched(watches, arn) for arn in arns))
    assert [observed.progress and observed.progress.total for observed in ends] == [1] * 5
    assert calls_of(standin, PLAN) == 1


async def test_steps_that_may_not_be_read_end_no_watch(standin: Standin, watches: WatchActivities) -> None:
    """The status is followed as before; heartbeats and results say what is missing."""
    standin.fault("ListPipelineExecutionSteps", "access_denied")
    arn = standin.start(standin.create([job("a", seconds=LONG)]))
    environment = attempt(heartbeat_timeout=0.1)
    beats = beats_of(environment)
    request = WatchRequest(platform="default", execution_arn=arn, seen_status="Executing", poll_interval=0.05)
    running = asyncio.create_task(environment.run(watches.watch_pipeline_execution, request))
    await until(lambda: any(beat.steps_trouble for beat in beats))
    assert not running.done()
    standin.stop(arn)
    observed = await asyncio.wait_for(running, 10)
    while not observed.has_ended:
        observed = await watched(watches, arn, seen_status=observed.sagemaker_status)
    assert observed.sagemaker_status == "Stopped"
    assert observed.results is not None
    (note,) = observed.results.notes
    assert note.startswith("The steps are not known. AccessDeniedException: ")
    assert "sagemaker:ListPipelineExecutionSteps" in note


@pytest.mark.parametrize("effect", ["throttle", "html_5xx"])
async def test_a_busy_aws_delays_the_results_and_takes_none(
    standin: Standin, watches: WatchActivities, effect: str
) -> None:
    """Steps, jobs and logs are asked for again."""
    arn = ended(standin, [job("a", seconds=5, fail="AlgorithmError: no", log="last words")])
    for operation in ("ListPipelineExecutionSteps", "DescribeProcessingJob", "FilterLogEvents"):
        standin.fault(operation, effect, times=1)
    observed = await watched(watches, arn)
    assert observed.results is not None
    assert [(cause.job_status, cause.log) for cause in observed.results.causes] == [("Failed", ["last words"])]
    assert observed.results.notes == []


async def test_results_are_bounded_in_time(
    standin: Standin, watches: WatchActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end is the truth, and the reasons are a kindness: those that came in time are told."""
    monkeypatch.setattr(observing, "LONGEST_READING_SECONDS", 1.0)
    arn = ended(standin, [job("a", seconds=5, fail="AlgorithmError: no")])
    standin.fault("DescribeProcessingJob", "delay_before", seconds=5)
    observed = await watched(watches, arn)
    assert observed.sagemaker_status == "Failed"
    assert observed.results is not None
    assert [cause.summary for cause in observed.results.causes] == ["a: AlgorithmError: no"]
    assert any(note.startswith("The job's own reason is not known. OutOfTimeError") for note in observed.results.notes)


async def test_a_thousand_steps_fit_into_one_observation(standin: Standin, watches: WatchActivities) -> None:
    """Below Temporal's 2 MiB a payload."""
    names = [f"step-{number:04}" for number in range(1000)]
    arn = ended(standin, [job(name, seconds=1) for name in names])
    observed = await watched(watches, arn)
    assert sorted(document.name for document in observed.steps) == names
    assert len(observed.model_dump_json()) < 2 * 1024 * 1024
    assert observed.progress == Progress(done=1000, running=0, failed=0, total=1000)
