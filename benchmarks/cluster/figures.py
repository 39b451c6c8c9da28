"""The figures of the cluster beside those of the development server."""

from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.cluster.phases import Measured
from benchmarks.figures import Bar, Baseline, Figure
from benchmarks.quantiles import median, quantile

BESIDE: Final = "the development server"
_MS: Final = 1000.0
_TOP: Final = 0.99


def figures_of(runs: int, development: Measured, cluster: Measured) -> list[Figure]:
    """Compute the figures for one number of runs."""
    return [
        *_pair("starts", "runs/s", runs / development.start_seconds, runs / cluster.start_seconds),
        *_latencies("end → run closed", development.end_to_closed, cluster.end_to_closed),
        *_latencies(
            "end → run closed, processes killed", development.end_to_closed_killed, cluster.end_to_closed_killed
        ),
        *_pair("server CPU per start", "ms", *(_server(each.start_cpu) / runs for each in (development, cluster))),
        *_parts("  of it", {part: value / runs for part, value in cluster.start_cpu.items()}, "ms"),
        *_pair(
            "worker CPU per start", "ms", *(each.start_cpu["workers"] * _MS / runs for each in (development, cluster))
        ),
        *_pair(
            "server CPU per run-minute",
            "ms",
            *(_server(each.wait_cpu) / _run_minutes(each, runs) for each in (development, cluster)),
        ),
        *_parts(
            "  of it", {part: value / _run_minutes(cluster, runs) for part, value in cluster.wait_cpu.items()}, "ms"
        ),
        *_pair(
            "worker CPU per run-minute",
            "ms",
            *(each.wait_cpu["workers"] * _MS / _run_minutes(each, runs) for each in (development, cluster)),
        ),
        *_pair("history of a closed run, median", "events", median(development.events), median(cluster.events)),
        *_pair("history of a closed run, longest", "events", max(development.events), max(cluster.events)),
        *_pair(
            "history of a closed run, median", "bytes", median(development.history_bytes), median(cluster.history_bytes)
        ),
        *_invariants("development server", runs, development),
        *_invariants("cluster", runs, cluster),
    ]


def _pair(name: str, unit: str, development: float | None, cluster: float | None) -> list[Figure]:
    baseline = None if development is None else Baseline(BESIDE, development)
    return [
        Figure(f"{name}, development server", development, unit),
        Figure(f"{name}, cluster", cluster, unit, baseline=baseline),
    ]


def _latencies(name: str, development: Sequence[float], cluster: Sequence[float]) -> list[Figure]:
    return [
        *_pair(f"{name}, p50", "s", median(development), median(cluster)),
        *_pair(f"{name}, p99", "s", quantile(development, _TOP), quantile(cluster, _TOP)),
    ]


def _parts(name: str, seconds: Mapping[str, float], unit: str) -> list[Figure]:
    return [Figure(f"{name} {part}", value * _MS, unit) for part, value in seconds.items() if part != "workers"]


def _server(cpu: Mapping[str, float]) -> float:
    return sum(seconds for part, seconds in cpu.items() if part != "workers") * _MS


def _run_minutes(measured: Measured, runs: int) -> float:
    return runs * measured.wait_seconds / 60


def _invariants(name: str, runs: int, measured: Measured) -> list[Figure]:
    return [
        Figure(f"executions, {name}", measured.executions, "executions", Bar(runs)),
        Figure(f"runs closed as their execution ended, {name}", measured.true_ends, "runs", Bar(runs, at_least=True)),
        Figure(f"runs whose workflow tasks fail, {name}", measured.stuck, "runs", Bar(0)),
    ]
