from typing import Any

from sagemaker_standin.jobs.job import JobView, JsonObject
from sagemaker_standin.jobs.table import KINDS


def description(view: JobView) -> JsonObject:
    """What AWS returns for a job, in descriptions and in lists: `model.shape_output` drops what a shape lacks."""
    job, end, kind = view.job, view.end, KINDS[view.job.resource]
    started, ended = kind.times
    times = {started: view.real(job.created_at)} if started else {}
    if ended and end is not None:
        times[ended] = view.real(end.at)
    shown: dict[str, Any] = {
        **job.request,
        kind.name_member: job.name,
        kind.arn_member: job.arn,
        kind.status_member: kind.word(view),
        "FailureReason": end.reason if end is not None else None,
        "CreationTime": view.real(job.created_at),
        "LastModifiedTime": view.real(view.modified_at),
        "Tags": [{"Key": key, "Value": value} for key, value in job.tags.items()],
        **times,
        **kind.facts(view),
    }
    return shown | dict(job.course.shown)
