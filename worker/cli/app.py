"""The command `polysync-sagemaker`."""

import sys
from typing import Final, NoReturn

import typer

from worker.cli.commands.cancel import cancel
from worker.cli.commands.demo import demo
from worker.cli.commands.local import local
from worker.cli.commands.run import run
from worker.cli.commands.schema import schema
from worker.cli.commands.status import status
from worker.cli.commands.worker import worker
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.screen import progress
from worker.connection import CannotConnectError

app: Final = typer.Typer(
    name="polysync-sagemaker",
    help="Run Amazon SageMaker Pipelines durably: one Temporal workflow is one pipeline run.",
    epilog="Try it without AWS: 'polysync-sagemaker demo'.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (run, status, cancel, worker, local, demo, schema):
    app.command()(command)


def main() -> None:
    """Run the command; what a person can mend is told in a sentence."""
    try:
        app()
    except CommandError as error:
        _end(str(error), error.code)
    except CannotConnectError as error:
        _end(str(error), ExitCode.CANNOT_CONNECT)
    except KeyboardInterrupt:
        _end("", ExitCode.INTERRUPTED)


def _end(text: str, code: ExitCode) -> NoReturn:
    if text:
        progress.print(text if code is ExitCode.INTERRUPTED else f"Error: {text}")
    sys.exit(code)
