"""The input of a job run, composed of a file and options."""

import json
from pathlib import Path
from typing import Any

import pytest

from contract.job_kinds import JobKind
from contract.outputs import Output
from contract.retry import RetryPolicy
from contract.states_language import Retrier
from tests.jobs.job_stage import TASK_STATES, task_state
from worker.cli.job_input import JobInput, Options, compose_job_input, new_job_run
from worker.cli.outcome import CommandError
from worker.cli.outcome_options import outputs, retry

REQUEST = {"TrainingJobName": "churn", "RoleArn": "arn:aws:iam::111122223333:role/T"}


def inner_state(name: str) -> dict[str, Any]:
    """A Task state itself; some of the files have an object or a state machine around it."""
    document: dict[str, Any] = task_state(name)
    states: dict[str, dict[str, Any]] = document.get("States", document)
    return document if "Resource" in document else next(iter(states.values()))


class Composer:
    """Composes inputs, and keeps what a person was told meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "file.json"
        self.notices: list[str] = []

    def __call__(
        self,
        document: object = None,
        kind: JobKind | None = None,
        inner: dict[str, Any] | None = None,
        **fields: object,
    ) -> JobInput:
        """Compose one."""
        if document is not None:
            self._file.write_text(json.dumps(document), encoding="utf-8")
        path = None if document is None else str(self._file)
        return compose_job_input(path, Options(kind, fields, inner or {}), self.notices.append)


@pytest.fixture
def compose(tmp_path: Path) -> Composer:
    """A composer."""
    return Composer(tmp_path)


@pytest.mark.parametrize("levels", [151, 300, 900])
@pytest.mark.parametrize("as_input", [True, False])
def test_a_request_that_is_nested_too_deeply_is_refused(compose: Composer, levels: int, *, as_input: bool) -> None:
    """As the worker would do; deeper ones cannot be written as JSON either."""
    request: dict[str, Any] = {}
    for _ in range(levels):
        request = {"a": request or 1}
    with pytest.raises(CommandError, match="request: has more than 150 levels; write it flatter"):
        compose({"job": "training", "request": request}) if as_input else compose(request, JobKind.TRAINING)


def test_a_request_is_sent_as_it_is_with_its_kind(compose: Composer) -> None:
    """Nothing is added that was not said."""
    composed = compose(REQUEST, JobKind.TRAINING, platform=None, timeout=5.0)
    assert composed.argument == {"job": "training", "request": REQUEST, "timeout": 5.0}
    assert compose.notices == []


def test_a_request_without_a_kind_is_refused_with_the_kinds(compose: Composer) -> None:
    """Nothing in a request names its kind for certain."""
    with pytest.raises(CommandError, match=r"Missing option '--kind'.*training, processing"):
        compose(REQUEST)


@pytest.mark.parametrize("name", ["training", "transform", "labeling"])
@pytest.mark.parametrize("is_inner", [True, False])
def test_a_task_state_is_sent_as_it_is(compose: Composer, name: str, *, is_inner: bool) -> None:
    """The state, or the object around it."""
    state = inner_state(name) if is_inner else task_state(name)
    composed = compose(state)
    assert composed.argument == state
    assert composed.run_input.job == name


def test_options_stand_beside_a_task_state_and_win(compose: Composer) -> None:
    """Its own members stay as they are, but for those that an option replaces."""
    state = {
        **inner_state("training"),
        "TimeoutSeconds": 60,
        "outputs": {"a": "job.x", "b": "job.y"},
    }
    inner = {"outputs": outputs(["a=job.z"], []), "retry": {}, "tags": {}}
    composed = compose(state, platform="prod", inner=inner)
    assert composed.argument == {
        **{key: value for key, value in state.items() if key != "outputs"},
        "platform": "prod",
        "outputs": {
            "a": {"expression": "job.z", "required": False},
            "b": {"expression": "job.y"},
        },
    }
    assert composed.run_input.attempt_timeout == 60
    assert isinstance(composed.run_input.retry, list)
    replaced = compose(state, attempt_timeout=5.0, inner={"retry": retry(2, None, None)}).run_input
    assert (replaced.attempt_timeout, replaced.retry) == (5.0, RetryPolicy(max_attempts=3, mode=replaced.retry.mode))  # type: ignore[union-attr]


def test_options_stand_beside_the_object_around_a_state_and_a_whole_machine(compose: Composer) -> None:
    """The object can have no other members, a state machine can."""
    wrapped = task_state("training")
    for document in (wrapped, {"StartAt": next(iter(wrapped)), "States": wrapped}):
        composed = compose(document, platform="prod", inner={"retry": retry(1, None, None)})
        assert composed.argument["States"] == wrapped
        assert (composed.run_input.platform, composed.run_input.job) == ("prod", JobKind.TRAINING)
        assert isinstance(composed.run_input.retry, RetryPolicy)


def test_a_state_of_another_kind_than_the_option_is_refused(compose: Composer) -> None:
    """Its Resource counts."""
    assert compose(task_state("training"), JobKind.TRAINING).run_input.job is JobKind.TRAINING
    with pytest.raises(CommandError, match="Resource creates a training job; leave --kind out"):
        compose(task_state("training"), JobKind.PROCESSING)


def test_a_path_in_a_state_is_refused_by_name(compose: Composer) -> None:
    """Before anything is sent."""
    with pytest.raises(CommandError, match=r"Invalid input: .*ProcessingJobName\.\$"):
        compose(json.loads((TASK_STATES / "processing.json").read_text(encoding="utf-8")))


def test_a_whole_input_is_read_in_any_style_and_options_win(compose: Composer) -> None:
    """As with `run --input`; a Retry list that an option replaces, too."""
    document = {
        "Job": "training",
        "Request": REQUEST,
        "Timeout": 1,
        "Tags": {"a": "1", "b": "2"},
        "Retry": [{"ErrorEquals": ["States.ALL"]}],
        "Outputs": {"m": "job.x"},
    }
    composed = compose(document, timeout=2.0, inner={"tags": {"a": "3"}})
    assert composed.run_input.timeout == 2
    assert composed.run_input.tags == {"a": "3", "b": "2"}
    assert composed.run_input.retry == [Retrier(error_equals=["States.ALL"])]
    assert composed.run_input.outputs == {"m": Output(expression="job.x")}
    replaced = compose(document, inner={"retry": retry(1, None, None)}).run_input.retry
    assert isinstance(replaced, RetryPolicy)


def test_airflows_transform_is_split(compose: Composer) -> None:
    """Only its second half is a request, and the person must know that the first one is not run."""
    transform = {"TransformJobName": "score", "ModelName": "m"}
    composed = compose({"Model": {"ModelName": "m"}, "Transform": transform})
    assert composed.argument == {"job": "transform", "request": transform}
    (notice,) = compose.notices
    assert "its 'Transform' is the request" in notice
    assert "must exist" in notice


def test_a_job_is_followed_without_a_file(compose: Composer) -> None:
    """The kind follows from the ARN."""
    composed = compose(job_arn="arn:aws:sagemaker:eu-west-1:111122223333:training-job/churn-1")
    assert composed.run_input.job is JobKind.TRAINING
    assert new_job_run(composed, "mine").workflow_id == "mine"
    assert new_job_run(composed, None).workflow_id.startswith("churn-1-")


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ([], "must hold a JSON object"),
        ({"job": "training"}, "request: required"),
        ({"job": "x"}, "job: must be one of"),
    ],
)
def test_what_is_no_input_is_refused(compose: Composer, document: object, what: str) -> None:
    """With the field."""
    with pytest.raises(CommandError, match=what):
        compose(document)


def test_the_texts_of_a_run_have_the_names_of_members_and_no_values(compose: Composer) -> None:
    """A value may be a secret."""
    request = {"trainingJobName": "churn", "Environment": {"TOKEN": "hunter2"}}
    new = new_job_run(compose(request, JobKind.TRAINING), None)
    assert new.workflow_id.startswith("churn-")
    assert new.summary == "training job churn on default"
    assert dict(new.facts)["Request"] == "`trainingJobName`, `Environment`"
    unnamed = new_job_run(compose({"Environment": {}}, JobKind.INFERENCE_RECOMMENDATION), None)
    assert unnamed.workflow_id.startswith("inference-recommendation-job-")
