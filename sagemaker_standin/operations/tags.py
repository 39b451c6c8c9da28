from sagemaker_standin.errors import access_denied, not_found
from sagemaker_standin.jobs.job import Job
from sagemaker_standin.jobs.table import named_job
from sagemaker_standin.operations.backend import Backend, Call
from sagemaker_standin.operations.job_visibility import found_job, is_shown
from sagemaker_standin.state import JsonObject
from sagemaker_standin.texts import DOES_NOT_EXIST


def list_tags(backend: Backend, call: Call) -> JsonObject:
    """ListTags: everything in one page."""
    job, behaviours = _tagged_job(backend, call), backend.world.behaviours
    if behaviours.job_tags == "denied":
        raise access_denied(backend.world.account, "ListTags", job.arn)
    is_late = call.real < job.created_real + behaviours.job_tags_lag_seconds
    return {"Tags": [] if is_late else _tags(job)}


def add_tags(backend: Backend, call: Call) -> JsonObject:
    """AddTags: the values of known keys are replaced."""
    job = _tagged_job(backend, call)
    job.tags |= {tag["Key"]: tag["Value"] for tag in call.request["Tags"]}
    return {"Tags": _tags(job)}


def delete_tags(backend: Backend, call: Call) -> JsonObject:
    """DeleteTags."""
    job = _tagged_job(backend, call)
    job.tags = {key: value for key, value in job.tags.items() if key not in call.request["TagKeys"]}
    return {}


def _tags(job: Job) -> list[JsonObject]:
    return [{"Key": key, "Value": value} for key, value in job.tags.items()]


def _tagged_job(backend: Backend, call: Call) -> Job:
    """The job of the ARN in either spelling.

    Raises:
        AwsError: `ResourceNotFound`; only jobs have tags here.
    """
    arn, named = call.request["ResourceArn"], named_job(call.request)
    job = None if named is None else found_job(backend, *named, call.real)
    if job is None or job.arn.lower() != arn.lower() or not is_shown(backend, job, call.now, call.real):
        raise not_found(DOES_NOT_EXIST.format(kind="Resource", name=arn))
    return job
