"""The worker as a process of its own, connected to the embedded stack and to nothing else."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from worker.local.process import Process
from worker.local.standin_process import REGION
from worker.local.temporal_server import NAMESPACE
from worker.settings import ENV_PREFIX

# A person's own settings for Temporal, AWS and other workers would send this one somewhere else.
_KEPT_OUT = ("TEMPORAL_", "AWS_", ENV_PREFIX)
_NOT_THROUGH_A_PROXY = "127.0.0.1,localhost"


def embedded_environment(temporal_address: str, endpoint_url: str, settings: Mapping[str, object]) -> dict[str, str]:
    """Compose the environment of a worker on the embedded stack.

    Args:
        temporal_address: `host:port` of the Temporal server.
        endpoint_url: Address of the SageMaker stand-in.
        settings: Fields of `worker.settings.Settings`, by name.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_KEPT_OUT)}
    return inherited | {
        "TEMPORAL_ADDRESS": temporal_address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "TEMPORAL_CONFIG_FILE": os.devnull,
        "AWS_ENDPOINT_URL_SAGEMAKER": endpoint_url,
        "AWS_ENDPOINT_URL_STS": endpoint_url,
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "standin",
        "AWS_SECRET_ACCESS_KEY": "standin",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": _NOT_THROUGH_A_PROXY,
        "no_proxy": _NOT_THROUGH_A_PROXY,
        **{f"{ENV_PREFIX}{name.upper()}": str(value) for name, value in settings.items()},
    }


class WorkerProcess(Process):
    """`polysync-sagemaker worker` as a process."""

    def __init__(self, log: Path, environment: Mapping[str, str], name: str = "Worker") -> None:
        """Prepare the worker.

        Args:
            log: File for its output, one JSON document a line.
            environment: All of its environment (`embedded_environment`).
            name: What people call it.
        """
        super().__init__(name, log)
        self._environment = environment

    def launch(self) -> None:
        """See base class."""
        self._spawn([sys.executable, "-m", "worker.cli", "worker"], self._environment)

    def is_ready(self) -> bool:
        """Whether it polls its task queues."""
        return "worker.started" in self._output()
