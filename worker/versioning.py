"""Worker Deployment Versioning: which version of the worker a run's workflow tasks go to."""

from typing import Final

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

from worker.settings import Settings

_BEHAVIORS: Final = {
    "pinned": VersioningBehavior.PINNED,
    "auto_upgrade": VersioningBehavior.AUTO_UPGRADE,
}


def deployment_config(settings: Settings) -> WorkerDeploymentConfig | None:
    """Return the version that this worker reports to Temporal; None for a worker without versions.

    Both workers of the process belong to the version: activities of a pinned run stay on it only on task queues that
    it polls, and the watches have a queue of their own.
    """
    if settings.deployment_name is None or settings.build_id is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment_name, settings.build_id),
        use_worker_versioning=True,
        default_versioning_behavior=_BEHAVIORS[settings.versioning_behavior],
    )
