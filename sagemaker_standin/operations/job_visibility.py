"""Which jobs clients find: not the hidden, the deleted and the future ones."""

from sagemaker_standin.jobs.job import Job
from sagemaker_standin.jobs.kinds import JobKind
from sagemaker_standin.operations import job_refusals as refusals
from sagemaker_standin.operations.backend import Backend, Call


def name_holder(backend: Backend, kind: JobKind, name: str, real: float) -> Job | None:
    """The job that a new one of that name would collide with, hidden or not."""
    return _unless_gone(backend, backend.world.jobs.under(kind.resource, name), real)


def found_job(backend: Backend, kind: JobKind, name: str, real: float) -> Job | None:
    """The job of that name in any spelling, hidden or not; a deleted one may be there for some time."""
    return _unless_gone(backend, backend.world.jobs.find(kind.resource, name), real)


def was_found(backend: Backend, kind: JobKind, job: Job, real: float) -> bool:
    """Whether the job was found at an instant, in epoch seconds, that may be before its deletion."""
    is_before = job.deleted_real is None or real < job.deleted_real
    return is_before or found_job(backend, kind, job.name, real) is job


def _unless_gone(backend: Backend, job: Job | None, real: float) -> Job | None:
    linger = backend.world.behaviours.deleted_jobs_linger_seconds
    if job is None or job.deleted_real is None or real < job.deleted_real + linger:
        return job
    backend.world.jobs.forget(job)
    return None


def is_shown(backend: Backend, job: Job, now: float, real: float) -> bool:
    """Whether clients find the job at an instant, given in simulated and in epoch seconds."""
    hidden_until = max(job.hidden_until, job.created_real + backend.world.behaviours.jobs_hidden_seconds)
    # A step names the job of its next attempt before that begins; the jobs of a tuning job appear one after another.
    return hidden_until <= real and (job.created_at <= now or job.parent is None)


def shown_job(backend: Backend, kind: JobKind, name: str, call: Call) -> Job:
    """The job of that name.

    Raises:
        AwsError: there is none, in the words of its kind.
    """
    job = found_job(backend, kind, name, call.real)
    if job is None or not is_shown(backend, job, call.now, call.real):
        raise refusals.absent(backend, kind, name)
    return job
