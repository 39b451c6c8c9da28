"""The commands as people call them: processes of their own, against an embedded stack."""

import os
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from tests.e2e.forked import COMMAND, Ended, call
from tests.waits import PATIENCE_SECONDS
from worker.local.temporal_server import find_temporal
from worker.local.worker_process import WorkerProcess, embedded_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.local.stack import Stack

__all__ = ["COMMAND", "LIMIT_SECONDS", "Commands", "Ended", "unique", "until"]

LIMIT_SECONDS = 120

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], seconds: float = PATIENCE_SECONDS) -> Found:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"nothing found within {seconds} s")


def unique(name: str) -> str:
    """A workflow id that no other test has."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


class Commands:
    """Calls our command and Temporal's, connected to one stack by the environment."""

    def __init__(self, stack: "Stack") -> None:
        self.stack = stack
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "POLYSYNC_"))},
            "TEMPORAL_ADDRESS": stack.temporal.address,
            "POLYSYNC_SAGEMAKER_UI_URL": stack.temporal.ui_url,
        }

    def __call__(
        self, *arguments: str, stdin: str | None = None, environment: Mapping[str, str] | None = None
    ) -> Ended:
        """Call `polysync-sagemaker`."""
        return call(arguments, {**self.environment, **(environment or {})}, stdin=stdin or "", seconds=LIMIT_SECONDS)

    def temporal(self, *arguments: str) -> Ended:
        """Call Temporal's own command."""
        address = ("--address", self.stack.temporal.address, "--disable-config-file")
        ended = subprocess.run(  # noqa: S603 — Temporal's own command
            [find_temporal(), *arguments, *address],
            input="",
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def start(self, pipeline: str, *options: str, workflow_id: str | None = None) -> str:
        """Start a run and leave it; its workflow id."""
        run = workflow_id or unique(pipeline)
        ended = self("run", pipeline, "--detach", "--workflow-id", run, *options)
        assert ended.code == 0, ended.err
        return run

    def executions(self, **parameters: str) -> list[dict[str, Any]]:
        """The stand-in's executions with these parameters."""
        found = self.stack.standin.executions()
        return [execution for execution in found if parameters.items() <= execution["parameters"].items()]

    def start_long(self, seconds: int = 100_000) -> str:
        """Start a run that takes that many seconds of SageMaker, and wait for its execution; its workflow id."""
        run = unique("long")
        options = ("-p", f"TrainingSeconds={seconds}", "-p", f"InputData=s3://example/{run}")
        self.start("churn-training", *options, workflow_id=run)
        until(lambda: self.executions(InputData=f"s3://example/{run}"))
        return run

    @contextmanager
    def background(self, *arguments: str, errors: IO[bytes]) -> "Iterator[subprocess.Popen[bytes]]":
        """Our command, left running for as long as the block does."""
        process = subprocess.Popen(  # noqa: S603 — our own command
            [COMMAND, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=LIMIT_SECONDS)

    @contextmanager
    def worker(self, log: Path, task_queue: str) -> "Iterator[WorkerProcess]":
        """Another worker on the same stack, with a task queue of its own."""
        settings = {"task_queue": task_queue, "poll_interval": 1, "heartbeat_timeout": 2.0, "log_format": "json"}
        environment = embedded_environment(self.stack.temporal.address, self.stack.standin.endpoint_url, settings)
        worker = WorkerProcess(log, environment)
        try:
            worker.start()
            yield worker
        finally:
            worker.stop()
