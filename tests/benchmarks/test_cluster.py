"""The cluster benchmark's own arithmetic, and what it takes from the compose stack."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.client import WorkflowExecutionStatus

from benchmarks.cluster.binaries import Binaries, built, stack_version
from benchmarks.cluster.figures import figures_of
from benchmarks.cluster.phases import Measured, is_true
from benchmarks.cluster.servers import SCRIPTS, host, run_script
from benchmarks.command import BenchmarkFailedError
from benchmarks.fleet import ClosedRun
from tests.deploy.test_compose import SERVICES, with_defaults

PARTS = {"history": 2.0, "PostgreSQL": 1.0, "workers": 0.5}


def measured(*, start_seconds: float, executions: int = 10) -> Measured:
    """An installation on which ten runs were measured."""
    return Measured(
        start_seconds=start_seconds,
        start_cpu=PARTS,
        wait_cpu=PARTS,
        wait_seconds=60.0,
        end_to_closed=[1.0, 3.0],
        end_to_closed_killed=[2.0],
        events=[29, 31],
        history_bytes=[8000, 9000],
        executions=executions,
        true_ends=10,
        stuck=0,
    )


def test_figures_stand_beside_those_of_the_development_server() -> None:
    """Per run, with the workers' CPU time apart from the server's; an execution too many misses its bar."""
    figures = figures_of(10, measured(start_seconds=5), measured(start_seconds=10, executions=11))
    found = {figure.name: (figure.value, figure.unit, figure.ratio, figure.is_reached) for figure in figures}
    assert found["starts, development server"] == (2.0, "runs/s", None, None)
    assert found["starts, cluster"] == (1.0, "runs/s", 0.5, None)
    assert found["server CPU per start, cluster"] == (300.0, "ms", 1.0, None)
    assert found["worker CPU per run-minute, cluster"] == (50.0, "ms", 1.0, None)
    assert found["  of it PostgreSQL"] == (100.0, "ms", None, None)
    assert found["end → run closed, p99, cluster"] == (3.0, "s", 1.0, None)
    assert found["executions, development server"] == (10, "executions", None, True)
    assert found["executions, cluster"] == (11, "executions", None, False)


@pytest.mark.parametrize(
    ("status", "arn", "expected"),
    [
        (WorkflowExecutionStatus.FAILED, "failed", True),
        (WorkflowExecutionStatus.COMPLETED, "failed", False),
        (WorkflowExecutionStatus.COMPLETED, "succeeded", True),
        (WorkflowExecutionStatus.COMPLETED, "stranger", False),
        (WorkflowExecutionStatus.COMPLETED, None, False),
    ],
)
def test_a_run_must_close_as_its_execution_ended(
    status: WorkflowExecutionStatus, arn: str | None, *, expected: bool
) -> None:
    """A run without an execution, or with one of another run, closed wrongly."""
    run = ClosedRun("run", arn, status, datetime.now(UTC), 29, 8000)
    assert is_true(run, {"failed": "Failed", "succeeded": "Succeeded"}) is expected


def test_the_server_is_the_stacks() -> None:
    """The version comes from docker-compose.yml."""
    assert with_defaults(SERVICES["temporal"]["image"]) == f"temporalio/server:{stack_version()}"


def test_each_process_has_an_address_of_its_own() -> None:
    """All on the loopback interface, where nothing else can reach them."""
    addresses = {host(service, number) for service in range(4) for number in range(2)}
    assert len(addresses) == 8
    assert {address.split(".")[0] for address in addresses} == {"127"}


def test_a_build_without_go_is_refused_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the programs are in the cache already."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchmarkFailedError, match="there is no 'go' on the PATH"):
        built("1.0.0", tmp_path)
    complete = Binaries(tmp_path / "temporal-1.0.0")
    (complete.schema / "postgresql" / "v12").mkdir(parents=True)
    for name in ("temporal-server", "temporal-sql-tool"):
        (complete.folder / name).touch()
    assert built("1.0.0", tmp_path) == complete


def test_the_stacks_scripts_set_the_cluster_up(tmp_path: Path) -> None:
    """With another folder for the schema; a script that fails is shown with its output."""
    tool = tmp_path / "temporal-sql-tool"
    tool.write_text(f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\n', encoding="utf-8")
    tool.chmod(0o755)
    assert (SCRIPTS / "set-up-schema.sh").exists()
    environment = {"POSTGRES_HOST": "127.0.0.1", "POSTGRES_USER": "temporal", "SCHEMA_DIRECTORY": "/elsewhere"}
    run_script("set-up-schema.sh", tmp_path, environment)
    assert "--schema-dir /elsewhere/postgresql/v12/temporal/versioned" in (tmp_path / "calls").read_text()
    tool.write_text("#!/bin/sh\necho broken >&2\nexit 7\n", encoding="utf-8")
    with pytest.raises(BenchmarkFailedError, match=r"set-up-schema\.sh failed: broken"):
        run_script("set-up-schema.sh", tmp_path, environment)
