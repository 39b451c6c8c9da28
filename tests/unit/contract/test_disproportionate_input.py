"""Inputs of two megabytes that would cost the worker gigabytes or seconds: refused by field, at a bounded cost."""

import base64
import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import jmespath
import pytest
from pydantic import ValidationError
from temporalio.exceptions import ApplicationError

from activities.deployment.messages import Wanted
from contract import deployment, scheduled_input, task_state
from contract.definition_text import compress_definition, definition_text
from contract.deployment import MAX_DEFINITION_VALUES, PipelineDeploymentInput
from contract.discovery import PipelineDiscoveryInput
from contract.job_run import JobRunInput
from contract.json_walk import MAX_PLACE_CHARS, MAX_VALUES, TOO_MANY_VALUES, bracketed, disproportion, dotted
from contract.pipeline_run import PipelineRunInput
from contract.scheduled_input import rendered
from contract.spelling import MAX_KEY_CHARS, MAX_MEMBERS, InputDocument, describe_problems
from contract.task_state import read_task_state
from contract.templates import ScheduledStart, render
from contract.texts import texts
from tests.unit.contract.test_json_walk import calls_in
from workflows.run.job_input import read_job_input
from workflows.run.run_input import admitted_when_filled, read_run_input

LONG: Final = "k" * 900_000
MANY: Final[dict[str, Any]] = {f"f{number}": 1 for number in range(20_000)}
PIPELINE: Final[dict[str, Any]] = {"pipeline_name": "churn"}
JOB: Final[dict[str, Any]] = {"job": "training", "request": {}}
STATE: Final[dict[str, Any]] = {"Type": "Task", "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync"}
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
    assert max(len(bracketed("request", path)) for path, _ in texts(parameters)) <= MAX_PLACE_CHARS
    refused = {**state, "Parameters": {LONG: {"x.$": "$.a"}}}
    with pytest.raises(ValueError, match="a path into a state's input") as raised:
        read_task_state(refused)
    assert len(str(raised.value)) < 1_000
    templated = {**JOB, "templates": True, "request": {LONG: {str(number): "{nope}" for number in range(1_000)}}}
    with bounded(), pytest.raises(Exception, match=r"request\.kkk") as failed:
        admitted_when_filled(templated, JobRunInput, ScheduledStart())
    assert len(str(failed.value)) < 6_000


def test_an_input_has_so_many_values() -> None:
    """AWS takes hundreds of a request."""
    assert disproportion({"job": "training", "request": {"A": [1] * (MAX_VALUES - 3)}}) is None
    assert disproportion({"job": "training", "request": {"A": [1] * MAX_VALUES}}) == f"request: has {TOO_MANY_VALUES}"


@pytest.mark.parametrize("values", [[""] * 600_000, [[[[]]]] * 200_000], ids=["wide", "nested"])
@pytest.mark.parametrize(
    "read",
    [
        lambda values: read_job_input(({**STATE, "templates": True, "Parameters": {"A": values}},), ScheduledStart()),
        lambda values: read_run_input(
            ({**PIPELINE, "templates": True, "parameters": values},), PipelineRunInput, ScheduledStart()
        ),
    ],
    ids=["job", "pipeline"],
)
def test_far_too_many_values_are_refused_before_they_are_read(read: Callable[[Any], object], values: list[Any]) -> None:
    """Neither as a Task state nor for templates is anything done with each of them."""

    def refused() -> None:
        with pytest.raises(ApplicationError, match=": has more than 100,000 values; pass large data by S3"):
            read(values)

    assert calls_in(refused) < 3 * MAX_VALUES


def test_a_refused_input_is_validated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its limits it would cost what they save."""
    validated: list[object] = []
    validate = PipelineRunInput.model_validate

    def counted(given: Any, **options: Any) -> PipelineRunInput:
        validated.append(options.get("context"))
        return validate(given, **options)

    monkeypatch.setattr(PipelineRunInput, "model_validate", counted)
    with pytest.raises(ApplicationError, match="callbacks: has 20000 members"):
        admitted_when_filled({**PIPELINE, "callbacks": MANY}, PipelineRunInput, ScheduledStart())
    assert len(validated) == 1


def test_places_are_written_for_problems_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a million of them took seconds."""
    places: list[str] = []

    def counted(*place: Any) -> str:
        places.append((dotted if len(place) == 1 else bracketed)(*place))
        return places[-1]

    monkeypatch.setattr(task_state, "dotted", counted)
    monkeypatch.setattr(scheduled_input, "bracketed", counted)
    request: dict[str, Any] = {"A": [str(number) for number in range(1_000)]}
    state = read_task_state({**STATE, "Parameters": request})
    assert state is not None
    rendered({**state.fields, "templates": True}, JobRunInput, ScheduledStart())
    assert places == []
    with pytest.raises(ValueError, match=r"B\.0"):
        read_task_state({**STATE, "Parameters": {**request, "B": ["{% x %}"]}})
    with pytest.raises(ValueError, match=r"request\.B\[0\]"):
        rendered({"templates": True, "request": {**request, "B": ["{x}"]}}, JobRunInput, ScheduledStart())
    assert places == ["B.0", "request.B[0]"]


def test_long_names_are_not_repeated() -> None:
    """The text of a failure has a limit as well."""
    for given in ({**STATE, "Parameters": {f"{LONG}.$": ""}}, {"States": {LONG: STATE, f"{LONG}2": STATE}}):
        with pytest.raises(ValueError, match="kkk") as raised:
            read_task_state(given)
        assert len(str(raised.value)) < 1_000


def test_a_code_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format of two megabytes has a million of them."""
    computed: list[datetime] = []

    def counted(time: datetime) -> str:
        computed.append(time)
        return "007"

    monkeypatch.setattr("contract.templates._CODES", {"j": counted})
    start = ScheduledStart(time=datetime(2026, 1, 7, tzinfo=UTC))
    assert render(f"{{scheduled_time:{'%j-' * 10_000}}}", start) == "007-" * 10_000
    assert len(computed) == 1


def test_doubled_braces_are_read_together() -> None:
    """And not each pair by a call."""
    text = "{{}}" * 10_000
    assert render(text, ScheduledStart()) == "{}" * 10_000
    assert calls_in(lambda: render(text, ScheduledStart())) < 100


def test_too_many_outputs_are_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may take a millisecond, and pydantic counts only those that are valid."""
    compiled: list[str] = []
    monkeypatch.setattr(jmespath, "compile", compiled.append)
    with pytest.raises(ValidationError, match="Dictionary should have at most 100 items after validation, not 2000"):
        JobRunInput.admit({**JOB, "request": {"A": 1}, "outputs": {f"o{number}": "a!" for number in range(2_000)}})
    assert compiled == []


def test_a_definition_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For its check, for its digest and for the requests to deploy it."""
    written: list[dict[str, Any]] = []

    def counted(document: dict[str, Any]) -> str:
        written.append(document)
        return definition_text(document)

    monkeypatch.setattr(deployment, "definition_text", counted)
    given = PipelineDeploymentInput.admit({**PIPELINE, "definition": {"Version": "2020-12-01", "Steps": []}})
    given.digest()
    assert Wanted.of(given).definition == '{"Version":"2020-12-01","Steps":[]}'
    assert len(written) == 1


@pytest.mark.parametrize("as_text", [True, False])
def test_a_definition_has_so_many_values(as_text: bool) -> None:  # noqa: FBT001
    """A run that was admitted before goes on."""
    definition: Any = {"Steps": [1] * MAX_DEFINITION_VALUES}
    given = {**PIPELINE, "definition": json.dumps(definition, separators=(",", ":")) if as_text else definition}
    with pytest.raises(ValidationError, match="definition has more than 250,000 values"):
        PipelineDeploymentInput.admit(given)
    assert PipelineDeploymentInput.model_validate(given).has_definition


def test_a_definition_is_not_compressed_as_far_as_possible() -> None:
    """The flag in gzip's header (RFC 1952, XFL) is 2 for the slowest way, which takes a second for some texts."""
    assert base64.b64decode(compress_definition("{}"))[8] != 2
