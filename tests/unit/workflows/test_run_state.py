"""What a run hands on when its history is started anew, and who may take it."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import to_json
from temporalio import workflow

from activities.models import FollowedExecution, Observation, Results
from activities.starting.run_input import run_input_of
from contract.handed_on import MAX_BYTES, has_room
from contract.job_document import JobRunDocument
from contract.job_run import JobRunInput
from contract.pipeline_document import PipelineRunDocument
from contract.pipeline_run import PipelineRunInput
from contract.retry import RetryMode
from contract.run import Phase
from contract.spelling import MAX_PROBLEMS_DESCRIBED
from contract.steps import Progress, StepDocument, merge_steps
from contract.templates import ScheduledStart
from workflows.job_commands import JobRunState
from workflows.pipeline_commands import PipelineRunState
from workflows.run.attempts import attempt_begun, attempt_observed

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdef123456"
INPUT = PipelineRunInput.model_validate(
    {
        "pipeline_name": "churn",
        "execution_arn": ARN,
        "timeout": 60,
        "retry": {"mode": "restart"},
        "outputs": {"model": {"expression": "steps", "required": True}},
    }
)
STATE = PipelineRunState(
    run_input=INPUT,
    start_token="start",
    stop_token="stop",
    run_started_at=NOON,
    quota_refusals=3,
    execution=FollowedExecution(
        execution_arn=ARN,
        poll_interval=7,
        heartbeat_timeout=8,
        observed=Observation(sagemaker_status="Executing", created_at=NOON),
    ),
    seen_steps={"Train": "Executing/1"},
    attempt=2,
    retry_mode=RetryMode.RESUME,
    failure="Train: exit code 1",
    not_resumable="it ended in a Fail step",
    document=PipelineRunDocument(run_id=ARN, phase=Phase.RUNNING, started_at=NOON),
)


def through_json(argument: Any) -> Any:
    """An argument as Temporal carries it."""
    return json.loads(json.dumps(argument))


def test_the_next_run_gets_everything() -> None:
    """The whole state, through Temporal's JSON."""
    argument = through_json(STATE.to_hand_on("run-1"))
    assert PipelineRunState.handed_on((argument,), "run-1") == STATE


@pytest.mark.parametrize(
    "arguments",
    [(STATE.to_hand_on("run-1"),), ({"pipeline_name": "churn"},), (), (None,), (STATE.to_hand_on("run-2"), 1)],
    ids=["a state of another run", "an input", "nothing", "null", "two arguments"],
)
def test_a_run_that_does_not_continue_takes_no_state(arguments: tuple[Any, ...]) -> None:
    """A cron run and a workflow retry come after a run without continuing it."""
    assert PipelineRunState.handed_on(arguments, "run-2") is None


def test_a_state_of_a_newer_worker_is_read_without_what_is_new() -> None:
    """A roll-back must not stop the runs that the newer version has handed on, nor forget the caller's input."""
    state = STATE.model_dump(mode="json")
    for document in (state, state["run_input"], state["run_input"]["retry"], state["run_input"]["outputs"]["model"]):
        document["newer"] = {"than": "this"}
    argument = {"carried_over": json.dumps(state), "handed_on_by": "run-1"}
    assert PipelineRunState.handed_on((argument,), "run-1") == STATE
    assert PipelineRunState.callers_arguments((argument,)) == (INPUT,)


def test_a_newer_worker_may_know_many_more_fields() -> None:
    """Such as a dozen for a new kind of gate; of a caller's input, so many are refused at once."""
    state = STATE.model_dump(mode="json")
    for document in (state, state["run_input"], state["run_input"]["retry"], state["run_input"]["outputs"]["model"]):
        document.update({f"newer{number}": number for number in range(MAX_PROBLEMS_DESCRIBED + 1)})
    argument = {"carried_over": json.dumps(state), "handed_on_by": "run-1"}
    assert PipelineRunState.handed_on((argument,), "run-1") == STATE
    assert PipelineRunState.callers_arguments((argument,)) == (INPUT,)
    assert PipelineRunInput.read_handed_on(state["run_input"]) == INPUT
    with pytest.raises(ValidationError, match=f"{MAX_PROBLEMS_DESCRIBED + 1} unknown fields, such as 'newer0'"):
        PipelineRunInput.model_validate(state["run_input"])


def test_an_attempt_that_began_forgets_how_the_one_before_ended() -> None:
    """Its failure and its refusals are not those of the new one."""
    state = STATE.model_copy(deep=True)
    assert (state.due_attempt, state.is_under_way) == (3, False)
    state.attempt_resumed()
    assert (state.attempt, state.due_attempt, state.is_under_way) == (3, 3, True)
    assert (state.failure, state.not_resumable, state.quota_refusals) == (None, None, 0)
    assert state.execution is not None
    assert state.execution.observed == Observation(created_at=NOON)


def test_an_observation_is_kept_without_what_the_document_has() -> None:
    """The state stays far below Temporal's limit, and knows all marks."""
    state = STATE.model_copy(deep=True)
    step = StepDocument(name="Evaluate", status="Failed")
    state.observed(Observation(sagemaker_status="Failed", steps=[step], progress=Progress(failed=1), results=Results()))
    assert state.seen_steps == {"Train": "Executing/1", "Evaluate": step.mark}
    assert state.execution is not None
    assert state.execution.observed == Observation(sagemaker_status="Failed")


def test_another_execution_has_other_marks_and_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was seen of the steps of the one before says nothing of its own; digests of nothing are not kept."""
    state = STATE.model_copy(deep=True)
    state.observed(Observation(steps=[StepDocument(name="Query")], step_digests={"a": "1", "b": "2"}))
    state.observed(Observation(step_digests={"a": "", "c": ""}))
    assert state.seen_digests == {"b": "2"}
    monkeypatch.setattr(workflow, "now", lambda: NOON)
    state.attempt_begun(FollowedExecution(execution_arn=ARN, poll_interval=7, heartbeat_timeout=8))
    assert (state.seen_steps, state.seen_digests) == ({}, {})


def test_a_state_that_cannot_be_read_is_no_input_either() -> None:
    """The workflow task is retried until a version is there that can: a failure would leave an execution alone."""
    with pytest.raises(ValidationError):
        PipelineRunState.handed_on(({"carried_over": "{}", "handed_on_by": "run-1"},), "run-1")


def test_a_retry_after_a_continue_as_new_finds_the_callers_input() -> None:
    """It is in the state that Temporal gives to the retry."""
    assert PipelineRunState.callers_arguments((through_json(STATE.to_hand_on("run-1")),)) == (INPUT,)


@given(
    st.lists(
        st.none() | st.text() | st.fixed_dictionaries({"carried_over": st.text(), "handed_on_by": st.text()}),
        max_size=2,
    ).map(tuple)
)
def test_every_other_argument_stays_the_callers(arguments: tuple[Any, ...]) -> None:
    """Whatever it looks like, it is then validated as any input."""
    assert PipelineRunState.callers_arguments(arguments) == arguments


def test_a_state_full_of_quotes_has_room_in_a_payload() -> None:
    """As an object: a text within JSON has each of its quotes escaped once more."""
    texts = {f"P{number}": '"' * 500 for number in range(1_035)}
    given = {"job": "training", "request": {"TrainingJobName": "x", "HyperParameters": texts}}
    run_input = JobRunInput.admit(given)
    now = {"start_token": "start", "stop_token": "stop", "run_started_at": NOON}
    state = JobRunState(run_input=run_input, document=JobRunDocument(), **now)
    assert len(to_json({"carried_over": state.model_dump_json()})) > MAX_BYTES
    argument = state.to_hand_on("run-1")
    assert has_room(argument)
    assert JobRunState.handed_on((through_json(argument),), "run-1") == state
    assert JobRunState.handed_on((through_json(argument),), "run-2") is None
    assert JobRunState.callers_arguments((through_json(argument),)) == (run_input,)
    assert run_input_of(through_json(argument), ScheduledStart()) == run_input


def test_a_state_that_the_server_refuses_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on with a long history instead."""
    info = SimpleNamespace(run_id="run-1", is_continue_as_new_suggested=lambda: True)
    handed_on: list[Any] = []
    monkeypatch.setattr(workflow, "info", lambda: info)
    monkeypatch.setattr(workflow, "memo", dict)
    monkeypatch.setattr(workflow, "all_handlers_finished", lambda: True)
    monkeypatch.setattr(workflow, "continue_as_new", lambda argument, **_: handed_on.append(argument))
    state = STATE.model_copy(deep=True)
    wish = SimpleNamespace(is_wanted=False)
    state.continue_as_new_if_suggested(wish)  # type: ignore[arg-type]
    state.document.message = "x" * MAX_BYTES
    state.continue_as_new_if_suggested(wish)  # type: ignore[arg-type]
    assert [PipelineRunState.handed_on((argument,), "run-1") for argument in handed_on] == [STATE]


def test_what_is_handed_on_has_room_in_a_payload() -> None:
    """Temporal takes 2 MiB: 5,000 steps with the longest names, a hundred attempts with the longest messages."""
    steps = [
        StepDocument(
            name=f"{number:05}" + "n" * 250,
            iteration=f"{'l' * 250}[{number}]",
            status="Succeeded",
            failure_reason="走" * 300,
            job_arn="a" * 256,
            console_url="c" * 1000,
        )
        for number in range(5000)
    ]
    state = STATE.model_copy(deep=True)
    digests = {f"{number:012x}": f"{number:08x}" for number in range(5000)}
    state.observed(Observation(steps=steps, step_digests=digests))
    state.document.steps = merge_steps([], steps)
    state.document.steps_left_out = len(steps) - len(state.document.steps)
    for number in range(2, 101):
        state.document.message = "走" * 3000
        attempt_begun(state.document, number, RetryMode.RESTART, state.document.message, NOON)
        attempt_observed(state.document)
    assert len(state.seen_steps) == 5001
    assert state.seen_digests == digests
    assert len(state.document.steps) > 100
    assert len(json.dumps(state.seen_steps)) < 512 * 1024
    assert len(json.dumps(state.to_hand_on("run-1"), ensure_ascii=False).encode()) < 1.5 * 1024 * 1024
