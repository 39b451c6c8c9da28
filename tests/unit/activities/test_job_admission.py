"""The job that AWS knows by the name in a `job_arn`, where the ARN is of another place than the platform."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platforms
from activities.job_models import DescribeJobRequest
from activities.jobs import JobActivities
from activities.models import FollowedExecution
from activities.watching.poller import SharedPoller
from contract.failures import FailureType
from contract.job_kinds import JobKind
from tests.unit.activities.attempt import attempt
from tests.unit.activities.scripted_aws import Answer, ScriptedAws, refusal, reply

HERE = "arn:aws:sagemaker:us-east-1:111122223333:training-job/nightly"
ELSEWHERE = HERE.replace("us-east-1", "eu-west-1")
RUNNING = reply(TrainingJobArn=HERE, TrainingJobStatus="InProgress")
GONE = refusal("ValidationException", "Requested resource not found.")


async def found(calls: SageMakerCalls, arn: str, *, is_of_open_run: bool = False) -> FollowedExecution:
    """What the activity says of a job."""
    activities = JobActivities(calls, SharedPoller(calls))
    request = DescribeJobRequest(platform="default", job=JobKind.TRAINING, job_arn=arn, is_of_open_run=is_of_open_run)
    followed: FollowedExecution = await attempt().run(activities.describe_job, request)
    return followed


def calls_of(aws: ScriptedAws, *, region: str | None) -> SageMakerCalls:
    """Calls on a platform with this region of its own, or without one."""
    return SageMakerCalls(Platforms([aws.platform.model_copy(update={"region": region})]), threads=1)


async def test_a_job_of_another_region_is_refused_before_aws_is_called(aws: ScriptedAws) -> None:
    """The platform says which region it is in."""
    with pytest.raises(ApplicationError, match="the region eu-west-1, and the platform 'default' in us-east-1") as told:
        await found(calls_of(aws, region="us-east-1"), ELSEWHERE)
    assert (told.value.type, told.value.non_retryable) == (FailureType.INVALID_INPUT, True)
    assert aws.operations == []


@pytest.mark.parametrize("answer", [RUNNING, GONE], ids=["known by the name", "not there"])
async def test_a_job_of_another_region_is_refused_where_boto3_gives_the_region(
    aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    """Which is known once AWS was asked, whatever it answers."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    aws.script.append(answer)
    calls = calls_of(aws, region=None)
    for _ in range(2):
        with pytest.raises(ApplicationError, match=r"job_arn: .*[Nn]ame the platform of the job's region") as told:
            await found(calls, ELSEWHERE)
        assert (told.value.type, told.value.non_retryable) == (FailureType.INVALID_INPUT, True)
    assert aws.operations == ["DescribeTrainingJob"]


@pytest.mark.parametrize(
    "given",
    [
        HERE.replace("111122223333", "444455556666"),
        HERE.replace("arn:aws:", "arn:aws-cn:"),
        HERE.replace("nightly", "nightly-2"),
    ],
)
async def test_a_job_that_aws_answers_with_another_arn_is_refused(aws: ScriptedAws, given: str) -> None:
    """Without an expected_account, only the answer tells the account."""
    aws.script.append(RUNNING)
    with pytest.raises(ApplicationError, match="neither followed nor stopped") as told:
        await found(aws.calls(), given)
    assert (told.value.type, told.value.non_retryable) == (FailureType.INVALID_INPUT, True)
    assert HERE in told.value.message
    assert given in told.value.message


@pytest.mark.parametrize("answer", [RUNNING, reply(TrainingJobStatus="InProgress")], ids=["in lower case", "left out"])
async def test_a_job_is_followed_however_aws_spells_its_name(aws: ScriptedAws, answer: Answer) -> None:
    """And where an answer has no ARN, nothing speaks against it."""
    aws.script.append(answer)
    followed = await found(aws.calls(), HERE.replace("nightly", "Nightly"))
    assert followed.observed.sagemaker_status == "InProgress"


async def test_a_job_that_a_run_follows_already_is_not_compared(aws: ScriptedAws) -> None:
    """A refusal would leave a running job to itself."""
    aws.script.append(RUNNING)
    followed = await found(calls_of(aws, region="us-east-1"), ELSEWHERE, is_of_open_run=True)
    assert followed.observed.sagemaker_status == "InProgress"


async def test_a_name_with_a_slash_is_refused(aws: ScriptedAws) -> None:
    """AWS would be asked about what stands behind the last one."""
    with pytest.raises(ApplicationError, match="no job's name has a slash"):
        await found(aws.calls(), HERE.replace("nightly", "team/nightly"))
    assert aws.operations == []
