"""Documents in the key styles of their writers, and the problems that are told about them."""

from typing import Any

import pytest
from pydantic import ValidationError
from pydantic.alias_generators import to_pascal

from contract.pipeline_run import PipelineRunInput
from contract.spelling import MAX_PROBLEM_CHARS, MAX_PROBLEMS_DESCRIBED, describe_problems

SOURCE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdef123456"

WHOLE = PipelineRunInput.model_validate(
    {
        "pipeline_name": "churn",
        "max_parallel_steps": 2,
        "selective_execution": {
            "source_pipeline_execution_arn": SOURCE,
            "selected_steps": [{"step_name": "Train"}, {"step_name": "Evaluate"}],
        },
    }
)


def problems(document: object) -> str:
    """What is told about a document that is refused."""
    with pytest.raises(ValidationError) as raised:
        PipelineRunInput.model_validate(document)
    return describe_problems(raised.value, PipelineRunInput)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(
            {
                "pipelineName": "churn",
                "maxParallelSteps": 2,
                "selectiveExecution": {
                    "sourcePipelineExecutionArn": SOURCE,
                    "selectedSteps": [{"stepName": "Train"}, {"stepName": "Evaluate"}],
                },
            },
            id="camelCase",
        ),
        pytest.param(
            {
                "PipelineName": "churn",
                "MaxParallelSteps": 2,
                "SelectiveExecution": {
                    "SourcePipelineExecutionArn": SOURCE,
                    "SelectedSteps": [{"StepName": "Train"}, {"StepName": "Evaluate"}],
                },
            },
            id="PascalCase, as AWS writes SelectiveExecutionConfig",
        ),
        pytest.param(
            {
                "PipelineName": "churn",
                "max_parallel_steps": 2,
                "selectiveExecution": {
                    "SourcePipelineExecutionArn": SOURCE,
                    "selected_steps": [{"StepName": "Train"}, {"stepName": "Evaluate"}],
                },
            },
            id="mixed",
        ),
    ],
)
def test_every_key_style_reads_the_same(document: dict[str, Any]) -> None:
    """Writers in other languages need no settings of their serialisers."""
    assert PipelineRunInput.model_validate(document) == WHOLE


def test_what_is_written_is_snake_case_and_reads_again() -> None:
    """A document has one written form."""
    written = WHOLE.model_dump(mode="json", exclude_unset=True)
    assert list(written) == ["pipeline_name", "max_parallel_steps", "selective_execution"]
    assert PipelineRunInput.model_validate_json(WHOLE.model_dump_json()) == WHOLE


def test_a_null_counts_as_left_out() -> None:
    """.NET writes a null for each property that was not set."""
    nulls = dict.fromkeys(to_pascal(name) for name in PipelineRunInput.model_fields if name != "pipeline_name")
    document = PipelineRunInput.model_validate({"PipelineName": "churn", **nulls})
    assert document == PipelineRunInput(pipeline_name="churn")
    assert document.model_fields_set == {"pipeline_name"}


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "pipeline_name: required, but missing"),
        ({"PipelineName": None}, "pipeline_name: required, but missing"),
        (None, 'input: must be a JSON object, such as {"pipeline_name": "my-pipeline"}'),
        (
            {"pipeline_name": "a", "PipelineName": "b"},
            "'pipeline_name' is given twice, in different spellings",
        ),
        (
            {"pipeline_name": "a", "pipelinename": "b"},
            f"pipelinename: unknown field; known fields: {', '.join(PipelineRunInput.model_fields)}",
        ),
        (
            {"pipeline_name": "a", "Paramters": None},
            f"Paramters: unknown field; known fields: {', '.join(PipelineRunInput.model_fields)}",
        ),
        (
            {"pipeline_name": "a", "selective_execution": {"selected_steps": [{"StepName": ""}]}},
            "selective_execution.selected_steps.0.step_name: String should have at least 1 character",
        ),
        (
            {"pipeline_name": "a", "selective_execution": {"SelectedSteps": [{"StepName": "b", "Name": "c"}]}},
            "selective_execution.selected_steps.0.Name: unknown field",
        ),
        ({"pipeline_name": "a", "selective_execution": 5}, "selective_execution: must be a JSON object"),
        (
            {"pipeline_name": "a", "timeout": "60", "max_parallel_steps": 0},
            "max_parallel_steps: Input should be greater than or equal to 1; timeout: Input should be a valid number",
        ),
    ],
)
def test_a_problem_names_the_field_and_what_is_wrong(document: object, told: str) -> None:
    """The text is all that a caller in another language gets."""
    assert problems(document) == told


@pytest.mark.parametrize(
    "field",
    sorted(PipelineRunInput.model_fields.keys() - {"display_name", "description", "mlflow_experiment_name"}),
)
def test_a_problem_never_repeats_the_value(field: str) -> None:
    """A refused value may be a secret in the wrong place."""
    told = problems({"pipeline_name": "churn", field: " hunter2 ☃" if field != "platform" else ["hunter2"]})
    assert field in told
    assert "hunter2" not in told


def test_the_text_is_bounded_however_many_problems_there_are() -> None:
    """A failure has to fit into a history, and a person has to read it."""
    told = problems({"pipeline_name": "churn", "callbacks": {f"{number}{'x' * 200}": 1 for number in range(1000)}})
    assert told.endswith("; and 990 more")
    assert told.count("must be a JSON object") == MAX_PROBLEMS_DESCRIBED
    assert len(told) < MAX_PROBLEMS_DESCRIBED * 2 * MAX_PROBLEM_CHARS
    told = problems({"pipeline_name": "churn", **{f"{number}{'x' * 10_000}": 1 for number in range(1000)}})
    assert told.startswith("1000 unknown fields, such as '0xxx")
    assert len(told) < MAX_PROBLEMS_DESCRIBED * MAX_PROBLEM_CHARS
