"""AWS's refusals of requests that are about jobs."""

from sagemaker_standin import texts
from sagemaker_standin.errors import AwsError, validation_error
from sagemaker_standin.jobs.job import Job, JobStatus, JobView
from sagemaker_standin.jobs.kinds import JobKind
from sagemaker_standin.operations.backend import Backend, Call

ENDED = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.STOPPED})


def absent(backend: Backend, kind: JobKind, name: str) -> AwsError:
    """There is no such job; where AWS's code is not published, a switch says it."""
    is_validation = backend.world.behaviours.absent_jobs == "validation"
    code = kind.absent or ("ValidationException" if is_validation else "ResourceNotFound")
    return AwsError(code, kind.absent_text.format(noun=kind.noun, name=name))


def taken(kind: JobKind, job: Job) -> AwsError:
    """The name belongs to another job."""
    noun = kind.noun
    text = kind.taken_text.format(noun=noun, Noun=noun[0].upper() + noun[1:], arn=job.arn)
    return AwsError("ResourceInUse", text)


def not_open(backend: Backend, kind: JobKind, status: JobStatus) -> AwsError | None:
    """The job is Stopping or ended, so that it cannot be stopped; None where AWS accepts the stop nevertheless."""
    behaviours = backend.world.behaviours
    known = validation_error(texts.JOB_ENDED.format(noun=kind.noun, status=kind.words[status]))
    if status is JobStatus.STOPPING:
        return known if behaviours.stop_of_stopping_jobs == "refused" else None
    if status not in ENDED or behaviours.stop_of_ended_jobs == "accepted":
        return None
    return known if behaviours.stop_of_ended_jobs == "refused" else validation_error(texts.STOP_UNKNOWN)


def not_ended(kind: JobKind, view: JobView) -> AwsError:
    """The job cannot be deleted while it is open."""
    return validation_error(texts.JOB_NOT_ENDED.format(noun=kind.noun, name=view.job.name, status=kind.word(view)))


def refuse_over_quota(backend: Backend, kind: JobKind, call: Call) -> None:
    """Refuse another job of the kind if its quota is used up.

    Raises:
        AwsError: `ResourceLimitExceeded`.
    """
    limit = backend.world.job_quotas.get(kind.resource)
    if limit is None:
        return
    views = (JobView(job, call.now, backend.world.clock.real) for job in backend.world.jobs.of_kind(kind.resource))
    used = sum(view.job.created_at <= call.now and view.status not in ENDED for view in views)
    if used >= limit:
        quota = f"ml.m5.xlarge for {kind.noun} usage"
        raise AwsError("ResourceLimitExceeded", texts.SERVICE_LIMIT.format(quota=quota, limit=limit, used=used))
