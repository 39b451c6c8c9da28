"""What was found about the systems: figures beside ours, and what each does in the cases, in words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from benchmarks.figures import Bar, Baseline, Figure
from benchmarks.peers.cases import Seen
from benchmarks.peers.costs import Costs
from benchmarks.quantiles import quantile
from benchmarks.report import TextTable

OURS: Final = "polysync-sagemaker"
AIRFLOW: Final = "Airflow"
SDK: Final = "SageMaker SDK"

NOTES: Final = tuple(
    " ".join(note.split())
    for note in (
        """All systems follow what was started beforehand, on the same stand-in, at the same interval, one
        system after the other. Calls are what the stand-in received, boto's own retries included.""",
        """CPU and memory are those of one process, read from /proc: our worker; the process in which all of Airflow's
        triggers run; the process with a waiting thread per run of the SDK.""",
        """Not counted: our Temporal server (reported separately); Airflow's scheduler, metadata database and the tasks
        before and after the trigger, which do not run here.""",
        """The peers have their own defaults, boto's retries and log levels included. Only the number of polls after
        which they give up is raised where it would end the measurement: in the steady state and in the burst.""",
        """Latency is from the stand-in's terminal moment to the workflow's close, to the trigger's event, to the return
        of wait().""",
    )
)


@dataclass
class Result:
    """What was found about one system.

    Attributes:
        version: Product and version; empty if it did not start.
        costs: None if they were not measured.
        cases: By the option's word.
        problem: Why something is missing; None if nothing is.
    """

    version: str = ""
    costs: Costs | None = None
    cases: dict[str, Seen] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True)
class _Row:
    """One cost; `bar` is how many times ours Airflow's shall be at least."""

    name: str
    unit: str
    of: Callable[[Costs], float | None]
    bar: float | None = None


_ROWS: Final = (
    _Row("AWS calls per run, hand-over to report", "calls", lambda found: found.calls_whole, bar=10),
    _Row("AWS calls per run-minute", "calls", lambda found: found.calls_per_minute, bar=10),
    _Row("CPU per run, hand-over to report", "ms", lambda found: found.cpu_ms_whole, bar=5),
    _Row("CPU per run-minute", "ms", lambda found: found.cpu_ms_per_minute, bar=5),
    _Row("memory per run", "KiB", lambda found: found.memory_kib, bar=5),
    _Row("memory of the idle process", "MiB", lambda found: found.idle_mib),
    _Row("CPU of the server per run-minute", "ms", lambda found: found.server_cpu_ms_per_minute),
    _Row("latency, p50", "s", lambda found: quantile(found.latency_seconds, 0.5)),
    _Row("latency, p95", "s", lambda found: quantile(found.latency_seconds, 0.95)),
    _Row("latency, p99", "s", lambda found: quantile(found.latency_seconds, 0.99)),
)


def figures_of(results: Mapping[str, Result], noun: str) -> list[Figure]:
    """Compare what following executions or jobs costs the systems: each beside ours, with the bars for Airflow's."""
    costs = {name: result.costs for name, result in results.items() if result.costs is not None}
    rows = (figure for row in _ROWS for figure in _compared(row, costs))
    reported = (
        Figure(f"{noun}s reported, {name}", sum(found.reports.values()), "runs") for name, found in costs.items()
    )
    return [*rows, *reported]


def behaviour_of(results: Mapping[str, Result], titles: Mapping[str, str]) -> TextTable | None:
    """Set out what each system did in the cases; None if none was tried.

    Args:
        results: By system.
        titles: Of the cases that were asked for, by the option's word.
    """
    tried = {name: result.cases for name, result in results.items() if result.cases}
    rows = [
        (title, *(seen[case].verdict if case in seen else "-" for seen in tried.values()))
        for case, title in titles.items()
    ]
    return TextTable("What each does", ("case", *tried), rows) if tried else None


def notes_of(results: Mapping[str, Result]) -> list[str]:
    """Return versions, what is missing and why, and what a reader must know."""
    about = ((name, ", ".join(filter(None, (result.version, result.problem)))) for name, result in results.items())
    return [*(f"{name}: {text}." for name, text in about if text), *NOTES]


def _compared(row: _Row, costs: Mapping[str, Costs]) -> Iterator[Figure]:
    ours = row.of(costs[OURS]) if OURS in costs else None
    for name, found in costs.items():
        value = row.of(found)
        if value is None:
            continue
        bar = None if row.bar is None or ours is None or name != AIRFLOW else Bar(row.bar * ours, at_least=True)
        beside = None if ours is None or name == OURS else Baseline("ours", ours)
        yield Figure(f"{row.name}, {name}", value, row.unit, bar, beside)
