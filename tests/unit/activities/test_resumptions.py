"""What a resumption makes of the steps of an execution that AWS does not resume."""

from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.executions import ExecutionActivities
from activities.models import ResumeOutcome, ResumeRequest
from tests.unit.activities.attempt import attempt
from tests.unit.activities.scripted_aws import ARN, ScriptedAws, refusal, reply
from tests.unit.activities.test_executions import Wakes

ODD: list[Any] = [
    None,
    {},
    {"StepStatus": None, "Metadata": {}},
    {"StepName": "Train", "StepStatus": "Failed", "Metadata": {"TrainingJob": {"Arn": None}, "Fail": None}},
]
NAMELESS = {"StepStatus": "Failed", "Metadata": {"Fail": {"ErrorMessage": "no"}}}
NAMED = {**NAMELESS, "StepName": "TooBad"}


@pytest.mark.parametrize(
    ("steps", "named"),
    [([*ODD, NAMELESS, NAMED], "the Fail step 'TooBad'"), ([{**NAMED, "StepName": " "}, *ODD], "a Fail step")],
)
async def test_a_fail_step_is_found_among_odd_ones(
    aws: ScriptedAws, calls: SageMakerCalls, steps: list[Any], named: str
) -> None:
    """One without a name does not stand for the one that has a name, and is the pipeline's own verdict, too."""
    aws.script += [
        refusal("ValidationException", "cannot be retried"),
        reply(PipelineExecutionStatus="Failed"),
        reply(PipelineExecutionSteps=steps),
    ]
    request = ResumeRequest(platform="default", execution_arn=ARN, client_request_token="r" * 32)
    resume = ExecutionActivities(calls, Wakes()).retry_pipeline_execution
    outcome: ResumeOutcome = await attempt(1).run(resume, request)
    assert not outcome.resumed
    assert outcome.why.startswith(f"The execution ended in {named}, which is the pipeline's own verdict")
