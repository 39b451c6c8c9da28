from sagemaker_standin.errors import AwsError, access_denied, not_found
from sagemaker_standin.jobs.job import Job
from sagemaker_standin.jobs.table import named_job
from sagemaker_standin.operations.backend import Backend, Call, find_pipeline
from sagemaker_standin.operations.job_visibility import found_job, is_shown
from sagemaker_standin.state import JsonObject, Pipeline
from sagemaker_standin.texts import DOES_NOT_EXIST, TOO_MANY_TAGS

_MOST_TAGS = 50


def list_tags(backend: Backend, call: Call) -> JsonObject:
    """ListTags: everything in one page."""
    tagged, behaviours = _tagged(backend, call), backend.world.behaviours
    if isinstance(tagged, Job):
        if behaviours.job_tags == "denied":
            raise access_denied(backend.world.account, "ListTags", tagged.arn)
        if call.real < tagged.created_real + behaviours.job_tags_lag_seconds:
            return {"Tags": []}
    return {"Tags": _tags(tagged)}


def add_tags(backend: Backend, call: Call) -> JsonObject:
    """AddTags: the values of known keys are replaced."""
    tagged = _tagged(backend, call)
    tags = tagged.tags | {tag["Key"]: tag["Value"] for tag in call.request["Tags"]}
    if len(tags) > _MOST_TAGS:
        raise AwsError("ResourceLimitExceeded", TOO_MANY_TAGS.format(most=_MOST_TAGS))
    tagged.tags = tags
    return {"Tags": _tags(tagged)}


def delete_tags(backend: Backend, call: Call) -> JsonObject:
    """DeleteTags."""
    tagged = _tagged(backend, call)
    tagged.tags = {key: value for key, value in tagged.tags.items() if key not in call.request["TagKeys"]}
    return {}


def _tags(tagged: Job | Pipeline) -> list[JsonObject]:
    return [{"Key": key, "Value": value} for key, value in tagged.tags.items()]


def _tagged(backend: Backend, call: Call) -> Job | Pipeline:
    """The job or pipeline of the ARN in either spelling.

    Raises:
        AwsError: `ResourceNotFound`; only jobs and pipelines have tags here.
    """
    arn, named = call.request["ResourceArn"], named_job(call.request)
    if named is None and arn.rpartition(":")[2].startswith("pipeline/"):
        return find_pipeline(backend.world, arn)
    job = None if named is None else found_job(backend, *named, call.real)
    if job is None or job.arn.lower() != arn.lower() or not is_shown(backend, job, call.now, call.real):
        raise not_found(DOES_NOT_EXIST.format(kind="Resource", name=arn))
    return job
