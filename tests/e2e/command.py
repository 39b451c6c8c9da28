"""The commands as people call them: processes of their own, against an embedded stack."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

from worker.local.temporal_server import find_temporal
from worker.local.worker_process import WorkerProcess, embedded_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.local.stack import Stack

COMMAND = str(Path(sys.executable).parent / "polysync-sagemaker")
LIMIT_SECONDS = 120

Found = TypeVar("Found")


def until(look: Callable[[], Found | None], seconds: float = 60.0) -> Found:
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


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout, which must be exactly one JSON document."""
        return json.loads(self.out)


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
        return self._call([COMMAND, *arguments], stdin, {**self.environment, **(environment or {})})

    def temporal(self, *arguments: str) -> Ended:
        """Call Temporal's own command."""
        address = ("--address", self.stack.temporal.address, "--disable-config-file")
        return self._call([find_temporal(), *arguments, *address], None, self.environment)

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

    def _call(self, command: list[str], stdin: str | None, environment: Mapping[str, str]) -> Ended:
        ended = subprocess.run(  # noqa: S603 — our own commands
            command,
            input=stdin or "",
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)
