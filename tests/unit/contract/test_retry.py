"""Retries in Polysync's words."""

from typing import Any

import pytest
from pydantic import ValidationError

from contract.outputs import Output
from contract.pipeline_run import PipelineRunInput
from contract.retry import Backoff, OnFailure, RetryMode, RetryPolicy
from contract.spelling import describe_problems

ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdefghijkl"


def read(**fields: Any) -> PipelineRunInput:
    """The input of a run of the pipeline `churn`."""
    return PipelineRunInput.model_validate({"pipeline_name": "churn", **fields})


@pytest.mark.parametrize(
    ("backoff", "delays"),
    [
        (Backoff.FIXED, [60, 60, 60, 60, 60]),
        (Backoff.LINEAR, [60, 120, 180, 240, 300]),
        (Backoff.EXPONENTIAL, [60, 120, 240, 480, 600]),
    ],
)
def test_delays_grow_as_the_backoff_says_up_to_the_longest(backoff: Backoff, delays: list[float]) -> None:
    """As Polysync computes them."""
    policy = RetryPolicy(backoff=backoff, initial_delay=60.0, max_delay=600.0)
    assert [policy.delay(retries) for retries in range(1, 6)] == delays


def test_a_thousandth_retry_has_a_delay() -> None:
    """Doubling does not overflow."""
    assert RetryPolicy().delay(1000) == RetryPolicy().max_delay


def test_polysyncs_spelling_is_read() -> None:
    """PascalCase keys and words."""
    found = read(Retry={"MaxAttempts": 5, "Backoff": "Linear", "InitialDelay": 10, "Mode": "Restart"}, OnFailure="Wait")
    assert found.retry == RetryPolicy(
        max_attempts=5, backoff=Backoff.LINEAR, initial_delay=10.0, mode=RetryMode.RESTART
    )
    assert found.on_failure is OnFailure.WAIT


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"retry": {"max_attempts": 0}}, "retry.max_attempts"),
        ({"retry": {"backoff": "random"}}, "must be one of fixed, linear, exponential"),
        ({"retry": {"mode": 1}}, "must be one of resume, restart"),
        ({"retry": {"initial_delay": 100, "max_delay": 10}}, "initial_delay must not be longer than max_delay"),
        ({"retry": {"attempts": 3}}, "Extra inputs"),
        ({"on_failure": "retry"}, "must be one of fail, wait"),
        ({"outputs": {"auc": "steps.[["}}, "is no JMESPath expression"),
        ({"outputs": {"auc": ""}}, "at least 1 character"),
        ({"outputs": {f"o{n}": "steps" for n in range(101)}}, "at most 100 items"),
        ({"rerun": {"execution_arn": ARN.replace("churn", "other")}}, "belongs to the pipeline 'other'"),
        ({"rerun": {"execution_arn": ARN}, "execution_arn": ARN}, "rerun cannot stand beside execution_arn"),
        (
            {"rerun": {"execution_arn": ARN}, "selective_execution": {"selected_steps": [{"step_name": "a"}]}},
            "rerun cannot stand beside selective_execution",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(fields: dict[str, Any], problem: str) -> None:
    """Before anything starts."""
    with pytest.raises(ValidationError) as refused:
        read(**fields)
    assert problem in str(refused.value) or problem in describe_problems(refused.value, PipelineRunInput)


def test_outputs_are_expressions_with_or_without_a_condition() -> None:
    """Names are data and keep their spelling."""
    found = read(outputs={"ModelUri": "steps.Train.job", "auc": {"Expression": "steps", "Required": True}})
    assert found.outputs == {
        "ModelUri": Output(expression="steps.Train.job"),
        "auc": Output(expression="steps", required=True),
    }
