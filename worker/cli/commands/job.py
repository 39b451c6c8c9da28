from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer

from contract.job_kinds import JobKind
from contract.job_run import NameMode
from worker.cli.deployment_input import read_tags
from worker.cli.option_groups import one_by_one
from worker.cli.outcome import CommandError
from worker.cli.outcome_options import OutcomeOptions
from worker.cli.run_options import INPUT_PANEL, RunOptions
from worker.cli.running import Running
from worker.cli.screen import print_json, progress

_ANY: Final = "any"


@dataclass(frozen=True)
class JobOptions:
    """The fields that only the input of a job's run has."""

    name_mode: Annotated[
        NameMode | None,
        typer.Option(
            case_sensitive=False,
            help="unique (the default) appends 13 characters to the request's name, others for each attempt; exact "
            "sends it as it is, and there is no second job.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="A tag of the job. Repeat as needed.", rich_help_panel=INPUT_PANEL),
    ] = None
    attempt_timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Of each attempt (a Task state's TimeoutSeconds): its job is stopped, and a retry may follow.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None
    accept_stopped: Annotated[
        list[str] | None,
        typer.Option(
            metavar="any|STATUS",
            help="A job that others stopped is a success: always, or with a SecondaryStatus such as "
            "MaxRuntimeExceeded. Repeat as needed.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None
    job_arn: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Follow this job instead of starting one.", rich_help_panel=INPUT_PANEL),
    ] = None
    release_warm_pool: Annotated[
        bool | None,
        typer.Option(
            "--release-warm-pool",
            help="After a stop, end the training job's warm pool as well.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None

    def fields(self) -> dict[str, Any]:
        """Return the fields of the input by name, without the tags; None means not given."""
        return {
            "name": self.name_mode,
            "attempt_timeout": self.attempt_timeout,
            "accept_stopped": True if _ANY in (self.accept_stopped or ()) else self.accept_stopped or None,
            "job_arn": self.job_arn,
            "release_warm_pool": self.release_warm_pool,
        }


job: Final = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
    help="""Run a SageMaker job of any kind, or print what its request may have.

    **Examples**

    - `polysync-sagemaker job run --kind training request.json`

    - `polysync-sagemaker job schema --kind training`
    """,
)


@job.command()
@one_by_one
def run(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|-",
            help="JSON, - for stdin: the request of AWS's Create operation, a Task state of Step Functions, or a whole "
            "input (see 'schema job-input'). Options win over it.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        JobKind | None,
        typer.Option(
            case_sensitive=False,
            help="The kind of job; a Task state names it itself.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None,
    *,
    options: JobOptions,
    common: RunOptions,
    outcome: OutcomeOptions,
    running: Running,
) -> None:
    """Run a job, once, and follow it to its end.

    The run lives in Temporal: it goes on when this command, the worker or the server ends. Ctrl-C leaves the job
    running, unless --cancel-on-interrupt is given.

    A Task state is sent as it is, with its Retry, Catch and TimeoutSeconds; options stand beside it.

    **Examples**

    - `polysync-sagemaker job run --kind training request.json`

    - `polysync-sagemaker job run task-state.json --platform production --detach`

    - `polysync-sagemaker job run --kind training request.json --retry 2 --output model=job.ModelArtifacts.S3ModelArtifacts`

    - `jq .Train state-machine.json | polysync-sagemaker job run - --on-failure wait`

    - `polysync-sagemaker job run --job-arn arn:aws:sagemaker:eu-west-1:111122223333:training-job/search-model`

    **Exit codes**: 0 success, 1 the run failed, 2 wrong use or refused input, 3 cannot connect, 4 cancelled,
    130 or 143 left by Ctrl-C or SIGTERM.
    """  # noqa: E501 — a command line is one line
    # Here, so that the other commands need not load what reads jobs.
    from worker.cli.job_input import Options, compose_job_input, new_job_run  # noqa: PLC0415 — see above

    if file is None and options.job_arn is None:
        raise CommandError("Missing argument 'FILE': a request, a Task state, or - for stdin; or give --job-arn.")
    fields = options.fields() | common.fields() | {"on_failure": outcome.on_failure}
    inner_fields = {"tags": read_tags(options.tag) or {}, **outcome.members()}
    composed = compose_job_input(file, Options(kind, fields, inner_fields), progress.print)
    running.run(new_job_run(composed, running.checked_id()))


@job.command()
def schema(
    kind: Annotated[JobKind, typer.Option(case_sensitive=False, help="The kind of job.", show_default=False)],
) -> None:
    """Print the JSON Schema of a job's request, made of SageMaker's own service model.

    Values of enumerations stand as examples, because AWS adds some every week: others are sent all the same.

    **Example**

    - `polysync-sagemaker job schema --kind training > training-request.schema.json`
    """
    # Here, so that the other commands need not load botocore.
    from activities.starting.request_schema import request_schema  # noqa: PLC0415 — see above

    print_json(request_schema(kind))
