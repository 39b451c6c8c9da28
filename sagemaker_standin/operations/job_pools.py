from sagemaker_standin.jobs.job import Job, JobView
from sagemaker_standin.operations.backend import Backend

_MATCHING = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId", "InstanceGroups")


def take_warm_pool(backend: Backend, job: Job) -> None:
    """Let a new training job run in the warm pool of an earlier one, if one matches.

    It has to have the same role and resources (AWS, "Train using SageMaker managed warm pools").
    """
    if not (job.request.get("ResourceConfig") or {}).get("KeepAlivePeriodInSeconds"):
        return
    for earlier in backend.world.jobs.of_kind(job.resource):
        view = JobView(earlier, job.created_at, backend.world.clock.real)
        if view.has_warm_pool and _cluster(earlier) == _cluster(job):
            earlier.pool_taken_by = job
            return


def _cluster(job: Job) -> list[object]:
    resources = job.request.get("ResourceConfig") or {}
    return [job.request.get("RoleArn"), *(resources.get(member) for member in _MATCHING)]
