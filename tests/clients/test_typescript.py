"""Temporal's TypeScript client, unchanged from npm, against the embedded stack."""

import hashlib
import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from worker.local.stack import Stack

SOURCE = Path(__file__).parent / "typescript"
OLDEST_NODE = 20
INSTALL_SECONDS = 100
LIMIT_SECONDS = 100

pytestmark = pytest.mark.xdist_group("typescript")
"""One process has them all: the packages are installed into a folder that processes would share."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An embedded stack with a fast clock."""
    folder = tmp_path_factory.mktemp("stack")
    with Stack(folder, clock_scale=600, settings={"poll_interval": 1}) as running:
        yield running.start()


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> list[str]:
    """The command that runs the client; its packages are installed once per lock file, into pytest's cache."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    version = _output([node, "--version"]).stdout.strip()
    if int(version.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node {version} is older than {OLDEST_NODE}")
    assert request.config.cache is not None
    digest = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = request.config.cache.mkdir(f"typescript-client-{digest}")
    for path in SOURCE.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    if not (folder / "node_modules" / ".package-lock.json").exists():
        installed = _output([npm, "ci", "--prefix", str(folder)], cwd=folder)
        if installed.returncode != 0:
            pytest.skip(f"npm ci failed, perhaps for want of a registry: {installed.stderr.strip()[-300:]}")
    return [node, str(folder / "client.mjs")]


def _output(command: list[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 — node and npm, found on the path
        command, cwd=cwd, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )


@pytest.fixture(scope="module")
def told(stack: Stack, client: list[str]) -> Any:
    """What the client saw."""
    arguments = [stack.temporal.address, "sagemaker", f"ts-{uuid.uuid4().hex[:8]}"]
    ended = subprocess.run(  # noqa: S603 — our own script
        [*client, *arguments], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_a_run_is_started_in_pascal_case_and_its_result_read(told: Any) -> None:
    """The result is one document with snake_case keys and enums as strings."""
    result = told["finished"]
    assert (result["status"], result["sagemaker_status"], result["phase"]) == ("Success", "Succeeded", "Closed")
    assert result["run_id"].startswith("arn:aws:sagemaker:us-east-1:")
    assert result["monitor_url"].endswith(f"#/pipelines/quick-check/executions/{result['run_id']}")


def test_a_run_is_queried_and_cancelled_by_signal(told: Any) -> None:
    """The signal's reason reaches the history of the run, and the execution is stopped."""
    assert told["running"]["sagemaker_status"] == "Executing"
    cancelled = told["cancelled"]
    assert (cancelled["status"], cancelled["sagemaker_status"]) == ("Cancelled", "Stopped")
    assert cancelled["run_id"] == told["running"]["run_id"]
    assert any("not today" in entry["why"] for entry in cancelled["history"])


def test_a_failure_has_its_type_and_the_run_document(told: Any) -> None:
    """Callers branch on the type and read the document from the details, or query it afterwards."""
    failure = told["failed"]
    assert (failure["name"], failure["type"]) == ("ApplicationFailure", "PipelineExecutionFailed")
    (document,) = failure["details"]
    assert (document["status"], document["sagemaker_status"]) == ("Failed", "Failed")
    assert told["afterwards"] == document


def test_bad_input_fails_at_once_with_the_field(told: Any) -> None:
    """A misspelled field is named, with those that there are."""
    refusal = told["refused"]
    assert (refusal["type"], refusal["nonRetryable"]) == ("InvalidInput", True)
    assert "PipelineNme: unknown field; known fields: pipeline_name, platform" in refusal["message"]


def test_a_platform_is_checked_without_input(told: Any) -> None:
    """Polysync's "Test connectivity"."""
    assert (told["check"]["ok"], told["check"]["platform"]) == (True, "default")


def test_the_lock_file_names_no_registry() -> None:
    """Where packages come from is the machine's own configuration."""
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert [package for package in packages if "resolved" in package or "integrity" not in package] == []
