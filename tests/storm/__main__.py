"""Hundreds of runs while everything breaks: workers and servers are killed, SageMaker throttles, loses and refuses.

Everything runs on this machine: Temporal on its database, the SageMaker stand-in on its journal, two workers. At the
end, each run must have exactly one execution (none if it was cancelled before its start, or refused for good), and each
run of a job one job for each attempt that began; it must tell its true end, and leave nothing running. Exits with 0 if
all of that holds, else with 1 and what to look at.

  python -m tests.storm                                       a minute or so
  python -m tests.storm --runs 500 --jobs 200 --minutes 20    the long form
  python -m tests.storm --seed 7 --plan                       what seed 7 means, without doing it
"""

import argparse
import asyncio
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from tests.storm.job_storm import JobStorm
from tests.storm.jobs import PlannedJobRun, job_blows, planned_job_runs
from tests.storm.schedule import WORKERS, Schedule, schedule
from tests.storm.screen import plan_lines, what_became_of
from tests.storm.storm import Storm
from tests.storm.weather import Weather
from worker.cli.interrupts import interrupt_on_sigterm
from worker.cli.screen import results
from worker.local.stack import SHORT_INTERVALS, Stack
from worker.local.worker_process import WorkerProcess, embedded_environment

CLOCK_SCALE: Final = 60.0
PROGRESS_SECONDS: Final = 10.0
MAX_SHOWN: Final = 20

# A lost task (temporalio/temporal#9203) is found by its heartbeat timeout.
SETTINGS: Final = {**SHORT_INTERVALS, "poll_interval": 1, "heartbeat_timeout": 3.0}


def main() -> int:
    """Let a storm happen; the exit code."""
    options = _options()
    planned = schedule(options.seed, options.runs, options.minutes * 60)
    job_runs = planned_job_runs(options.seed, options.jobs, planned.seconds)
    if job_runs:
        blows = [*planned.blows, *job_blows(options.seed, planned.seconds)]
        planned = replace(planned, blows=tuple(sorted(blows, key=lambda blow: blow.at)))
    if options.plan:
        results.print("\n".join(plan_lines(planned)), soft_wrap=True)
        return 0
    interrupt_on_sigterm()
    # That the server is gone now and then is no news.
    errors_only = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=errors_only)))
    folder = Path(tempfile.mkdtemp(prefix="polysync-sagemaker-storm-"))
    what = f"{options.runs} runs and {options.jobs} job runs, {len(planned.blows)} blows"
    results.print(f"Seed {planned.seed}: {what} in {planned.seconds:.0f} s")
    with Stack(folder, keep_data=True, clock_scale=CLOCK_SCALE) as stack:
        storm, job_storm, found = asyncio.run(_happen(planned, job_runs, stack))
    results.print()
    results.print(what_became_of(storm.outcomes))
    results.print(job_storm.in_words)
    results.print()
    for violation in found[:MAX_SHOWN]:
        results.print(f"NOT as it must be: {violation}", style="red")
    if found:
        results.print(f"{len(found)} violations. Seed {planned.seed}; logs, database and journal: {folder}")
        return 1
    shutil.rmtree(folder)
    results.print(
        "One execution for each run that was to start, each end is the true one, nothing left.", style="green"
    )
    return 0


async def _happen(
    planned: Schedule, job_runs: Sequence[PlannedJobRun], stack: Stack
) -> tuple[Storm, JobStorm, list[str]]:
    beginning = time.monotonic()

    def say(text: str) -> None:
        results.print(f"{time.monotonic() - beginning:6.1f} s  {text}", soft_wrap=True)

    workers = [_worker(stack, number) for number in range(WORKERS)]
    try:
        stack.start(with_worker=False)
        for worker in workers:
            worker.start()
        client = await stack.connect()
        storm, job_storm = Storm(planned, stack, client), JobStorm(job_runs, client, stack.standin.endpoint_url)
        storm.prepare()
        job_storm.prepare()
        beginning = time.monotonic()
        progress = asyncio.create_task(_progress(storm, say))
        weather = Weather(stack, workers, say)
        raging = asyncio.create_task(weather.rage(planned))
        try:
            await asyncio.gather(storm.run(), job_storm.run(planned.seconds))
        except TimeoutError:
            say("It took too long; what has not ended is told below.")
        await raging
        progress.cancel()
        say("Everything has ended; looking closer")
        return storm, job_storm, [*await storm.look_closer(), *job_storm.look_closer()]
    finally:
        for worker in workers:
            worker.kill()


def _worker(stack: Stack, number: int) -> WorkerProcess:
    environment = embedded_environment(stack.temporal.address, stack.standin.endpoint_url, SETTINGS)
    log = stack.worker.log.with_name(f"worker-{number}.log")
    return WorkerProcess(log, environment, f"Worker {number}")


async def _progress(storm: Storm, say: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        told = ", ".join(f"{count} {what}" for what, count in storm.told.items() if what != "Open")
        say(f"{storm.asked_for} of {len(storm.outcomes)} runs asked for: {told or 'none has ended yet'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.storm", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=120, help="how many are asked for (120)")
    parser.add_argument("--jobs", type=int, default=20, help="how many job runs, of all kinds in turn (20)")
    parser.add_argument("--minutes", type=float, default=0.6, help="how long everything breaks (0.6)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="a random one if left out")  # noqa: S311
    parser.add_argument("--plan", action="store_true", help="print the schedule instead of letting it happen")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
