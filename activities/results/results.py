"""What is read once, when an execution has ended: why its steps failed, what they cost, what they hand on."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.models import Results
from activities.resources.members import number
from activities.results.causes import find_causes
from activities.results.jobs import Job, JobDescription, job_of
from activities.results.noted import noted
from activities.results.outputs import evaluate, missing_outputs
from activities.results.patience import ReadingCalls
from activities.results.plan import Plan
from activities.results.reading import Step
from activities.results.step import is_reused
from contract.outputs import Output

MAX_JOBS_DESCRIBED: Final = 200
"""Of one execution: a bound for what the end of a run may cost in calls."""

JOBS_AT_ONCE: Final = 4

OUTPUTS_THREAD: Final = ThreadPoolExecutor(1, "outputs")
"""Evaluates callers' expressions. Only one at a time: Python shares its lock between a thread and the event loop, and
the loop's part would be small beside many of them.
"""


async def read_results(
    calls: ReadingCalls,
    platform: Platform,
    steps: Sequence[Step],
    plan: Plan | None,
    outputs: Mapping[str, Output],
) -> Results:
    """Read what is known of an execution that has ended; what may not or cannot be read is noted, not raised."""
    results = Results()
    with noted(results.notes, "Why it failed is"):
        causes = await find_causes(calls, platform, steps)
        results.causes = causes.causes
        results.notes += causes.notes
    jobs: dict[str, JobDescription] = {}
    with noted(results.notes, "What its jobs say is"):
        wanted = [job for step in steps if (job := job_of(step)) and (outputs or _is_billed(step, job))]
        jobs = await _describe(calls, platform, wanted, results.notes)
        results.billable_seconds = _billable_seconds(steps, jobs)
    if outputs:
        found = missing_outputs(outputs, "what the steps left cannot be read")
        with noted(results.notes, "What the outputs hold is"):
            found = await asyncio.get_running_loop().run_in_executor(
                OUTPUTS_THREAD, evaluate, outputs, steps, plan, jobs
            )
        results.outputs, results.missing_outputs = found.values, found.missing
        results.notes += found.notes
    return results


def _billable_seconds(steps: Sequence[Step], jobs: Mapping[str, JobDescription]) -> int | None:
    """Add up what AWS bills for the jobs of this execution; None where it says so of none."""
    billed = [
        seconds
        for step in steps
        if (job := job_of(step)) and job.kind and _is_billed(step, job)
        if (seconds := number(jobs.get(job.arn, {}), job.kind.members.billable_seconds)) is not None
    ]
    return sum(billed) if billed else None


def _is_billed(step: Step, job: Job) -> bool:
    """Return whether the job's description has billed seconds, and this execution ran the job."""
    return job.kind is not None and job.kind.members.billable_seconds is not None and not is_reused(step)


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
                if job.is_gone(error):
                    notes.append(job.gone)
                elif error.kind not in refused:
                    refused.add(error.kind)
                    notes.append(f"What a job says is not known. {error.explanation}")

    await asyncio.gather(*(describe(job) for job in jobs[:MAX_JOBS_DESCRIBED]))
    if len(jobs) > MAX_JOBS_DESCRIBED:
        notes.append(f"{len(jobs)} jobs ran; what they say was read of the first {MAX_JOBS_DESCRIBED}.")
    return descriptions
