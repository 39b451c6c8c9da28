"""Starts by the alias of a version, which a promotion takes from one version before it gives it to another."""

import time
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.executions import ExecutionActivities
from activities.models import FollowedExecution, StartRequest
from tests.unit.activities.attempt import attempt, beats_of
from tests.unit.activities.scripted_aws import ARN, ScriptedAws, refusal, reply
from tests.unit.activities.test_executions import EXECUTING, START, STARTED, Wakes

BY_ALIAS = START.model_copy(update={"pipeline_version_alias": "prod"})
CHECKED = BY_ALIAS.model_copy(update={"check_parameters": True})
MISSING = refusal("ResourceNotFound", "Pipeline version alias 'prod' does not exist")
DESCRIBED = ("DescribePipeline", {"PipelineName": "churn", "PipelineVersionAlias": "prod"})
SENT = (
    "StartPipelineExecution",
    {"PipelineName": "churn", "ClientRequestToken": "t" * 32, "PipelineVersionAlias": "prod"},
)


def since(seconds: float, refused_up_to: int) -> dict[str, Any]:
    """What attempts leave behind that AWS has refused for some seconds."""
    return {"refused_up_to": refused_up_to, "refused_since": {"PipelineNotFound": time.time() - seconds}}


@pytest.fixture
def activities(calls: SageMakerCalls) -> ExecutionActivities:
    """The activities on the scripted AWS."""
    return ExecutionActivities(calls, Wakes())


@pytest.mark.parametrize(
    ("number", "left", "is_final"),
    [(1, None, False), (5, (30, 4), False), (9, (61, 8), True), (9, (61, 7), False)],
    ids=["at first", "within the minute", "after it", "after a lost reply"],
)
async def test_a_missing_alias_is_doubted_for_a_minute(
    aws: ScriptedAws, activities: ExecutionActivities, number: int, left: tuple[float, int] | None, *, is_final: bool
) -> None:
    """After a lost reply it is doubted for ever: AWS may look for the alias before it knows the token."""
    aws.script.append(MISSING)
    failure = await failed(activities, BY_ALIAS, number, [] if left is None else [since(*left)])
    assert (failure.type, failure.non_retryable) == ("PipelineNotFound", is_final)
    assert "Check that pipeline=churn, version alias=prod is there" in failure.message
    assert aws.requests == [SENT]


async def test_nothing_is_sent_while_the_definition_behind_the_alias_is_missing(
    aws: ScriptedAws, activities: ExecutionActivities
) -> None:
    """The next attempt reads it again, whatever is cached, and checks the parameters against it."""
    aws.script += [MISSING, reply(PipelineDefinition="{}"), STARTED, EXECUTING]
    environment = attempt()
    beats = beats_of(environment)
    with pytest.raises(ApplicationError) as raised:
        await environment.run(activities.start_pipeline_execution, CHECKED)
    assert (raised.value.type, raised.value.non_retryable) == ("PipelineNotFound", False)
    assert beats[-1].refused_up_to == 1
    followed: FollowedExecution = await attempt(2, beats[-1].model_dump()).run(
        activities.start_pipeline_execution, CHECKED
    )
    assert followed.execution_arn == ARN
    assert aws.requests[:3] == [DESCRIBED, DESCRIBED, SENT]


async def test_aws_itself_has_the_last_word(aws: ScriptedAws, activities: ExecutionActivities) -> None:
    """After a minute the start is sent, though there is no definition to check it against."""
    aws.script += [MISSING, STARTED, EXECUTING]
    followed = await attempt(9, since(61, 8)).run(activities.start_pipeline_execution, CHECKED)
    assert followed.execution_arn == ARN
    assert [note.partition(":")[0] for note in followed.notes] == ["The parameters were left to AWS to check"]


async def failed(
    activities: ExecutionActivities, request: StartRequest, number: int, left: list[Any]
) -> ApplicationError:
    """The failure of an attempt."""
    with pytest.raises(ApplicationError) as raised:
        await attempt(number, *left).run(activities.start_pipeline_execution, request)
    return raised.value
