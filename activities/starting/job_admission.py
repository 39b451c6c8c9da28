"""Which jobs a worker follows, decided before AWS is called."""

from activities.aws.platforms import Platform, Platforms
from activities.job_models import DescribeJobRequest
from contract.arns import ResourceArn
from contract.failures import invalid_input


def admit_job(platforms: Platforms, request: DescribeJobRequest) -> Platform:
    """Return the platform of a job that this worker follows.

    Raises:
        ApplicationError: `InvalidInput`, not retryable, naming the field.
    """
    if request.is_of_open_run:
        return platforms.of_open_run(request.platform)
    platform = platforms[request.platform]
    resource = ResourceArn.parse(request.job_arn)
    if resource is None:
        raise invalid_input("job_arn: must be a job's ARN, arn:aws:sagemaker:<region>:<account>:<kind>/<name>")
    if not platform.admits_job(request.job, resource.name):
        raise invalid_input(
            f"job_arn: the platform '{platform.name}' of this worker is not for the job '{resource.name[:300]}': its "
            "allowed_jobs do not name it; nothing was sent to AWS. Name another platform, or have it added"
        )
    account = request.job_arn.split(":")[4]
    if platform.expected_account not in {None, account}:
        raise invalid_input(
            f"job_arn: the job is in the account {account}, and the platform '{platform.name}' in "
            f"{platform.expected_account}; name the platform of the job's account"
        )
    return platform
