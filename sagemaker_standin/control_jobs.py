from typing import Any

from sagemaker_standin.jobs.job import JobView
from sagemaker_standin.jobs.table import KINDS


def shown_job(view: JobView) -> dict[str, Any]:
    """A job as the control API shows it; deleted ones have their last status."""
    job, kind = view.job, KINDS[view.job.resource]
    return {
        "kind": job.resource,
        "name": job.name,
        "arn": job.arn,
        "status": kind.words[view.status_before_deletion],
        "secondary_status": view.secondary,
        "request": dict(job.request),
        "tags": dict(job.tags),
        "parent": None if job.parent is None else job.parent.name,
        "deleted": job.deleted_real is not None,
        "created_at": view.real(job.created_at),
        "ended_at": None if view.end is None else view.real(view.end.at),
        "creates_accepted": job.creates_accepted,
        "creates_refused_as_existing": job.creates_refused,
        "stops_accepted": job.stops_accepted,
        "describes": job.describes,
    }
