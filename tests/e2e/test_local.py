"""`polysync-sagemaker local` and `demo`: they work, and leave nothing running."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import Commands, until


def is_running(pid: int) -> bool:
    """Whether a process exists and is not just waiting to be reaped."""
    try:
        os.kill(pid, 0)
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607 — a fixed command
    except ProcessLookupError:
        return False
    return not state.stdout.strip().startswith("Z") and bool(state.stdout.strip())


def read_document(local: "subprocess.Popen[bytes]") -> Any:
    """The JSON document that `local --json` prints once everything is ready."""
    assert local.stdout is not None
    lines = b""
    for line in local.stdout:
        lines += line
        if line == b"}\n":
            return json.loads(lines)
    raise AssertionError("local ended before it was ready")


def test_local_keeps_runs_over_restarts_and_stops_everything(commands: Commands, tmp_path: Path) -> None:
    """SIGTERM stops all; `--data-dir` keeps runs and executions; a process that dies is named and ends the rest."""
    options = ("local", "--data-dir", str(tmp_path / "data"), "--port", "0", "--ui-port", "0", "--json")
    errors = tmp_path / "stderr"
    with errors.open("wb") as stderr:
        with commands.background(*options, errors=stderr) as local:
            first = read_document(local)
            run = commands("run", "quick-check", "--json", environment=first["environment"]).document
            local.terminate()
            assert local.wait(15) == 0
        with commands.background(*options, "--no-worker", errors=stderr) as local:
            second = read_document(local)
            known = commands("status", run["workflow_id"], "--json", environment=second["environment"]).document
            os.kill(second["processes"]["SageMaker stand-in"], signal.SIGKILL)
            assert local.wait(15) == 1
    assert known["run"] == run["run"]
    assert "SageMaker stand-in ended with exit code -9" in errors.read_text()
    assert set(first["processes"]) == {"Temporal server", "SageMaker stand-in", "Worker"}
    assert set(second["processes"]) == {"Temporal server", "SageMaker stand-in"}
    pids = [*first["processes"].values(), *second["processes"].values()]
    assert [pid for pid in pids if is_running(pid)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with the one that started it")
def test_local_leaves_no_orphans_even_when_killed(commands: Commands, tmp_path: Path) -> None:
    """SIGKILL of the command itself takes its processes along."""
    with (
        (tmp_path / "stderr").open("wb") as stderr,
        commands.background("local", "--port", "0", "--ui-port", "0", "--no-worker", "--json", errors=stderr) as local,
    ):
        pids = read_document(local)["processes"].values()
        local.kill()
        local.wait(60)
    until(lambda: not any(is_running(pid) for pid in pids))


def test_demo_comes_out_as_expected(demo: "subprocess.Popen[str]") -> None:
    """Seven runs: one resumed, one of a job that is retried, one scheduled and answered, one killed worker: exit 0."""
    out, err = demo.communicate(timeout=240)
    assert demo.returncode == 0, out + err
    assert "6 executions under 6 request tokens, and 2 training jobs for the two attempts of the job run" in out
    assert out.count("✓") == 7
    assert "Preprocess 1, Train 2, Evaluate 1" in out
    assert "Train: AlgorithmError: the column 'tenure' is missing, exit code 1" in out
