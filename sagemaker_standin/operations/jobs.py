from sagemaker_standin import texts
from sagemaker_standin.errors import validation_error
from sagemaker_standin.jobs import description, name_member
from sagemaker_standin.operations.backend import Backend, Call, Handler
from sagemaker_standin.state import JsonObject


def describing(resource: str) -> Handler:
    """The Describe operation of one kind of job, such as DescribeTrainingJob for `training-job`."""

    def describe(backend: Backend, call: Call) -> JsonObject:
        # A model package is named by its ARN or by group and version.
        name = call.request[name_member(resource)].rpartition(f":{resource}/")[2]
        job = backend.world.job(resource, name)
        if job is None:
            raise validation_error(texts.JOB_NOT_FOUND)
        return description(job, backend.world.clock.real)

    return describe
