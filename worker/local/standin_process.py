"""The SageMaker stand-in as a process, and its control API."""

import json
import sys
from http.client import HTTPConnection
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from worker.local.ports import LOOPBACK, free_port
from worker.local.process import Process, ProcessFailedError

REGION: Final = "us-east-1"
ACCOUNT: Final = "111122223333"
EVENT_QUEUE: Final = "sagemaker-events"


def require_standin() -> None:
    """Check that the stand-in can be started.

    Raises:
        ProcessFailedError: It, or a package that it needs, is not installed; the text has the remedy.
    """
    if find_spec("sagemaker_standin") is None:
        raise ProcessFailedError(
            "The SageMaker stand-in is not installed: it is no part of the package, but of the repository. Call the "
            "command in a clone of the repository, after 'make': .venv/bin/polysync-sagemaker demo"
        )
    if missing := [name for name in ("starlette", "uvicorn") if find_spec(name) is None]:
        raise ProcessFailedError(
            f"The SageMaker stand-in needs an optional extra ({', '.join(missing)} is missing): "
            "pip install 'polysync-sagemaker[local]'"
        )


class StandinProcess(Process):
    """The stand-in with the sample pipelines, on this machine only."""

    def __init__(
        self, log: Path, *, data: Path | None = None, clock_scale: float = 1.0, port: int = 0, events: bool = False
    ) -> None:
        """Prepare the stand-in; its port is chosen here and stays the same over restarts.

        Args:
            log: File for its output.
            data: File that keeps its state over restarts; in memory if left out.
            clock_scale: Simulated seconds per real second.
            port: Preferred port, 0 for any.
            events: Whether SageMaker's events go to a queue (`queue_url`).
        """
        super().__init__("SageMaker stand-in", log)
        self._data = data
        self._clock_scale = clock_scale
        self._events = events
        self.endpoint_url = f"http://{LOOPBACK}:{free_port(port)}"

    @property
    def queue_url(self) -> str | None:
        """The SQS queue of the events; None where none are sent."""
        return f"{self.endpoint_url}/{ACCOUNT}/{EVENT_QUEUE}" if self._events else None

    def launch(self) -> None:
        """See base class. What it knew is gone after a restart, unless `data` was given."""
        self._spawn(
            [
                *(sys.executable, "-m", "sagemaker_standin", "--with-samples", f"--region={REGION}"),
                f"--account={ACCOUNT}",
                *(f"--host={LOOPBACK}", f"--port={urlsplit(self.endpoint_url).port}"),
                f"--clock-scale={self._clock_scale}",
                *([f"--data={self._data}"] if self._data else []),
                *([f"--event-queue={EVENT_QUEUE}"] if self._events else []),
            ]
        )

    def is_ready(self) -> bool:
        """Whether it listens."""
        return '"endpoint_url"' in self._output()

    def executions(self, pipeline: str | None = None) -> list[dict[str, Any]]:
        """List all executions, or those of a pipeline, oldest first."""
        found: list[dict[str, Any]] = self.control("GET", f"/executions{f'?pipeline={pipeline}' if pipeline else ''}")
        return found

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send one request to the control API and read the reply.

        Raises:
            ValueError: The stand-in refused it.
        """
        connection = HTTPConnection(self.endpoint_url.removeprefix("http://"), timeout=60)
        try:
            connection.request(method, f"/_standin{path}", None if body is None else json.dumps(body))
            response = connection.getresponse()
            reply = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= 400:  # noqa: PLR2004 — HTTP's errors begin there
            raise ValueError(f"the stand-in refused {method} {path}: {reply}")
        return reply
