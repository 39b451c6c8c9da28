"""Our command for the pipeline of a deployer, on the shared server and the task queue of a test's worker."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any, Final

from tests.deployment.deployer import Deployer, of_job
from tests.e2e.forked import Ended, call

PATIENCE_SECONDS: Final = 400
"""For a command that has another interpreter import a large library."""


class DeploymentCommands:
    """Calls `polysync-sagemaker pipelines …` for the pipeline of a deployer."""

    def __init__(self, deployer: Deployer, folder: Path) -> None:
        self._deployer = deployer
        self._folder = folder

    def file(self, job: str, **members: Any) -> str:
        """A file with the definition of one job; its name is the pipeline's."""
        path = self._folder / f"{self._deployer.pipeline}.json"
        path.write_text(json.dumps(of_job(job, **members), indent=2), encoding="utf-8")
        return str(path)

    @property
    def environment(self) -> dict[str, str]:
        """The shared server, and the task queue of this test's worker."""
        ours = ("TEMPORAL_", "POLYSYNC_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        config = self._deployer.stage.client.service_client.config
        return {
            **inherited,
            "TEMPORAL_ADDRESS": config.target_host,
            "POLYSYNC_SAGEMAKER_TASK_QUEUE": self._deployer.stage.task_queue,
        }

    async def __call__(self, *arguments: str, stdin: str = "") -> Ended:
        """Call `polysync-sagemaker pipelines …`."""
        return await self.any("pipelines", *arguments, stdin=stdin)

    async def any(self, *arguments: str, stdin: str = "") -> Ended:
        """Call `polysync-sagemaker …`, while the worker goes on in this process."""
        return await asyncio.to_thread(call, arguments, self.environment, stdin=stdin, seconds=PATIENCE_SECONDS)
