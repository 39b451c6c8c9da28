"""Task states of Step Functions: what is read from them, and what is refused by name."""

import re
from typing import Any

import pytest

from contract.job_kinds import CREATE_OPERATIONS, JobKind
from contract.job_run import JobRunInput
from contract.task_state import MAX_DEPTH, read_task_state

RESOURCE = "arn:aws:states:::sagemaker:createTrainingJob.sync"
STATE: dict[str, Any] = {"Type": "Task", "Resource": RESOURCE, "Parameters": {"TrainingJobName": "search"}}


def deep(levels: int) -> Any:
    """An object of so many levels."""
    value: Any = "end"
    for _ in range(levels):
        value = {"x": value}
    return value


REFUSED: list[tuple[Any, str]] = [
    ({**STATE, "HeartbeatSeconds": 5}, "HeartbeatSeconds: cannot be followed: a job sends no heartbeats"),
    ({**STATE, "HeartbeatSecondsPath": "$.x"}, "HeartbeatSecondsPath: cannot be followed"),
    ({**STATE, "TimeoutSecondsPath": "$.x"}, "TimeoutSecondsPath: cannot be followed"),
    ({**STATE, "InputPath": "$.x"}, "InputPath: cannot be followed"),
    ({**STATE, "ResultSelector": {}}, "ResultSelector: cannot be followed: use `outputs`"),
    ({**STATE, "Credentials": {"RoleArn": "x"}}, "Credentials: cannot be followed: name a `platform`"),
    ({**STATE, "Type": "Pass"}, "Type: must be Task, and is 'Pass'"),
    ({**STATE, "Resource": "arn:aws:states:::lambda:invoke"}, "Resource: must be arn:aws:states:::<operation>"),
    ({**STATE, "Resource": f"{RESOURCE}:3"}, "Resource: must be"),
    (
        {**STATE, "Resource": "arn:aws:states:::sagemaker:createTrainingJob.waitForTaskToken"},
        "Resource: must be",
    ),
    (
        {**STATE, "Resource": "arn:aws:states:::sagemaker:createEndpoint"},
        "Resource: 'createEndpoint' creates no job that a run can follow",
    ),
    ({**STATE, "Arguments": {}}, "Parameters cannot stand beside Arguments"),
    ({**STATE, "Parameters": {"TrainingJobName.$": "$.name"}}, "TrainingJobName.$: a path into a state's input"),
    ({**STATE, "Parameters": {"A": [{"B": {"C.$": "$$.Execution.Name"}}]}}, "A.0.B.C.$: a path"),
    ({**STATE, "Parameters": {"A": {"B": " {% $states.input.x %} "}}}, "A.B: an expression {% … %}"),
    ({**STATE, "Parameters": deep(MAX_DEPTH + 1)}, f"Parameters: is nested deeper than {MAX_DEPTH} levels"),
    ({"StartAt": "A", "States": {}}, "States: one SageMaker Task state is needed, the state machine has: none"),
    (
        {"StartAt": "A", "States": {"A": STATE, "B": STATE, "C": {"Type": "Wait"}}},
        "States: one SageMaker Task state is needed, the state machine has: 'A', 'B'",
    ),
]


@pytest.mark.parametrize(("given", "problem"), REFUSED, ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_followed_is_refused_by_name(given: Any, problem: str) -> None:
    """With the remedy."""
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}"):
        read_task_state(given)


@pytest.mark.parametrize("given", [None, [], "x", {}, {"job": "training", "request": {}}, {"A": 1}, {"A": {}, "B": {}}])
def test_what_is_no_state_is_left_to_the_input(given: Any) -> None:
    """`JobRunInput` says what is wrong with it."""
    assert read_task_state(given) is None


@pytest.mark.parametrize("form", ["state", "one_member", "machine"])
def test_a_state_is_read_in_each_form(form: str) -> None:
    """The state, an object with it, and a machine with exactly one SageMaker Task state."""
    other = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {}}
    given: Any = {
        "state": STATE,
        "one_member": {"Train": STATE},
        "machine": {"StartAt": "Wait", "TimeoutSeconds": 9, "States": {"Wait": other, "Train": STATE}},
    }[form]
    state = read_task_state(given)
    assert state is not None
    assert state.fields == {"job": "training", "request": {"TrainingJobName": "search"}}
    assert [("'Train'" in note) for note in state.notes][:1] == ([] if form == "state" else [True])
    assert any("TimeoutSeconds" in note for note in state.notes) is (form == "machine")


@pytest.mark.parametrize("operation", CREATE_OPERATIONS)
@pytest.mark.parametrize(
    "resource", ["arn:aws:states:::sagemaker:{}.sync:2", "arn:aws-cn:states:::aws-sdk:sagemaker:{}"]
)
def test_resource_names_the_kind(operation: str, resource: str) -> None:
    """In both integrations; what would not wait is noted."""
    given = {**STATE, "Resource": resource.format(operation[0].lower() + operation[1:])}
    state = read_task_state(given)
    assert state is not None
    assert state.fields["job"] == CREATE_OPERATIONS[operation]
    assert any("waits for the end" in note for note in state.notes) is not resource.endswith(":2")


def test_members_become_fields() -> None:
    """Timeout, retriers, catchers, and fields of the run that stand beside the state's members."""
    retry = [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2}]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Failed", "ResultPath": "$.x"}]
    members = {"TimeoutSeconds": 60, "Retry": retry, "Catch": catch, "platform": "prod", "Comment": "x", "End": True}
    state = read_task_state({**STATE, **members})
    assert state is not None
    run_input = JobRunInput.model_validate(state.fields)
    assert (run_input.job, run_input.attempt_timeout, run_input.platform) == (JobKind.TRAINING, 60, "prod")
    assert run_input.catch[0].next == "Failed"
    assert isinstance(run_input.retry, list)
    assert run_input.retry[0].max_attempts == 2
    assert state.notes == ["Without effect here: End."]


def test_a_state_with_arguments_alone_is_a_state() -> None:
    """As JSONata states have them; Type may be left out."""
    state = read_task_state({"Resource": RESOURCE, "Arguments": {"TrainingJobName": "search"}})
    assert state is not None
    assert state.fields == {"job": "training", "request": {"TrainingJobName": "search"}}


def test_an_unknown_member_is_refused_by_the_input() -> None:
    """A misspelt member is not ignored."""
    state = read_task_state({**STATE, "Rety": []})
    assert state is not None
    assert "Rety" in state.fields
