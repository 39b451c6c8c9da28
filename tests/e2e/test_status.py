"""`polysync-sagemaker status`: one run, the list, and both without a worker."""

from pathlib import Path

import pytest

from tests.e2e.command import Commands, Ended, unique, until


def test_tells_what_an_open_run_waits_for(commands: Commands) -> None:
    """The pending activity with its heartbeat stands beside the run document."""
    run = commands.start_long()

    def watched() -> Ended | None:
        ended = commands("status", run)
        assert ended.code == 0
        # Each news of the steps ends a watch; the next one has its own first heartbeat.
        return (
            ended if "watch_pipeline_execution  Started, attempt 1\n    last seen: Executing\n" in ended.out else None
        )

    assert "Phase      Running\n" in until(watched).out


def test_tells_the_trouble_of_an_activity_that_is_retried(commands: Commands) -> None:
    """A start that AWS keeps throttling: its last failure is told."""
    fault = commands.stack.standin.control(
        "POST", "/faults", {"operation": "StartPipelineExecution", "effect": "throttle", "pipeline": "nightly-scoring"}
    )
    try:
        # Long: calls are still slowed down when the start is let through, and the stop must come before the end.
        run = commands.start("nightly-scoring", "-p", "ScoringDate=2026-02-01", "-p", "ScoringSeconds=100000")

        def trouble() -> str | None:
            pending = commands("status", run, "--json").document["pending_activities"]
            failure: str | None = pending[0]["last_failure"] if pending else None
            return failure

        assert "Throttling" in until(trouble)
        assert commands("cancel", run).code == 0
    finally:
        commands.stack.standin.control("DELETE", f"/faults/{fault['id']}")
    assert commands("cancel", run, "--wait").code == 4


def test_lists_the_latest_runs_with_filters(commands: Commands) -> None:
    """Without RUN a list from visibility, filtered by status and pipeline, newest first."""
    failed = commands("run", "quick-check", "-p", "FailureReason=on purpose", "-p", "Seconds=1", "--json")
    run = failed.document["workflow_id"]
    options = ("--status", "failed", "--pipeline", "quick-check")
    listed = until(lambda: [r for r in commands("status", *options, "--json").document if r["workflow_id"] == run])
    assert listed[0]["run_id"] == failed.document["run"]["run_id"]
    table = commands("status", *options, "--limit", "1").out.splitlines()
    assert len(table) == 2
    assert table[0].split()[:3] == ["RUN", "PIPELINE/JOB", "STATUS"]
    assert commands("status", "--pipeline", "it's not there").out == "No runs.\n"


@pytest.mark.parametrize("arguments", [["status", "no-such-run"], ["cancel", "no-such-run"]])
def test_tells_that_there_is_no_such_run(commands: Commands, arguments: list[str]) -> None:
    """An unknown run is wrong use: exit 2."""
    ended = commands(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "There is no run 'no-such-run'" in ended.err


def test_goes_on_without_a_worker(commands: Commands, tmp_path: Path) -> None:
    """Nobody polls this task queue: both commands say so, tell what there is, and go on once a worker comes."""
    run, errors, queue = unique("quick-check"), tmp_path / "stderr", unique("queue")
    arguments = ("run", "quick-check", "--workflow-id", run, "--task-queue", queue)
    with errors.open("wb") as stderr, commands.background(*arguments, errors=stderr) as waiting:
        until(lambda: b"started" in errors.read_bytes())
        looked = commands("status", run)
        assert looked.code == 0
        assert "No worker answers" in looked.out
        assert "Workflow  Running\n" in looked.out
        until(lambda: b"No worker answers" in errors.read_bytes())
        with commands.worker(tmp_path / "worker.log", queue):
            assert waiting.wait(60) == 0
    assert "A worker answers again." in errors.read_text()
    assert "Run closed as Success" in errors.read_text()
