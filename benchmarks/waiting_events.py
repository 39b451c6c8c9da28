"""The figures of `benchmarks.waiting --events`: the same runs without events and with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks.figures import Bar, Baseline, Figure
from benchmarks.quantiles import quantile
from benchmarks.waiting_figures import Waited

BAR_DETECTION_SECONDS: Final = Bar(2)
BAR_OF_TODAYS_CALLS: Final = 0.1
RUNS_OF_THE_CALLS_BAR: Final = 1_000
QUEUE_CALLS: Final = ("ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch")


@dataclass(frozen=True)
class Pair:
    """Two measurements of one number of workers."""

    polls: Waited
    events: Waited


def figures_of_events(found: Mapping[int, Pair]) -> list[Figure]:
    """Compute the figures, by number of workers."""
    return [figure for workers, pair in found.items() for figure in _figures(workers, pair)]


def _figures(workers: int, pair: Pair) -> list[Figure]:
    suffix = f"{workers} worker(s)"
    today = sagemaker_calls(pair.polls)
    has_bar = workers == 1 and pair.polls.runs >= RUNS_OF_THE_CALLS_BAR
    calls_bar = Bar(today * BAR_OF_TODAYS_CALLS) if has_bar else None
    return [
        *(
            Figure(
                f"end → run closed, p{share * 100:.0f}, {mode}, {suffix}",
                quantile(waited.latencies.detection_seconds, share),
                "s",
                BAR_DETECTION_SECONDS if share == 0.99 and mode == "events" else None,  # noqa: PLR2004 — the bar's
            )
            for share in (0.5, 0.99)
            for mode, waited in (("polls", pair.polls), ("events", pair.events))
        ),
        Figure(f"SageMaker calls per run-minute, polls, {suffix}", today, "calls"),
        Figure(
            f"SageMaker calls per run-minute, events, {suffix}",
            sagemaker_calls(pair.events),
            "calls",
            calls_bar,
            Baseline("polls", today),
        ),
        Figure(f"SQS calls per run-minute, events, {suffix}", queue_calls(pair.events), "calls"),
        *(
            Figure(f"worker CPU per run-minute, {mode}, {suffix}", _worker_ms(waited), "ms")
            for mode, waited in (("polls", pair.polls), ("events", pair.events))
        ),
        Figure(
            f"runs completed after their execution's end, events, {suffix}",
            pair.events.latencies.completed,
            "runs",
            Bar(pair.events.latencies.ended, at_least=True),
        ),
    ]


def sagemaker_calls(waited: Waited) -> float:
    """Calls of SageMaker for one run in one minute."""
    calls = sum(count for name, count in waited.steady.calls.items() if name not in QUEUE_CALLS)
    return waited.steady.per_run_minute(calls)


def queue_calls(waited: Waited) -> float:
    """Calls of SQS for one run in one minute."""
    return waited.steady.per_run_minute(sum(waited.steady.calls.get(name, 0) for name in QUEUE_CALLS))


def _worker_ms(waited: Waited) -> float:
    return waited.steady.per_run_minute(waited.steady.worker_cpu_seconds) * 1000
