"""Inputs of two megabytes that would cost the worker gigabytes or seconds: refused by field, at a bounded cost."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from pydantic import ValidationError

from contract.discovery import PipelineDiscoveryInput
from contract.job_run import JobRunInput
from contract.pipeline_run import PipelineRunInput
from contract.spelling import MAX_KEY_CHARS, MAX_MEMBERS, InputDocument, describe_problems
from contract.task_state import read_task_state
from contract.templates import ScheduledStart
from contract.texts import MAX_PLACE_CHARS, texts
from workflows.run.run_input import admitted_when_filled

LONG: Final = "k" * 900_000
MANY: Final[dict[str, Any]] = {f"f{number}": 1 for number in range(20_000)}
PIPELINE: Final[dict[str, Any]] = {"pipeline_name": "churn"}
JOB: Final[dict[str, Any]] = {"job": "training", "request": {}}
MOST_BYTES: Final = 64 * 2**20

REFUSED: Final[dict[str, tuple[type[InputDocument], dict[str, Any], str]]] = {
    "a long name with many children": (PipelineRunInput, {**PIPELINE, "callbacks": {LONG: MANY}}, "callbacks: a name"),
    "a long output": (JobRunInput, {**JOB, "outputs": {LONG: MANY}}, "outputs: a name in it has 900000 characters"),
    "a long name in a field's document": (PipelineRunInput, {**PIPELINE, "retry": {LONG: 1}}, "retry: a name in it"),
    "many unknown fields": (PipelineRunInput, {**PIPELINE, **MANY}, "20000 unknown fields, such as 'f0'; known"),
    "many unknown fields inside": (PipelineRunInput, {**PIPELINE, "approval": MANY}, "approval: has 20000 members"),
    "many steps": (PipelineRunInput, {**PIPELINE, "callbacks": MANY}, "callbacks: has 20000 members, and at most 2000"),
    "many rules": (JobRunInput, {**JOB, "retry": [{}] * 500_000}, "retry: has 500000 members"),
    "many errors of a rule": (JobRunInput, {**JOB, "catch": [{"ErrorEquals": [1] * 200_000}]}, "error_equals: has"),
    "many tags": (JobRunInput, {**JOB, "tags": MANY}, "tags: has 20000 members"),
    "many patterns": (PipelineDiscoveryInput, {"pipelines": ["*"] * 300_000}, "pipelines: has 300000 members"),
    "wide and deep": (
        PipelineRunInput,
        {**PIPELINE, "callbacks": {f"{'s' * 200}{number}": dict(list(MANY.items())[:9]) for number in range(1_900)}},
        "unknown field",
    ),
}


@contextmanager
def bounded() -> Iterator[None]:
    """What the block takes at once is bounded."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_by_its_field(name: str) -> None:
    """Not by an error for each of its members, each with the whole path."""
    document, given, problem = REFUSED[name]
    with bounded(), pytest.raises(ValidationError) as raised:
        document.admit(given)
    with bounded():
        described = describe_problems(raised.value, document)
    assert problem in described
    assert len(described) < 6_000


@pytest.mark.parametrize("size", [MAX_MEMBERS, MAX_MEMBERS + 1])
def test_a_field_may_have_so_many_members(size: int) -> None:
    """A pipeline may wait for many steps."""
    given = {**PIPELINE, "callbacks": {f"step{number}": {} for number in range(size)}}
    if size > MAX_MEMBERS:
        with pytest.raises(ValidationError):
            PipelineRunInput.admit(given)
    else:
        assert len(PipelineRunInput.admit(given).callbacks) == size


def test_what_was_admitted_before_the_limits_is_read() -> None:
    """A run that goes on validates its input again."""
    given = {**PIPELINE, "callbacks": {f"step{number}": {} for number in range(MAX_MEMBERS + 1)}}
    assert len(PipelineRunInput.model_validate(given).callbacks) == MAX_MEMBERS + 1


def test_a_request_keeps_its_long_names() -> None:
    """It has a limit of its own, and AWS's limits are asked elsewhere."""
    request = {"Environment": {"E" * (MAX_KEY_CHARS + 1): "1"}, "E" * (MAX_KEY_CHARS + 1): 1}
    assert JobRunInput.admit({**JOB, "request": request}).request == request


def test_paths_do_not_repeat_long_names() -> None:
    """In Task states and templates each member has a path."""
    parameters = {LONG: {str(number): "" for number in range(100_000)}}
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
        "Parameters": parameters,
    }
    assert read_task_state(state) is not None
    assert max(len(place) for place, _ in texts(parameters)) <= MAX_PLACE_CHARS
    refused = {**state, "Parameters": {LONG: {"x.$": "$.a"}}}
    with pytest.raises(ValueError, match="a path into a state's input") as raised:
        read_task_state(refused)
    assert len(str(raised.value)) < 1_000
    templated = {**JOB, "templates": True, "request": {LONG: {str(number): "{nope}" for number in range(1_000)}}}
    with bounded(), pytest.raises(Exception, match=r"request\.kkk") as failed:
        admitted_when_filled(templated, JobRunInput, ScheduledStart())
    assert len(str(failed.value)) < 6_000
