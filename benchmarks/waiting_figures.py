"""The arithmetic of `benchmarks.waiting`: what was counted, as figures per run, poll and minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks.figures import Bar, Baseline, Figure
from benchmarks.fleet import HistorySize
from benchmarks.quantiles import median, quantile
from benchmarks.usage import KIB, MIB

BAR_HISTORY_EVENTS: Final = Bar(30)
BAR_CALLS: Final = Bar(0.25)
BAR_WORKER_MS: Final = Bar(1)
BAR_RSS_KIB: Final = Bar(60)
BAR_DETECTION_INTERVALS: Final = 1.5
BAR_STOP_SECONDS: Final = Bar(1)

# The bars were set for these sizes: fewer runs share the worker's fixed cost and all have a place in its cache of
# workflows, a shorter interval asks for more.
RUNS_OF_THE_CALLS_BAR: Final = 100
RUNS_OF_THE_CPU_BAR: Final = 1_000
RUNS_OF_THE_MEMORY_BAR: Final = 10_000
INTERVAL_OF_THE_BARS: Final = 5.0


@dataclass(frozen=True)
class Steady:
    """What a time cost in which nothing happened to the open runs.

    Attributes:
        calls: AWS calls by operation.
        rss_bytes: Of all workers at the end, `idle_rss_bytes` before there was an open run.
        histories: By how much the histories of a sample of runs grew.
    """

    runs: int
    interval: float
    minutes: float
    calls: Mapping[str, int]
    worker_cpu_seconds: float
    server_cpu_seconds: float
    rss_bytes: int
    idle_rss_bytes: int
    histories: Sequence[HistorySize]

    def per_run_minute(self, total: float) -> float:
        """Divide a total by runs and minutes."""
        return total / (self.runs * self.minutes)

    @property
    def calls_per_run_minute(self) -> float:
        """AWS calls for one run in one minute."""
        return self.per_run_minute(sum(self.calls.values()))

    @property
    def calls_per_interval(self) -> float:
        """AWS calls for all runs in one poll interval."""
        return self.calls_per_run_minute * self.runs * self.interval / 60

    @property
    def polls_per_run(self) -> float:
        """How often a poll of each run was due."""
        return self.minutes * 60 / self.interval


@dataclass(frozen=True)
class Latencies:
    """How soon something was seen; all in seconds.

    Attributes:
        ended: How many executions were ended, `completed` how many of their runs completed.
        closed_histories: Of the runs whose execution ended.
    """

    ended: int
    completed: int
    detection_seconds: Sequence[float]
    closed_histories: Sequence[HistorySize]
    stop_seconds: Sequence[float] = field(default_factory=list)


@dataclass(frozen=True)
class Waited:
    """All that one measurement found."""

    runs: int
    pipelines: int
    interval: float
    starts_per_second: float
    steady: Steady
    latencies: Latencies


def figures_of(waited: Waited) -> list[Figure]:
    """Compute the figures of one measurement."""
    return [*_history(waited), *_calls(waited), *_costs(waited), *_latencies(waited)]


def figures_of_workers(steady: Mapping[int, Steady]) -> list[Figure]:
    """Compare numbers of workers: the calls for all runs in one interval."""
    alone = Baseline("one worker", steady[1].calls_per_interval) if 1 in steady else None
    return [
        Figure(f"AWS calls per interval, {count} worker(s)", found.calls_per_interval, "calls", baseline=alone)
        for count, found in steady.items()
    ]


def _history(waited: Waited) -> list[Figure]:
    closed, grown = waited.latencies.closed_histories, waited.steady.histories
    polls = max(1.0, waited.steady.polls_per_run * len(grown))
    events, size_bytes = [size.events for size in closed], [size.size_bytes for size in closed]
    return [
        Figure("history of a closed run, longest", max(events, default=None), "events", BAR_HISTORY_EVENTS),
        Figure("history of a closed run, median", median(size_bytes), "bytes"),
        Figure("history per poll", sum(size.events for size in grown) / polls, "events"),
        Figure("history per poll", sum(size.size_bytes for size in grown) / polls, "bytes"),
    ]


def _calls(waited: Waited) -> list[Figure]:
    steady = waited.steady
    each = Baseline("a describe each", 60 / steady.interval)
    has_bar = waited.runs >= RUNS_OF_THE_CALLS_BAR * waited.pipelines and waited.interval >= INTERVAL_OF_THE_BARS
    bar = BAR_CALLS if has_bar else None
    return [
        Figure("AWS calls per run-minute", steady.calls_per_run_minute, "calls", bar, each),
        *(
            Figure(f"  {operation}", steady.per_run_minute(count), "calls")
            for operation, count in sorted(steady.calls.items())
        ),
    ]


def _costs(waited: Waited) -> list[Figure]:
    steady = waited.steady
    has_cpu_bar = waited.runs >= RUNS_OF_THE_CPU_BAR and waited.interval >= INTERVAL_OF_THE_BARS
    has_memory_bar = waited.runs >= RUNS_OF_THE_MEMORY_BAR
    worker_ms = steady.per_run_minute(steady.worker_cpu_seconds) * 1000
    rss_kib = (steady.rss_bytes - steady.idle_rss_bytes) / waited.runs / KIB
    return [
        Figure("worker CPU per run-minute", worker_ms, "ms", BAR_WORKER_MS if has_cpu_bar else None),
        Figure("server CPU per run-minute", steady.per_run_minute(steady.server_cpu_seconds) * 1000, "ms"),
        Figure("worker memory per open run", rss_kib, "KiB", BAR_RSS_KIB if has_memory_bar else None),
        Figure("worker memory in all", steady.rss_bytes / MIB, "MiB"),
        Figure("starts", waited.starts_per_second, "runs/s"),
    ]


def _latencies(waited: Waited) -> list[Figure]:
    found, interval = waited.latencies, Baseline("the interval", waited.interval)
    detection_bars = {0.99: Bar(BAR_DETECTION_INTERVALS * waited.interval)}
    stop_bars = {0.99: BAR_STOP_SECONDS}
    return [
        *(
            Figure(
                f"end → run closed, p{share * 100:.0f}", quantile(found.detection_seconds, share), "s", bar, interval
            )
            for share in (0.5, 0.95, 0.99)
            for bar in [detection_bars.get(share)]
        ),
        *(
            Figure(f"signal → stop accepted, p{share * 100:.0f}", quantile(found.stop_seconds, share), "s", bar)
            for share in (0.5, 0.99)
            for bar in [stop_bars.get(share)]
            if found.stop_seconds
        ),
        Figure("runs completed after their execution's end", found.completed, "runs", Bar(found.ended, at_least=True)),
    ]
