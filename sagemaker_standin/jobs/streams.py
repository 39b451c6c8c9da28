"""The log streams of a job ("CloudWatch Logs for SageMaker" names them)."""

import math
from collections.abc import Iterator, Sequence

from sagemaker_standin.jobs.job import Job
from sagemaker_standin.jobs.table import KINDS

FIRST = "1"
"""The stream of a job's first instance."""


def log_group(job: Job) -> str | None:
    """The log group in CloudWatch Logs that jobs of this kind write to."""
    return KINDS[job.resource].log_group


def log_streams(job: Job) -> Iterator[tuple[str, Sequence[str]]]:
    """The job's streams, each with the lines that it gets: one for each instance, or one for the job.

    Transform jobs have a second one for each instance, `…/data-log`, where the script names it `1/data-log`.
    """
    pattern, epoch = KINDS[job.resource].streams, round(job.created_at)
    for key, lines in job.course.logs.items():
        number, slash, kind = key.partition("/")
        yield f"{job.name}{pattern.format(number=number, epoch=epoch)}{slash}{kind}", lines


def written(job: Job, lines: Sequence[str], now: float) -> list[tuple[float, str]]:
    """The lines written until `now`, each with its simulated instant."""
    ended_at = job.end.at if job.end is not None else math.inf
    seconds = job.course.seconds
    duration = min(ended_at, now) - job.created_at if seconds is None else seconds
    pace = duration / (len(lines) + 1)
    # What is left when the job ends comes with its end, however soon that is.
    events = [(min(job.created_at + pace * number, ended_at), line) for number, line in enumerate(lines, start=1)]
    return [event for event in events if event[0] <= now]
