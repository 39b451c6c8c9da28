"""Short runs from start to close beside the least that Temporal itself costs: runs a second, worker CPU per run."""

import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from temporalio.client import Client

from benchmarks.command import OutputOption, announce, run_benchmark, run_command
from benchmarks.figures import Bar, Baseline, Figure
from benchmarks.floor.process import FloorProcess
from benchmarks.floor.workflows import EMPTY, SAME_CALLS, TASK_QUEUE, TWO_ACTIVITIES
from benchmarks.installation import Installation, used_by
from benchmarks.machine import Moment
from benchmarks.pacing import at_most
from benchmarks.quantiles import median
from benchmarks.report import Report
from benchmarks.standin import sagemaker_client
from benchmarks.usage import cpu_by_part, usage
from contract.names import DEFAULT_TASK_QUEUE, WorkflowType
from worker.local.process import Process

FLOOR: Final = "two activities, same calls"
OURS: Final = "pipeline run"
BAR_BESIDE_THE_FLOOR: Final = 1.5

# The execution ends after the start has polled it and before its watch does, so that a run is the shortest whole
# one: a start that sees it Executing, one poll of a watch that sees it Succeeded.
EXECUTION_SECONDS: Final = 0.2
POLL_INTERVAL_SECONDS: Final = 1.0
_SIMULATED_SECONDS: Final = 1
_SAMPLED_CALLS: Final = 200


@dataclass(frozen=True)
class Options:
    """What is measured."""

    runs: int = 300
    rounds: int = 5
    concurrent: int = 50


@dataclass(frozen=True)
class Kind:
    """One of the things that are compared.

    Attributes:
        worker: The process that does the work.
        given: The workflow's input.
    """

    name: str
    workflow: str
    task_queue: str
    worker: Process
    given: Mapping[str, object]


@dataclass(frozen=True)
class Round:
    """What one round of one kind took, per run; `parts` has the worker's CPU seconds by what its threads are for."""

    seconds: float
    worker_cpu_seconds: float
    server_cpu_seconds: float
    calls: Mapping[str, float]
    parts: Mapping[str, float]


def main(
    *,
    runs: Annotated[int, typer.Option(min=1, help="Runs in a round.")] = 300,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of each kind, in turns; their medians are reported.")] = 5,
    concurrent: Annotated[int, typer.Option(min=1, help="Runs under way at once.")] = 50,
    output: OutputOption = None,
) -> None:
    """Measure short runs from start to close beside an empty workflow and ones with two activities.

    One has activities that do nothing, the other's make the same calls by boto3 alone. All four on one server in turns;
    the other three in a worker process of their own with the same options, sandbox and data converter. Each of our runs
    starts an execution that ends 0.2 s later, and sees it end in a watch.

    **Examples**

    - `python -m benchmarks.throughput`: five minutes on two cores

    - `python -m benchmarks.throughput --runs 60 --rounds 2`: the short form
    """
    run_benchmark(measure(Options(runs=runs, rounds=rounds, concurrent=concurrent)), output)


async def measure(options: Options) -> Report:
    """Measure in a new installation."""
    began = Moment()
    settings = {"poll_interval": POLL_INTERVAL_SECONDS}
    scale = _SIMULATED_SECONDS / EXECUTION_SECONDS
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-") as folder,
        Installation(Path(folder), settings=settings, clock_scale=scale) as installation,
    ):
        installation.start()
        client = await installation.connect()
        [pipeline] = installation.create_pipelines(1)
        floor = FloorProcess(Path(folder) / "floor.log", installation.worker_environment)
        try:
            floor.start()
            found = await in_turns(installation, client, kinds(installation, floor, pipeline), options)
            call_ms = cpu_ms_of_a_call(installation, pipeline)
        finally:
            floor.kill()
    return Report(
        name="throughput",
        options=asdict(options),
        figures=figures_of(found, call_ms),
        began=began,
        notes=["A pipeline run's seconds include its execution's 0.2 s and the wait for the next poll."],
    )


def kinds(installation: Installation, floor: FloorProcess, pipeline: str) -> list[Kind]:
    """What is compared, the cheapest first."""
    [worker] = installation.workers
    ours = {"pipeline_name": pipeline, "parameters": {"Seconds": _SIMULATED_SECONDS}}
    same = {"pipeline_name": pipeline, "Seconds": str(_SIMULATED_SECONDS)}
    return [
        Kind("empty workflow", EMPTY, TASK_QUEUE, floor, {"some": "input"}),
        Kind("two activities", TWO_ACTIVITIES, TASK_QUEUE, floor, {"some": "input"}),
        Kind(FLOOR, SAME_CALLS, TASK_QUEUE, floor, same),
        Kind(OURS, WorkflowType.PIPELINE_RUN, DEFAULT_TASK_QUEUE, worker, ours),
    ]


async def in_turns(
    installation: Installation, client: Client, compared: Sequence[Kind], options: Options
) -> dict[str, list[Round]]:
    """Measure rounds of each kind in turns, so that a busy moment of the machine falls on all of them."""
    for kind in compared:
        await run_all(client, kind, options.concurrent, options.concurrent)
    found: defaultdict[str, list[Round]] = defaultdict(list)
    for number in range(1, options.rounds + 1):
        for kind in compared:
            measured = await one_round(installation, client, kind, options)
            found[kind.name].append(measured)
            announce(f"round {number} of {options.rounds}: {kind.name}, {1 / measured.seconds:.1f} a second")
    return found


async def one_round(installation: Installation, client: Client, kind: Kind, options: Options) -> Round:
    """Measure one round of one kind."""
    pid = kind.worker.pid or 0
    calls, parts = Counter(installation.calls()), cpu_by_part(pid)
    worker, server = usage(pid), used_by([installation.temporal])
    seconds = await run_all(client, kind, options.runs, options.concurrent)
    worker_after, server_after = usage(pid), used_by([installation.temporal])
    parts_after = cpu_by_part(pid)
    calls_after = Counter(installation.calls())
    return Round(
        seconds=seconds / options.runs,
        worker_cpu_seconds=(worker_after.cpu_seconds - worker.cpu_seconds) / options.runs,
        server_cpu_seconds=(server_after.cpu_seconds - server.cpu_seconds) / options.runs,
        calls={name: count / options.runs for name, count in sorted((calls_after - calls).items())},
        parts={name: (spent - parts[name]) / options.runs for name, spent in parts_after.items()},
    )


async def run_all(client: Client, kind: Kind, runs: int, concurrent: int) -> float:
    """Run workflows from start to result; the seconds that it took."""

    async def run(workflow_id: str) -> None:
        await client.execute_workflow(kind.workflow, kind.given, id=workflow_id, task_queue=kind.task_queue)

    began = time.monotonic()
    await at_most(concurrent, run, [f"throughput-{uuid.uuid4().hex}" for _ in range(runs)])
    return time.monotonic() - began


def cpu_ms_of_a_call(installation: Installation, pipeline: str) -> float:
    """Measure what a call to AWS costs in boto3 alone, in this process: it explains a part of a run's cost."""
    client = sagemaker_client(installation.standin)
    client.describe_pipeline(PipelineName=pipeline)
    began = time.thread_time()
    for _ in range(_SAMPLED_CALLS):
        client.describe_pipeline(PipelineName=pipeline)
    spent = time.thread_time() - began
    client.close()
    return spent / _SAMPLED_CALLS * 1000


def figures_of(found: Mapping[str, Sequence[Round]], call_ms: float) -> list[Figure]:
    """Compute the figures: medians over the rounds, and the other kinds beside the two activities."""
    cpu = {kind: _median_ms([each.worker_cpu_seconds for each in rounds]) for kind, rounds in found.items()}
    server = {kind: _median_ms([each.server_cpu_seconds for each in rounds]) for kind, rounds in found.items()}
    speed = {kind: 1 / (median([each.seconds for each in rounds]) or 1) for kind, rounds in found.items()}
    bars = {OURS: Bar(BAR_BESIDE_THE_FLOOR * cpu[FLOOR])}
    ours, floor = found[OURS], found[FLOOR]
    return [
        *(Figure(f"worker CPU, {kind}", ms, "ms/run", bars.get(kind), _beside(kind, cpu)) for kind, ms in cpu.items()),
        *(
            Figure(
                f"  in its {part}",
                _median_ms([each.parts[part] for each in ours]),
                "ms/run",
                baseline=Baseline(FLOOR, _median_ms([each.parts[part] for each in floor])),
            )
            for part in ours[0].parts
        ),
        Figure("  one AWS call in boto3 alone", call_ms, "ms"),
        *(Figure(f"server CPU, {kind}", ms, "ms/run", None, _beside(kind, server)) for kind, ms in server.items()),
        *(Figure(f"speed, {kind}", each, "runs/s", None, _beside(kind, speed)) for kind, each in speed.items()),
        *(
            Figure(
                f"  AWS calls of a run, {name}",
                median([each.calls.get(name, 0.0) for each in ours]),
                "calls",
                baseline=Baseline(FLOOR, median([each.calls.get(name, 0.0) for each in floor]) or 0.0),
            )
            for name in sorted(ours[0].calls)
        ),
    ]


def _beside(kind: str, values: Mapping[str, float]) -> Baseline | None:
    return None if kind == FLOOR else Baseline(FLOOR, values[FLOOR])


def _median_ms(seconds: Sequence[float]) -> float:
    return (median(seconds) or 0.0) * 1000


if __name__ == "__main__":
    run_command(main)
