import tempfile
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.live import Live

from worker.cli.connection import in_event_loop
from worker.cli.interrupts import interrupt_on_sigterm
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.screen import results
from worker.local.demonstration.runs import DemoRun, demo_runs
from worker.local.demonstration.screen import links, outcomes, proof, runs_in_progress, wake_ups, what_became_of
from worker.local.demonstration.story import Story
from worker.local.process import ProcessFailedError
from worker.local.stack import Stack
from worker.local.temporal_server import DEFAULT_PORT, DEFAULT_UI_PORT

CLOCK_SCALE: Final = 40.0
# Polls often enough for an audience, and notices the killed worker within two seconds.
# Ends are known by events; polls alone would find them up to five seconds late.
_SETTINGS: Final = {"poll_interval": 5.0, "heartbeat_timeout": 2.0}


def demo(
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the stack running until Ctrl-C, for the Web UI.")] = False,
) -> None:
    """Show seven runs on an embedded stack: success, failure, cancel, resumption, lost worker, a job, and a schedule.

    Needs no AWS account: Temporal, its Web UI, a SageMaker stand-in and a worker run on this machine, on free ports,
    for about half a minute. The run of the schedule waits for an answer, which the demo gives. Exits with 0
    only if everything came out as expected, and leaves nothing running.

    **Example**

    - `polysync-sagemaker demo --keep`
    """
    interrupt_on_sigterm()
    runs = demo_runs()
    with tempfile.TemporaryDirectory(prefix="polysync-sagemaker-demo-") as folder:
        try:
            with Stack(
                Path(folder),
                clock_scale=CLOCK_SCALE,
                port=DEFAULT_PORT,
                ui_port=DEFAULT_UI_PORT,
                settings=_SETTINGS,
                events=True,
            ) as stack:
                _play(stack, runs)
                _print_end(stack, runs, keep=keep)
                if keep:
                    _until_interrupted(stack)
        except ProcessFailedError as error:
            raise CommandError(str(error), ExitCode.RUN_FAILED) from None
    if any(run.problems() for run in runs):
        raise typer.Exit(ExitCode.RUN_FAILED)


def _play(stack: Stack, runs: list[DemoRun]) -> None:
    started = time.monotonic()

    def say(text: str) -> None:
        results.print(f"{time.monotonic() - started:5.1f} s  {text}")

    async def happen() -> None:
        await Story(stack, await stack.connect(), say).happen(runs)

    stack.start(on_ready=lambda process: say(f"{process.name} is ready (process {process.pid})"))
    say(f"Web UI: {stack.temporal.ui_url}; a second here is {CLOCK_SCALE:g} seconds of SageMaker")
    view: AbstractContextManager[Any] = nullcontext()
    if results.is_terminal:
        view = Live(console=results, get_renderable=lambda: runs_in_progress(runs), transient=True)
    with view:
        try:
            in_event_loop(happen())
        except TimeoutError:
            say("It took too long. The end of the worker's log follows.")
            raise stack.worker.failed("did not finish the runs") from None


def _print_end(stack: Stack, runs: list[DemoRun], *, keep: bool) -> None:
    results.print()
    results.print(what_became_of(runs))
    results.print()
    for line in outcomes(runs):
        results.print(line)
    results.print(proof(runs, stack))
    results.print(wake_ups(stack))
    for run in runs:
        for problem in run.problems():
            results.print(f"NOT as expected: {run.workflow_id}: {problem}", style="red")
    if not any(run.problems() for run in runs):
        results.print("Everything came out as expected.", style="green")
    results.print("\nWeb UI" + ("" if keep else " (gone when the demo ends; 'demo --keep' leaves it up)"))
    for link in links(runs, stack):
        results.print(f"  {link}", soft_wrap=True)


def _until_interrupted(stack: Stack) -> None:
    results.print("\nCtrl-C stops everything.")
    try:
        while True:
            stack.check()
            time.sleep(0.2)
    except KeyboardInterrupt:
        results.print("Stopping")
