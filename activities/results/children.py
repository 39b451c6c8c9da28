"""The jobs that a job starts: the training jobs of a tuning job."""

from collections.abc import Mapping
from typing import Any, Final

from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.resources.jobs import TRAINING
from activities.resources.members import entries, pages, text
from activities.results.jobs import Job
from activities.results.patience import ReadingCalls
from contract.arns import ResourceArn

MAX_FAILED_NAMED: Final = 5
PAGE_SIZE: Final = 100
MAX_CHILDREN: Final = 200
"""Of which the billed seconds are added up: each is a call."""


def job_at(arn: str, *, like: Job) -> Job:
    """Return the training job of an ARN; `like` is the job that has started it."""
    resource = ResourceArn.parse(arn) or like.resource
    return Job(arn, resource, TRAINING, resource.name)


async def failed_children(calls: ReadingCalls, platform: Platform, job: Job) -> list[str]:
    """Return the ARNs of some failed training jobs of a tuning job; none for other jobs, or if they cannot be read."""
    try:
        return await _arns(calls, platform, job, MAX_FAILED_NAMED, StatusEquals="Failed")
    except AwsError:
        return []


async def children(calls: ReadingCalls, platform: Platform, job: Job) -> list[str]:
    """Return the ARNs of the training jobs of a tuning job, at most 200; none for other jobs.

    Raises:
        AwsError: AWS refused, or could not be asked.
    """
    return await _arns(calls, platform, job, MAX_CHILDREN)


async def _arns(calls: ReadingCalls, platform: Platform, job: Job, limit: int, **wanted: Any) -> list[str]:
    listing = job.kind.children if job.kind else None
    if listing is None or listing.group is None:
        return []
    request: dict[str, Any] = {listing.group: job.resource.name, "MaxResults": min(limit, PAGE_SIZE), **wanted}

    async def page_at(token: Mapping[str, str]) -> Mapping[str, Any]:
        page: Mapping[str, Any] = await calls.poll(platform, listing.operation, resource=job.arn, **request, **token)
        return page

    found: list[str] = []
    async for page in pages(page_at):
        found += [arn for entry in entries(page, listing.entries) if (arn := text(entry, TRAINING.members.arn))]
        if len(found) >= limit:
            break
    return found[:limit]
