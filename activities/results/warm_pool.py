"""The warm pool of a training job: instances that AWS keeps, and bills, after the job has ended."""

from typing import Final

from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.resources.members import table, text
from activities.resources.operations import UPDATE_TRAINING_JOB
from activities.results.jobs import Job, JobDescription
from activities.results.patience import ReadingCalls

STAYS: Final = "The job's warm pool stays and is billed until it ends ({status}); {remedy}."
NOT_ASKED: Final = "release_warm_pool in the input ends it"


async def left_warm_pool(
    calls: ReadingCalls, platform: Platform, job: Job, description: JobDescription, *, release: bool
) -> str | None:
    """Release the warm pool of a job that was stopped.

    It is done when the job has ended: before that there is no pool, and the jobs of others may not have it yet.

    Args:
        calls: Reaches AWS.
        platform: Where the job ran.
        job: The job.
        description: What AWS says of it.
        release: Whether to release the pool; it is only noted otherwise.

    Returns:
        What a person should know of a pool that stays; None if none does.
    """
    status = text(table(description, "WarmPoolStatus"), "Status")
    if status not in {"Available", "InUse"}:
        return None
    if not release or status == "InUse":
        return STAYS.format(status=status, remedy=NOT_ASKED if status == "Available" else "another job uses it")
    try:
        await calls.call(
            platform,
            UPDATE_TRAINING_JOB,
            priority=Priority.STOP,
            resource=job.arn,
            TrainingJobName=job.name,
            ResourceConfig={"KeepAlivePeriodInSeconds": 0},
        )
    except AwsError as error:
        return STAYS.format(status=status, remedy=f"it could not be released. {error.explanation.rstrip('.')}")
    return None
