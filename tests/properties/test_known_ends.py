"""Runs whose end is known, whatever becomes of what comes after it."""

from datetime import timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.gate_models import FoundPackages
from activities.models import FollowedExecution, Observation, Results
from contract.failures import FailureType
from contract.names import ANSWER_STEP_UPDATE, CANCEL_SIGNAL, ActivityType
from contract.open_gates import Approval, ModelPackage
from contract.pipeline_document import PipelineRunDocument
from contract.run import RunStatus
from contract.steps import StepDocument
from tests.properties.driven_workflow import NOON, Activity, DrivenWorkflow
from workflows.pipeline_commands import PipelineCommands
from workflows.pipeline_run import SageMakerPipelineRun

ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdef123456"
NOT_READ = "What the execution left behind is not known: "
PACKAGES = [
    ModelPackage(model_package_arn=f"arn:aws:sagemaker:us-east-1:1:model-package/g/{number}", status=Approval.PENDING)
    for number in (1, 2)
]


def begun(status: str, **fields: Any) -> DrivenWorkflow:
    """A run whose start found an execution of this status."""
    run = DrivenWorkflow(SageMakerPipelineRun, {"pipeline_name": "churn", **fields})
    observed = Observation(sagemaker_status=status, created_at=NOON, last_modified_at=NOON)
    followed = FollowedExecution(execution_arn=ARN, poll_interval=30, heartbeat_timeout=60, observed=observed)
    run.complete(the(run, ActivityType.START), followed)
    return run


def the(run: DrivenWorkflow, kind: ActivityType) -> Activity:
    """The open activity of a type."""
    return next(each for each in run.activities.values() if each.type == kind)


def ended(run: DrivenWorkflow) -> tuple[str, PipelineRunDocument]:
    """How the run closed, or the type of its failure; and its document."""
    assert run.closing is not None
    return run.closing.failure_type or run.closing.way, PipelineRunDocument.model_validate(run.closing.document)


@pytest.mark.parametrize("how", ["signal", "native", "timeout"])
@pytest.mark.parametrize("status", ["Succeeded", "Failed"])
def test_a_watch_that_does_not_return_holds_no_stop_up(how: str, status: str) -> None:
    """AWS has told the end; the watch only reads what the execution left behind."""
    run = begun(status, **({"timeout": 60} if how == "timeout" else {}))
    match how:
        case "signal":
            run.signal(CANCEL_SIGNAL)
        case "native":
            run.cancel()
        case _:
            run.fire_next_timer()
    run.fire_next_timer()
    way, document = ended(run)
    assert way == ("completed" if status == "Succeeded" else FailureType.PIPELINE_EXECUTION_FAILED)
    assert document.sagemaker_status == status
    assert any(note.startswith(NOT_READ) for note in document.notes)
    assert all(each.type in (ActivityType.START, ActivityType.WATCH) for each in run.scheduled)


def test_a_watch_that_returns_in_time_is_waited_for() -> None:
    """With the results."""
    run = begun("Succeeded", outputs={"x": "steps"})
    run.signal(CANCEL_SIGNAL)
    results = Results(outputs={"x": 1})
    watch = the(run, ActivityType.WATCH)
    run.complete(watch, Observation(sagemaker_status="Succeeded", last_modified_at=NOON, results=results))
    way, document = ended(run)
    assert (way, document.outputs, document.notes) == ("completed", {"x": 1}, [])


@pytest.mark.parametrize("loss", [FailureType.EXECUTION_NOT_FOUND, FailureType.ACCESS_DENIED])
def test_a_watch_that_gives_up_takes_no_known_end_away(loss: str) -> None:
    """It may be asked long after the end; but what the input requires must have been read."""
    closings = []
    for required in (False, True):
        run = begun("Succeeded", outputs={"x": {"expression": "steps", "required": required}})
        run.fail(the(run, ActivityType.WATCH), ApplicationError("gone", type=loss, non_retryable=True))
        way, document = ended(run)
        assert f"{NOT_READ}{loss}: gone" in document.notes
        closings.append(way)
    assert closings == ["completed", FailureType.OUTPUT_MISSING]


def test_an_approval_that_is_continued_as_new_watches_no_execution() -> None:
    """Its end is known, with all that it left behind; and the time for the approval is not held up."""
    run = begun("Executing", approval={"timeout": 3600})
    seen = Observation(sagemaker_status="Succeeded", last_modified_at=NOON, results=Results(outputs={}))
    run.complete(the(run, ActivityType.WATCH), seen)
    found = FoundPackages(packages=PACKAGES, poll_interval=30, heartbeat_timeout=60)
    run.complete(the(run, ActivityType.FIND_PACKAGES), found)
    run.suggest_continue_as_new()
    run.complete(the(run, ActivityType.WATCH_PACKAGE), PACKAGES[0].model_copy(update={"status": Approval.APPROVED}))
    assert run.runs == 2
    assert [each.type for each in run.activities.values()] == [ActivityType.FIND_PACKAGES]
    run.move_to_another_worker()
    run.fire_next_timer()
    assert ended(run)[0] == FailureType.APPROVAL_TIMED_OUT


@pytest.mark.parametrize("is_wanted", [True, False])
def test_a_defect_after_the_end_keeps_no_stop_from_ending_the_run(
    monkeypatch: pytest.MonkeyPatch, *, is_wanted: bool
) -> None:
    """Without a stop the task is tried again, by a corrected worker perhaps."""
    describe = PipelineCommands.describe_observation

    def fail_at_the_end(commands: PipelineCommands, state: Any, seen: Observation) -> None:
        if seen.has_ended:
            raise OverflowError("date value out of range")
        describe(commands, state, seen)

    monkeypatch.setattr(PipelineCommands, "describe_observation", fail_at_the_end)
    run = begun("Executing")
    if is_wanted:
        run.signal(CANCEL_SIGNAL)
    end = Observation(sagemaker_status="Stopped", last_modified_at=NOON, results=Results())
    if not is_wanted:
        with pytest.raises(AssertionError, match="the workflow task fails"):
            run.complete(the(run, ActivityType.WATCH), end)
        return
    run.complete(the(run, ActivityType.WATCH), end)
    way, document = ended(run)
    assert way == FailureType.WORKER_ERROR
    assert document.message is not None
    assert document.message.startswith("Unexpected OverflowError after the end of the execution. ")
    assert "date value" not in document.message


def test_a_defect_while_another_attempt_begins_leaves_no_execution_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the attempt before has ended says nothing of the one that may run."""
    run = begun("Executing", retry={"mode": "restart", "max_attempts": 2, "initial_delay": 1})
    run.complete(the(run, ActivityType.WATCH), Observation(sagemaker_status="Failed", last_modified_at=NOON))
    run.fire_next_timer()
    run.signal(CANCEL_SIGNAL)

    def fail(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(PipelineCommands, "describe_execution", fail)
    observed = Observation(sagemaker_status="Executing", created_at=NOON)
    followed = FollowedExecution(execution_arn=ARN, poll_interval=30, heartbeat_timeout=60, observed=observed)
    with pytest.raises(AssertionError, match="the workflow task fails"):
        run.complete(the(run, ActivityType.START), followed)
    assert run.closing is None


def test_a_closed_gate_answers_no_other_step() -> None:
    """A watch gave up while the execution ran: the answer on its way is cancelled, and the next one is not sent."""
    earlier = NOON - timedelta(hours=1)
    person = {"answered_by": "person"}
    run = begun("Executing", callbacks={"A": {**person, "timeout": 60}, "B": {**person, "timeout": 60}, "*": person})
    details = {"type": "Callback", "status": "Executing", "token_shown": True, "started_at": earlier}
    steps = [StepDocument(name=name, **details) for name in ("A", "B", "C")]
    run.complete(the(run, ActivityType.WATCH), Observation(sagemaker_status="Executing", created_at=NOON, steps=steps))
    assert run.update(ANSWER_STEP_UPDATE, {"step": "C"}) is None
    refusal = ApplicationError("denied", type=FailureType.ACCESS_DENIED, non_retryable=True)
    run.fail(the(run, ActivityType.WATCH), refusal)
    run.move_to_another_worker()
    run.fire_next_timer()
    way, document = ended(run)
    assert (way, document.status) == (FailureType.ACCESS_DENIED, RunStatus.FAILED)
    answered = [each.input["step"] for each in run.scheduled if each.type == ActivityType.ANSWER_STEP]
    assert answered == ["A", "C"]
