"""The options for the end of a run: the outputs to find, and how to go on after a failure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import typer

from contract.retry import MAX_ATTEMPTS, OnFailure, RetryMode, RetryPolicy
from worker.cli.outcome import CommandError

_PANEL: Final = "Outputs and failures"


@dataclass(frozen=True)
class OutcomeOptions:
    """The outputs and the retries of a run."""

    output: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=EXPRESSION",
            help="What to hand on, in JMESPath: model=steps.Train.job.ModelArtifacts.S3ModelArtifacts, of a job run "
            "model=job.ModelArtifacts.S3ModelArtifacts. Repeat as needed.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    required_output: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=EXPRESSION", help="As --output; the run fails without it.", rich_help_panel=_PANEL),
    ] = None
    retries: Annotated[
        int | None,
        typer.Option(
            "--retry",
            metavar="N",
            min=1,
            max=MAX_ATTEMPTS - 1,
            help="Retry a failed execution or job at most N times.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    retry_delay: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", help="Before the first retry, then doubling; 60 by default.", rich_help_panel=_PANEL
        ),
    ] = None
    on_failure: Annotated[
        OnFailure | None,
        typer.Option(
            case_sensitive=False,
            help="wait keeps a failed run open for 'retry' or 'give-up'; fail (the default) ends it.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    retry_mode: RetryMode | None = field(init=False, default=None)

    def members(self) -> dict[str, dict[str, Any]]:
        """Return members of the input's fields `outputs` and `retry`.

        Raises:
            CommandError: An option is not valid, or has no effect without another one.
        """
        return {
            "outputs": outputs(self.output or (), self.required_output or ()),
            "retry": retry(self.retries, self.retry_mode, self.retry_delay),
        }


@dataclass(frozen=True)
class PipelineOutcomeOptions(OutcomeOptions):
    """The outputs and the retries of a pipeline's run, whose execution can be resumed."""

    retry_mode: Annotated[
        RetryMode | None,
        typer.Option(
            case_sensitive=False,
            help="resume (the default) keeps the steps that succeeded, restart starts a new execution.",
            rich_help_panel=_PANEL,
        ),
    ] = None


def outputs(optional: Iterable[str], required: Iterable[str]) -> dict[str, Any]:
    """Read `NAME=EXPRESSION` options as the input's `outputs`.

    Raises:
        CommandError: One has no name or no expression, or a name is given twice.
    """
    found: dict[str, Any] = {}
    for option, texts, is_required in (("--output", optional, False), ("--required-output", required, True)):
        for text in texts:
            name, _, expression = text.partition("=")
            if not name or not expression:
                raise CommandError(f"{option} '{text[:80]}' must be NAME=EXPRESSION, with a JMESPath expression.")
            if name in found:
                raise CommandError(f"The output {name} is given twice.")
            found[name] = {"expression": expression, "required": is_required}
    return found


def retry(retries: int | None, mode: RetryMode | None, delay: float | None) -> dict[str, Any]:
    """Read `--retry` and what belongs to it as members of the input's `retry`.

    Raises:
        CommandError: The others are given without `--retry`.
    """
    if retries is None:
        if mode is not None or delay is not None:
            raise CommandError("--retry-mode and --retry-delay say how to retry; give --retry N, too.")
        return {}
    members: dict[str, Any] = {"max_attempts": retries + 1}
    if mode is not None:
        members["mode"] = mode
    if delay is not None:
        longest: float = RetryPolicy.model_fields["max_delay"].default
        members |= {"initial_delay": delay, "max_delay": max(delay, longest)}
    return members
