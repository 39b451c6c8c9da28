"""Which jobs a worker follows: decided before AWS is called, and once more by the ARN with which AWS answers.

AWS describes and stops jobs by name alone: a name in an ARN of another region or account is that of another job here.
"""

from typing import Final

from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.describing import describe
from activities.job_models import DescribeJobRequest
from activities.models import Observation
from activities.resources.jobs import KIND_OF_JOB
from activities.resources.members import text
from activities.resources.observation import observation_of
from activities.starting.job_names import respelled
from contract.arns import ResourceArn, resource_key
from contract.failures import invalid_input

_FORM: Final = "must be a job's ARN, arn:aws:sagemaker:<region>:<account>:<kind>/<name>"

MAX_QUOTED_CHARS: Final = 300


def admit_job(calls: SageMakerCalls, request: DescribeJobRequest) -> Platform:
    """Return the platform of a job that this worker follows.

    Raises:
        ApplicationError: `InvalidInput`, not retryable, naming the field.
    """
    if request.is_of_open_run:
        return calls.platforms.of_open_run(request.platform)
    platform = calls.platforms[request.platform]
    resource = ResourceArn.parse(request.job_arn)
    if resource is None:
        raise invalid_input(f"job_arn: {_FORM}")
    if "/" in resource.name:
        raise invalid_input(f"job_arn: {_FORM}, and no job's name has a slash; correct the name")
    if not platform.admits_job(request.job, resource.name):
        raise invalid_input(
            f"job_arn: the platform '{platform.name}' of this worker is not for the job "
            f"'{resource.name[:MAX_QUOTED_CHARS]}': its allowed_jobs do not name it; nothing was sent to AWS. Name "
            "another platform, or have it added"
        )
    account = request.job_arn.split(":")[4]
    if platform.expected_account not in {None, account}:
        raise invalid_input(
            f"job_arn: the job is in the account {account}, and the platform '{platform.name}' in "
            f"{platform.expected_account}; name the platform of the job's account"
        )
    _admit_region(calls, platform, resource)
    return platform


async def describe_admitted(
    calls: SageMakerCalls, platform: Platform, request: DescribeJobRequest
) -> tuple[Observation, str]:
    """Describe an admitted job. One that no run follows yet must be the job that AWS knows by the name in its ARN.

    Returns:
        What was observed, and the ARN with the job's name as AWS describes it: log streams have this spelling.

    Raises:
        ApplicationError: `InvalidInput`, not retryable: AWS knows another job by this name.
        AwsError: AWS refused, or could not be asked.
    """
    kind, arn = KIND_OF_JOB[request.job], request.job_arn
    if request.is_of_open_run:
        return await describe(calls, platform, kind, arn), arn
    try:
        answer = await calls.call(platform, kind.describe, resource=arn, **kind.request_about(arn))
    except AwsError:
        # A platform without a region has boto3's, which is known as soon as there is a client.
        if (resource := ResourceArn.parse(arn)) is not None:
            _admit_region(calls, platform, resource)
        raise
    answered = text(answer, kind.members.arn)
    if answered is not None and not _is_same(answered, arn):
        raise _another(platform, arn, answered)
    name = text(answer, kind.members.name)
    return observation_of(kind, answer), arn if name is None else respelled(arn, name)


def _admit_region(calls: SageMakerCalls, platform: Platform, resource: ResourceArn) -> None:
    region = calls.region(platform)
    if region not in {None, resource.region}:
        raise invalid_input(
            f"job_arn: the job is in the region {resource.region}, and the platform '{platform.name}' in {region}; "
            "name the platform of the job's region"
        )


def _is_same(answered: str, given: str) -> bool:
    # The names in the two spellings of AWS. Partition, region and account have only one.
    is_of_same_place = answered.rpartition(":")[0] == given.rpartition(":")[0]
    return is_of_same_place and resource_key(answered) == resource_key(given)


def _another(platform: Platform, given: str, answered: str) -> ApplicationError:
    return invalid_input(
        f"job_arn: on the platform '{platform.name}' AWS knows the job {answered[:MAX_QUOTED_CHARS]} by this name, not "
        f"{given[:MAX_QUOTED_CHARS]}; that job is neither followed nor stopped. Name the platform of the job's region "
        "and account, or correct the ARN"
    )
