from sagemaker_standin import texts
from sagemaker_standin.errors import access_denied, validation_error
from sagemaker_standin.jobs.children import TUNING, with_children
from sagemaker_standin.jobs.courses import JobScript, chosen, course_of, end_of, restarts_of
from sagemaker_standin.jobs.description import description
from sagemaker_standin.jobs.job import Job, JobView
from sagemaker_standin.jobs.kinds import JobKind
from sagemaker_standin.jobs.limits import limited
from sagemaker_standin.jobs.settings import Settings
from sagemaker_standin.jobs.table import JOB_KINDS, KINDS
from sagemaker_standin.operations import job_refusals as refusals
from sagemaker_standin.operations.backend import Backend, Call, Handler
from sagemaker_standin.operations.job_pools import take_warm_pool
from sagemaker_standin.operations.job_visibility import found_job, is_shown, name_holder, shown_job
from sagemaker_standin.state import JsonObject

_CREATED_BY = {operation: kind for kind in JOB_KINDS for operation in kind.operations("Create")}


def refuse_taken(backend: Backend, operation: str, request: JsonObject, real: float) -> None:
    """Refuse to create a job under a name that is taken; other requests pass.

    Raises:
        AwsError: `ResourceInUse`.
    """
    kind = _CREATED_BY.get(operation)
    name = None if kind is None else request.get(kind.name_member)
    if kind is None or not isinstance(name, str):
        return
    job = name_holder(backend, kind, name, real)
    if job is not None and real >= job.created_real + backend.world.behaviours.simultaneous_creates_seconds:
        job.creates_refused += 1
        raise refusals.taken(kind, job)


def creating(kind: JobKind) -> Handler:
    """The Create operation of one kind of job."""

    def create(backend: Backend, call: Call) -> JsonObject:
        name = call.request[kind.name_member]
        # The service has refused a taken name before, if AWS is set to do that first.
        refusals.refuse_over_quota(backend, kind, call)
        refuse_taken(backend, kind.operations("Create")[0], call.request, call.real)
        job = name_holder(backend, kind, name, call.real)
        if job is None:
            job = _new_job(backend, kind, name, call)
            take_warm_pool(backend, job)
            backend.world.jobs.add(job)
        job.creates_accepted += 1
        return {kind.arn_member: job.arn}

    return create


def _new_job(backend: Backend, kind: JobKind, name: str, call: Call) -> Job:
    world, request = backend.world, call.request
    try:
        settings = Settings.of(request)
    except ValueError as error:
        raise validation_error(texts.UNRESOLVED.format(problem=error)) from error
    script = chosen(world.job_scripts, kind.resource, name)
    way = script or JobScript(kind.resource, "")
    course = course_of(kind, settings, way, restarts_of(request, settings, way))
    planned = limited(end_of(course, settings, script, call.now), kind, request, course, call.now)
    job = Job(
        resource=kind.resource,
        name=name,
        arn=world.job_arn(kind.resource, name),
        request=request,
        created_at=call.now,
        created_real=call.real,
        course=course,
        tags={tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()},
    )
    if kind.resource == TUNING:
        planned = with_children(job, planned, settings.failure, world.job_scripts, world.job_arn)
    job.end = planned
    return job


def describing(kind: JobKind, operation: str) -> Handler:
    """A Describe operation of one kind of job."""

    def describe(backend: Backend, call: Call) -> JsonObject:
        # A model package is named by its ARN or by group and version.
        name = call.request[kind.name_member].rpartition(f":{kind.resource}/")[2]
        job = shown_job(backend, kind, name, call)
        if call.real < job.created_real + backend.world.behaviours.describes_denied_seconds:
            raise access_denied(backend.world.account, operation, job.arn)
        job.describes += 1
        return description(JobView(job, call.now, backend.world.clock.real))

    return describe


def stopping(kind: JobKind) -> Handler:
    """The Stop operation of one kind of job."""

    def stop(backend: Backend, call: Call) -> JsonObject:
        job = found_job(backend, kind, call.request[kind.name_member], call.real)
        is_hidden = job is None or not is_shown(backend, job, call.now, call.real)
        if job is None or (is_hidden and backend.world.behaviours.stop_of_hidden_jobs == "refused"):
            raise refusals.absent(backend, kind, call.request[kind.name_member])
        status = JobView(job, call.now, backend.world.clock.real).status
        if refusal := refusals.not_open(backend, kind, status):
            raise refusal
        if status not in refusals.ENDED:
            backend.world.jobs.stop(job, call.now)
        job.stops_accepted += 1
        return {}

    return stop


def deleting(kind: JobKind) -> Handler:
    """The Delete operation of one kind of job: its name is free afterwards."""

    def delete(backend: Backend, call: Call) -> JsonObject:
        job = shown_job(backend, kind, call.request[kind.name_member], call)
        view = JobView(job, call.now, backend.world.clock.real)
        if view.status not in refusals.ENDED or view.has_warm_pool:
            raise refusals.not_ended(kind, view)
        job.deleted_real = call.real
        return {}

    return delete


def update_training_job(backend: Backend, call: Call) -> JsonObject:
    """UpdateTrainingJob: a KeepAlivePeriodInSeconds of 0 gives the warm pool back."""
    job = shown_job(backend, KINDS["training-job"], call.request["TrainingJobName"], call)
    resources = call.request.get("ResourceConfig")
    if resources is not None:
        job.request = {**job.request, "ResourceConfig": {**job.request.get("ResourceConfig", {}), **resources}}
        if resources["KeepAlivePeriodInSeconds"] == 0:
            job.pool_released_at = call.now
    return {"TrainingJobArn": job.arn}


CREATING = {operation: creating(kind) for operation, kind in _CREATED_BY.items()}
"""The Create operations of all kinds."""
STOPPING = {operation: stopping(kind) for kind in JOB_KINDS for operation in kind.operations("Stop")}
DELETING = {operation: deleting(kind) for kind in JOB_KINDS for operation in kind.operations("Delete")}
DESCRIBING = {
    operation: describing(kind, operation) for kind in KINDS.values() for operation in kind.operations("Describe")
}
"""The Describe operations, also of what steps make beside jobs."""
