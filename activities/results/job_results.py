"""What is read once, when a job has ended: why it failed, what it cost, what it hands on."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.job_models import WatchJobRequest
from activities.models import Observation, Results
from activities.resources.jobs import KIND_OF_JOB
from activities.resources.members import entries, number, table
from activities.resources.withheld import is_withheld, without
from activities.results.causes import Causes
from activities.results.children import MAX_CHILDREN, children, job_at
from activities.results.jobs import Job, JobDescription, instances_of
from activities.results.noted import noted
from activities.results.outputs import find_outputs, missing_outputs, plain
from activities.results.patience import PatientCalls, ReadingCalls
from activities.results.results import OUTPUTS_THREAD
from activities.results.warm_pool import left_warm_pool
from contract.arns import ResourceArn
from contract.run import RunStatus

LONGEST_READING_SECONDS: Final = 300.0
CHILDREN_AT_ONCE: Final = 4


class JobObserver:
    """Adds to the observation of a job that has ended what it left behind."""

    def __init__(self, calls: ReadingCalls) -> None:
        self._calls = calls

    async def with_results(self, platform: Platform, request: WatchJobRequest, observed: Observation) -> Observation:
        """Add the results. The end is known and must not be lost: what cannot be read is noted, not raised."""
        results = Results()
        resource = ResourceArn.parse(request.job_arn)
        if resource is not None:
            job = Job(request.job_arn, resource, KIND_OF_JOB[request.job], resource.name)
            causes = Causes(PatientCalls(self._calls, LONGEST_READING_SECONDS), platform, notes=results.notes)
            with noted(results.notes, "What the job left behind is"):
                await _read(causes, job, request, observed, results)
        return observed.model_copy(update={"results": results})


async def _read(causes: Causes, job: Job, request: WatchJobRequest, observed: Observation, results: Results) -> None:
    description = await causes.description(job)
    with noted(results.notes, "Whether a warm pool stays is"):
        is_stopped = observed.sagemaker_status == "Stopped"
        release = request.release_warm_pool and is_stopped
        pool = await left_warm_pool(causes.calls, causes.platform, job, description, release=release)
        results.notes += [pool] if pool else []
    if observed.status is RunStatus.FAILED:
        with noted(results.notes, "Why it failed is"):
            known = "" if description else observed.failure_reason or ""
            results.causes = [await causes.of_job(job.name, job, description, known)]
    with noted(results.notes, "What it cost is"):
        results.billable_seconds = await _billable_seconds(causes, job, description)
    if request.outputs:
        found = missing_outputs(request.outputs, "what the job left cannot be read")
        with noted(results.notes, "What the outputs hold is"):
            find = partial(find_outputs, request.outputs, facts(description))
            found = await asyncio.get_running_loop().run_in_executor(OUTPUTS_THREAD, find)
        results.outputs, results.missing_outputs = found.values, found.missing
        results.notes += found.notes


def facts(description: JobDescription) -> dict[str, Any]:
    """Build the document that the expressions of a job run are applied to.

    Returns:
        `{"job": {…}, "metrics": {…}}`: AWS's description without what may hold credentials, and the final metrics of a
        training job by name. JSON values only; times are ISO 8601.
    """
    metrics = {m.get("MetricName"): m.get("Value") for m in entries(description, "FinalMetricDataList")}
    document: dict[str, Any] = plain({"job": without(description, is_withheld), "metrics": metrics})
    return document


async def _billable_seconds(causes: Causes, job: Job, description: JobDescription) -> int | None:
    """Add up what AWS bills: wall-clock seconds by instances, as the shape DescribeTrainingJobResponse says.

    Returns:
        None where AWS does not say it, or where it cannot be read of every training job of a tuning job.
    """
    descriptions: list[Mapping[str, Any]] = [description]
    if job.kind is not None and job.kind.children is not None:
        try:
            descriptions = await _describe_children(causes.calls, causes.platform, job)
        except AwsError as error:
            causes.notes.append(f"What the tuning job cost is not known. {error.explanation}")
            return None
        if len(descriptions) >= MAX_CHILDREN:
            causes.notes.append(f"billable_seconds counts the first {MAX_CHILDREN} training jobs of the tuning job.")
    billed = [seconds for each in descriptions if (seconds := _billed(each)) is not None]
    return sum(billed) if billed else None


def _billed(description: JobDescription) -> int | None:
    own = number(description, "BillableTimeInSeconds")
    kept = number(table(description, "WarmPoolStatus"), "ResourceRetainedBillableTimeInSeconds")
    if own is None and kept is None:
        return None
    return ((own or 0) + (kept or 0)) * instances_of(description)


async def _describe_children(calls: ReadingCalls, platform: Platform, job: Job) -> list[JobDescription]:
    slots = asyncio.Semaphore(CHILDREN_AT_ONCE)

    async def describe(arn: str) -> JobDescription:
        async with slots:
            return await job_at(arn, like=job).describe(calls, platform)

    return list(await asyncio.gather(*(describe(arn) for arn in await children(calls, platform, job))))
