"""A run's input beyond the spelling of its keys, and the argument of its cancel signal."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contract.cancel import cancel_reason
from contract.pipeline_run import PipelineRunInput
from contract.spelling import describe_problems

ACCOUNT = "arn:aws:sagemaker:us-east-1:111122223333"
EXECUTION = f"{ACCOUNT}:pipeline/churn/execution/abcdef123456"
SHARED = "arn:aws:sagemaker:us-east-1:444455556666:pipeline/shared"
DISPLAY_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}")
"""botocore 1.44.5 service model, PipelineExecutionName."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["reason", "Reason"]), inner),
    max_leaves=10,
)


def refusal(**fields: Any) -> str:
    """Why an input is refused; an empty text if it is accepted."""
    try:
        PipelineRunInput.admit({"pipeline_name": "churn", **fields})
    except ValidationError as error:
        return describe_problems(error, PipelineRunInput)
    return ""


@pytest.mark.parametrize(
    ("field", "within", "beyond"),
    [
        ("pipeline_name", "a" * 256, "a" * 257),
        ("pipeline_name", "Churn--2", "churn-"),
        ("pipeline_name", f"{ACCOUNT}:pipeline/shared", f"{ACCOUNT}:model/shared"),
        (
            "pipeline_name",
            "arn:aws-us-gov:sagemaker:us-gov-west-1:aws:pipeline/x",
            "arn:aws:sagemaker:us-east-1:pipeline/x",
        ),
        ("pipeline_name", f"{ACCOUNT}:pipeline/" + "a" * 256, f"{ACCOUNT}:pipeline/" + "a" * 257),
        ("pipeline_name", f"{ACCOUNT}:pipeline/shared", f"{ACCOUNT}:pipeline/shared/execution/other"),
        ("display_name", "a" * 82, "a" * 83),
        ("display_name", "run-1", "run_1"),
        ("description", "d" * 3072, "d" * 3073),
        ("max_parallel_steps", 1, 0),
        ("max_parallel_steps", 2**31 - 1, 2**31),
        ("pipeline_version_id", 1, 0),
        ("pipeline_version_id", 3.0, 3.5),
        ("max_parallel_steps", 2.0, float("inf")),
        ("pipeline_version_alias", "prod-1.0_b", "prod 1"),
        ("pipeline_version_alias", "a" * 128, "a" * 129),
        ("pipeline_version_alias", "7a", "7"),
        ("mlflow_experiment_name", "churn", ""),
        ("role_arn", "arn:aws:iam::111122223333:role/service/Pipeline", "arn:aws:iam::111122223333:user/Pipeline"),
        ("poll_interval", 1, 0),
        ("poll_interval", 1, 0.999),
        ("poll_interval", 1.0, 1e-9),
        ("poll_interval", 3600, 3601),
        ("poll_interval", 5, float("nan")),
        ("timeout", 366 * 24 * 3600, 366 * 24 * 3600 + 1),
        ("timeout", 1, True),
        ("client_request_token", "t" * 32, "t" * 31),
        ("client_request_token", "t" * 128, "t" * 129),
        ("platform", "prod", " "),
        ("platform", "😀" * 100, "😀" * 101),
        ("platform", "prod", "prod\0"),
        ("platform", "prod", "dorp\u202e"),
        ("outputs", {"a" * 256: "b"}, {"a" * 257: "b"}),
        ("outputs", {"a": "b"}, {"": "b"}),
        ("outputs", {"a": "|".join("a" * 50)}, {"a": "|".join("a" * 51)}),
        ("execution_arn", EXECUTION, f"{ACCOUNT}:pipeline/churn"),
        (
            "selective_execution",
            {"SelectedSteps": [{"StepName": "a"}] * 50},
            {"SelectedSteps": [{"StepName": "a"}] * 51},
        ),
        ("selective_execution", {"SelectedSteps": [{"StepName": "a"}]}, {"SelectedSteps": []}),
    ],
)
def test_limits_are_kept(field: str, within: object, beyond: object) -> None:
    """AWS's limits are told before anything is started, and the refusal begins with the field."""
    assert refusal(**{field: within}) == ""
    assert refusal(**{field: beyond}).startswith(field)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("parameters", {"x": 1}),
        ("display_name", "run-1"),
        ("description", "nightly"),
        ("max_parallel_steps", 2),
        ("pipeline_version_id", 3),
        ("pipeline_version_alias", "prod"),
        ("mlflow_experiment_name", "churn"),
        ("role_arn", "arn:aws:iam::111122223333:role/Pipeline"),
        ("selective_execution", {"selected_steps": [{"step_name": "a"}]}),
        ("client_request_token", "t" * 32),
    ],
)
def test_what_only_a_start_needs_cannot_stand_beside_an_execution(field: str, value: object) -> None:
    """A caller who gives both believes that something is started."""
    assert refusal(**{field: value}) == ""
    assert refusal(**{field: value, "execution_arn": EXECUTION}).startswith(
        f"{field} cannot stand beside execution_arn"
    )


@pytest.mark.parametrize(
    "fields", [{}, {"parameters": {}}, {"description": ""}, {"timeout": 60, "poll_interval": 5, "platform": "prod"}]
)
def test_what_does_not_shape_a_start_may_stand_beside_an_execution(fields: dict[str, Any]) -> None:
    """Serialisers write empty values for what was not given, and the rest is about following."""
    assert refusal(**fields, execution_arn=EXECUTION) == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"pipeline_name": f"{ACCOUNT}:pipeline/shared/execution/other"},
        {"poll_interval": 0.1},
        {"outputs": {"a": "|".join("a" * 60)}},
        {"outputs": {"a" * 257: "b"}},
        {"platform": "dorp\u202e"},
    ],
)
def test_a_limit_that_came_later_does_not_end_an_open_run(fields: dict[str, Any]) -> None:
    """What was admitted once is read again at each replay, and by the run after a continue-as-new."""
    assert refusal(**fields) != ""
    run_input = PipelineRunInput.model_validate({"pipeline_name": "churn", **fields})
    assert PipelineRunInput.model_validate_json(run_input.model_dump_json()) == run_input


@pytest.mark.parametrize("fields", [{"execution_arn": EXECUTION, "timeout": 60}, {"parameters": {"x": 1}}])
def test_an_input_reads_again_after_it_was_written(fields: dict[str, Any]) -> None:
    """A continue-as-new hands the input on as it was read."""
    run_input = PipelineRunInput.model_validate({"pipeline_name": "churn", **fields})
    assert PipelineRunInput.model_validate_json(run_input.model_dump_json()) == run_input


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("churn", ""),
        ("CHURN", ""),
        ("arn:aws:sagemaker:us-east-1:444455556666:pipeline/Churn", ""),
        ("other", "execution_arn belongs to the pipeline 'churn', but pipeline_name says 'other'"),
    ],
)
def test_the_execution_must_belong_to_the_pipeline(name: str, told: str) -> None:
    """AWS writes the pipeline's name in lower case into an execution's ARN."""
    assert refusal(pipeline_name=name, execution_arn=EXECUTION) == told


@given(st.text(max_size=200))
def test_a_suggested_display_name_is_one_that_aws_takes(name: str) -> None:
    """Advice that is refused in turn is worse than none."""
    told = refusal(display_name=name)
    suggested = re.search(r"; for example '(.*)'$", told)
    assert (told == "") == bool(DISPLAY_NAME.fullmatch(name))
    assert suggested is None or DISPLAY_NAME.fullmatch(suggested[1])
    assert bool(suggested) == bool(told and re.search("[a-zA-Z0-9]", name))


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("my run_1", "my-run-1"), ("--a--", "a"), ("a" * 81 + "__b", "a" * 81), ("2026-11-21T03:11", "2026-11-21T03-11")],
)
def test_the_suggestion_stays_close_to_what_was_given(name: str, suggestion: str) -> None:
    """A person takes it over with one look."""
    assert refusal(display_name=name).endswith(f"; for example '{suggestion}'")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), ""),
        (({"reason": "wrong data"},), "wrong data"),
        (({"Reason": "wrong data"},), "wrong data"),
        (("wrong data", 7), "wrong data"),
        (({"reason": 5},), ""),
        (({"why": "wrong data"},), ""),
        ((None,), ""),
        (({"reason": "x" * 501},), "x" * 500),
    ],
)
def test_a_reason_is_found_where_there_is_one(arguments: tuple[object, ...], reason: str) -> None:
    """The documented form, and what operators write instead."""
    assert cancel_reason(arguments) == reason


@given(st.lists(json_values, max_size=3).map(tuple))
def test_any_signal_is_understood(arguments: tuple[object, ...]) -> None:
    """A cancel that cannot be read would keep the workflow task failing for ever."""
    assert len(cancel_reason(arguments)) <= 500


EXAMPLES: dict[str, dict[str, Any]] = {
    "the least": {"pipeline_name": "churn-training"},
    "a person's": {
        "pipeline_name": "churn-training",
        "platform": "default",
        "parameters": {"TrainingInstanceType": "ml.m5.xlarge", "max_depth": 5, "Eta": 0.2, "Deep": True},
        "display_name": "nightly-2026-11-21",
        "description": "Nightly training",
        "max_parallel_steps": 4,
        "timeout": 7200,
        "poll_interval": 15,
    },
    ".NET's": {
        "PipelineName": "churn-training",
        "Platform": None,
        "Parameters": [{"Name": "max_depth", "Value": "5"}],
        "DisplayName": None,
        "MaxParallelSteps": 4,
        "SelectiveExecution": None,
        "Timeout": 7200.0,
        "ExecutionArn": None,
    },
    "a shared pipeline": {
        "pipelineName": SHARED,
        "selectiveExecution": {
            "SourcePipelineExecutionArn": f"{SHARED}/execution/abcdef123456",
            "SelectedSteps": [{"StepName": "Train"}],
        },
    },
    "an execution that runs": {"pipeline_name": "churn", "execution_arn": EXECUTION, "timeout": 60},
}


@pytest.mark.parametrize("document", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_documented_inputs_are_accepted(document: dict[str, Any]) -> None:
    """What the documents show can be copied."""
    assert PipelineRunInput.model_validate(document).pipeline_name in {"churn", "churn-training", SHARED}


def test_the_inputs_schema_agrees_with_the_model() -> None:
    """Other systems generate forms and checks from it."""
    schema = PipelineRunInput.model_json_schema()
    assert schema["type"] == "object"
    assert schema["required"] == ["pipeline_name"]
    assert schema["additionalProperties"] is False
    assert list(schema["properties"]) == list(PipelineRunInput.model_fields)
    assert all(property_["description"] for property_ in schema["properties"].values())
