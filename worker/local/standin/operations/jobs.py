from worker.local.standin import texts
from worker.local.standin.errors import validation_error
from worker.local.standin.jobs import description, name_member
from worker.local.standin.operations.backend import Backend, Call, Handler
from worker.local.standin.state import JsonObject


def describing(resource: str) -> Handler:
    """The Describe operation of one kind of job, such as DescribeTrainingJob for `training-job`."""

    def describe(backend: Backend, call: Call) -> JsonObject:
        # A model package is named by its ARN or by group and version.
        name = call.request[name_member(resource)].rpartition(f":{resource}/")[2]
        job = backend.world.jobs.get((resource, name))
        if job is None:
            raise validation_error(texts.JOB_NOT_FOUND)
        return description(job, backend.world.clock.real)

    return describe
