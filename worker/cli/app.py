"""The command `polysync-sagemaker`."""

import os
import sys
from typing import Final, NoReturn

import typer

from worker.cli.commands.apply import apply
from worker.cli.commands.approvals import approvals
from worker.cli.commands.approve import approve
from worker.cli.commands.cancel import cancel
from worker.cli.commands.codec_server import codec_server
from worker.cli.commands.demo import demo
from worker.cli.commands.diff import diff
from worker.cli.commands.doctor import doctor
from worker.cli.commands.events_setup import events_setup
from worker.cli.commands.export import export
from worker.cli.commands.give_up import give_up
from worker.cli.commands.iam_policy import iam_policy
from worker.cli.commands.job import job
from worker.cli.commands.lint import lint
from worker.cli.commands.local import local
from worker.cli.commands.pipelines import pipelines
from worker.cli.commands.promote import promote
from worker.cli.commands.reject import reject
from worker.cli.commands.retry import retry
from worker.cli.commands.run import run
from worker.cli.commands.schedule import schedule
from worker.cli.commands.schema import schema
from worker.cli.commands.status import status
from worker.cli.commands.trust_policy import trust_policy
from worker.cli.commands.versions import versions
from worker.cli.commands.worker import worker
from worker.cli.option_groups import one_by_one
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.screen import progress
from worker.connection import CannotConnectError

app: Final = typer.Typer(
    name="polysync-sagemaker",
    help="Run Amazon SageMaker durably: one Temporal workflow is one run of a pipeline or of a job.",
    epilog="Try it without AWS: 'polysync-sagemaker demo'.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_COMMANDS: Final = (
    run,
    status,
    cancel,
    retry,
    give_up,
    approve,
    reject,
    approvals,
    worker,
    local,
    demo,
    schema,
    doctor,
    iam_policy,
    trust_policy,
    events_setup,
    codec_server,
)
for command in _COMMANDS:
    app.command()(one_by_one(command))
app.add_typer(job, name="job")
app.add_typer(pipelines, name="pipelines")
for deploying in (lint, diff, apply, versions, promote, export):
    pipelines.command()(one_by_one(deploying))
app.add_typer(schedule, name="schedule")


def main() -> NoReturn:
    """Run the command; an error that a person can correct is printed as a sentence."""
    try:
        app()
    except SystemExit as end:
        _leave(end.code if isinstance(end.code, int) else ExitCode.SUCCESS)
    except CommandError as error:
        _print(str(error) if error.code is ExitCode.INTERRUPTED else f"Error: {error}")
        _leave(error.code)
    except CannotConnectError as error:
        _print(f"Error: {error}")
        _leave(ExitCode.CANNOT_CONNECT)
    except KeyboardInterrupt:
        _leave(ExitCode.INTERRUPTED)
    _leave(ExitCode.SUCCESS)


def _print(text: str) -> None:
    if text:
        progress.print(text)


def _leave(code: int) -> NoReturn:
    """End at once, without Python's own clean-up.

    The threads of Temporal's client still call into Python while the interpreter takes itself apart, and crash it
    with SIGSEGV or SIGABRT now and then (seen with temporalio 1.35.0 on Python 3.11), which spoils the exit code.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
