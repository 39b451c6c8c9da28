"""Each benchmark once at its smallest, on real processes: that it measures what it says, never how fast that was."""

from benchmarks import polling, polling_once, recovery, storm, throughput, waiting, waiting_once
from benchmarks.report import Report
from tests.long import only_when_long

pytestmark = only_when_long


def values(report: Report) -> dict[str, float | None]:
    """The figures by name and unit."""
    return {f"{figure.name.strip()} [{figure.unit}]": figure.value for figure in report.figures}


async def test_waiting() -> None:
    """Runs are left alone, some are stopped, the others end, and their figures are those of these runs."""
    options = waiting_once.Options(
        runs=6, pipelines=2, interval=1.0, minutes=0.05, ended=3, ends_per_second=10, stopped=2, stops_per_second=10
    )
    report = await waiting.measure(options, [1])
    found = values(report)
    assert report.name == "waiting-6"
    assert found["runs completed after their execution's end [runs]"] == 3
    assert found["history per poll [events]"] == 0
    assert 10 < (found["history of a closed run, longest [events]"] or 0) <= 30
    for name in (
        "AWS calls per run-minute [calls]",
        "worker memory in all [MiB]",
        "end → run closed, p99 [s]",
        "signal → stop accepted, p99 [s]",
    ):
        assert (found[name] or 0) > 0, name


async def test_throughput() -> None:
    """All kinds run, the floor makes the same calls, and a pipeline run is the shortest whole one."""
    report = await throughput.measure(throughput.Options(runs=6, rounds=1, concurrent=3))
    found = values(report)
    assert found["AWS calls of a run, StartPipelineExecution [calls]"] == 1
    assert {
        figure.baseline.value
        for figure in report.figures
        if figure.baseline and figure.name.endswith(("StartPipelineExecution", "ListPipelineExecutionSteps"))
    } == {1}
    for kind in ("empty workflow", "two activities", throughput.FLOOR, "pipeline run"):
        assert (found[f"speed, {kind} [runs/s]"] or 0) > 0
        assert (found[f"server CPU, {kind} [ms/run]"] or 0) > 0


async def test_recovery() -> None:
    """After SIGTERM and after SIGKILL each run is followed again, and has one execution."""
    report = await recovery.measure(recovery.Options(runs=4, interval=1.0, heartbeat_timeouts=(2,)))
    found = values(report)
    condition = "heartbeat timeout 2 s"
    assert found[f"executions per run, {condition} [executions]"] == 1
    assert found[f"runs completed, {condition} [runs]"] == 4
    for how in ("SIGTERM", "SIGKILL"):
        assert (found[f"followed again after {how}, last run, {condition} [s]"] or 0) > 0


async def test_storm() -> None:
    """Nothing fails while AWS refuses most calls, and everything ends afterwards."""
    report = await storm.measure(storm.Options(runs=4, pipelines=4, interval=1.0, minutes=0.05))
    found = values(report)
    assert (found["failed runs [runs]"], found["runs completed after their execution's end [runs]"]) == (0, 4)
    assert (found["calls before the storm [calls/s]"] or 0) > 0


async def test_polling(aws_keys: None) -> None:  # noqa: ARG001 — the calls are signed
    """Ends and stops are those of the executions that were polled by lists."""
    report = await polling.measure(polling_once.Options(executions=12, interval=1.0, seconds=3, ended=4, stopped=2))
    found = values(report)
    assert found["executions whose end was found [executions]"] == 4
    for name in ("a list, all of its pages, p50 [s]", "end → news, p99 [s]", "stop begun → accepted, p99 [s]"):
        assert (found[name] or 0) > 0, name
