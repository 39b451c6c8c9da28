"""What is read once, when an execution has ended: all steps, why they failed, what they hand on."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.models import Results
from activities.results.causes import find_causes
from activities.results.jobs import Job, JobDescription, job_of
from activities.results.outputs import facts, find_outputs
from activities.results.patience import ReadingCalls
from activities.results.plan import Plan
from activities.results.reading import Step
from contract.outputs import Output

MAX_JOBS_DESCRIBED: Final = 200
"""Of one execution: a bound for what the end of a run may cost in calls."""

JOBS_AT_ONCE: Final = 4


async def read_results(
    calls: ReadingCalls,
    platform: Platform,
    steps: Sequence[Step],
    plan: Plan | None,
    outputs: Mapping[str, Output],
) -> Results:
    """Read what is known of an execution that has ended; what may not be read is noted, not raised."""
    results = Results()
    causes = await find_causes(calls, platform, steps)
    results.causes, results.notes = causes.causes, causes.notes
    wanted = [job for step in steps if (job := job_of(step)) and (outputs or _is_billed(job))]
    jobs = await _describe(calls, platform, wanted, results.notes)
    billed = [seconds for job in jobs.values() if (seconds := job.get("BillableTimeInSeconds")) is not None]
    results.billable_seconds = sum(billed) if billed else None
    if outputs:
        found = find_outputs(outputs, facts(steps, plan, jobs))
        results.outputs, results.missing_outputs = found.values, found.missing
        results.notes += found.notes
    return results


def _is_billed(job: Job) -> bool:
    """Whether its description tells BillableTimeInSeconds: only that of training jobs does (botocore 1.44.5)."""
    return job.kind is not None and job.kind.members.billable_seconds is not None


async def _describe(
    calls: ReadingCalls, platform: Platform, jobs: Sequence[Job], notes: list[str]
) -> dict[str, JobDescription]:
    descriptions: dict[str, JobDescription] = {}
    refused: set[Kind] = set()
    slots = asyncio.Semaphore(JOBS_AT_ONCE)

    async def describe(job: Job) -> None:
        async with slots:
            try:
                descriptions[job.arn] = await job.describe(calls, platform)
            except AwsError as error:
                if (kind := error.kind) not in refused:
                    refused.add(kind)
                    notes.append(f"What a job tells is not known. {error.explanation}")

    await asyncio.gather(*(describe(job) for job in jobs[:MAX_JOBS_DESCRIBED]))
    if len(jobs) > MAX_JOBS_DESCRIBED:
        notes.append(f"{len(jobs)} jobs ran; what they tell was read of the first {MAX_JOBS_DESCRIBED}.")
    return descriptions
