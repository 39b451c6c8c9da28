from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contract.job_kinds import JobKind
from contract.names import DEFAULT_TASK_QUEUE
from worker.cli.connection import Connection, JsonOption, TaskQueueOption, in_event_loop
from worker.cli.gate_options import GateOptions
from worker.cli.outcome import CommandError
from worker.cli.outcome_options import PipelineOutcomeOptions
from worker.cli.pipeline_options import PipelineOptions
from worker.cli.run_options import INPUT_PANEL, RunOptions
from worker.cli.schedule_input import definition, pipeline_part
from worker.cli.schedule_rendering import print_applied
from worker.cli.scheduling import apply_file, apply_one
from worker.schedules.definition import Overlap

_PANEL: Final = "Schedule"
_BESIDE_A_FILE: Final = frozenset({"file", "with_prune", "dry_run", "as_json", "address", "namespace"})


@dataclass(frozen=True)
class ScheduleOptions:
    """When a schedule starts runs, and on which task queue."""

    when: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EXPRESSION",
            help="When: cron(0 2 * * ? *), rate(6 hours), at(2026-12-24T18:00:00), '0 2 * * 1-5', @daily, 'every 2h'. "
            "Repeat as needed.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    time_zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="Such as Europe/Berlin; UTC by default.", rich_help_panel=_PANEL),
    ] = None
    jitter: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Starts are spread over so long, as EventBridge's flexible window does: 10m.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    overlap: Annotated[
        str | None,
        typer.Option(
            metavar="POLICY",
            help=f"While an earlier run is open: {', '.join(Overlap)}; skip by default.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    catch_up: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Times that an outage of Temporal missed are started for so long afterwards; 1d by default.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    pause_on_failure: Annotated[
        bool | None,
        typer.Option(
            "--pause-on-failure/--no-pause-on-failure", help="Pause after a run that failed.", rich_help_panel=_PANEL
        ),
    ] = None
    start: Annotated[
        str | None, typer.Option(metavar="TIME", help="No times before; a rate begins here.", rich_help_panel=_PANEL)
    ] = None
    end: Annotated[str | None, typer.Option(metavar="TIME", help="No times after.", rich_help_panel=_PANEL)] = None
    paused: Annotated[
        bool | None,
        typer.Option("--paused/--active", help="Its state; as it is, by default.", rich_help_panel=_PANEL),
    ] = None
    task_queue: TaskQueueOption = DEFAULT_TASK_QUEUE


def apply(
    context: typer.Context,
    *,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The schedule's name.", show_default=False)] = None,
    pipeline: Annotated[
        str | None, typer.Argument(metavar="PIPELINE", help="The pipeline's name or ARN.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("-f", "--file", metavar="FILE", help="A TOML file of schedules, see docs/schedules.md."),
    ] = None,
    with_prune: Annotated[
        bool, typer.Option("--prune", help="Delete what the file's owner made and the file has no more.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change, change nothing.")] = False,
    job: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|-",
            help="Run a job instead of a pipeline: a request, a Task state, or a whole input, as 'job run' takes it.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None,
    kind: Annotated[
        JobKind | None,
        typer.Option(case_sensitive=False, help="The kind of the job.", rich_help_panel=INPUT_PANEL),
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE|-",
            help="The whole input of the pipeline's run as a JSON document; options win over it.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None,
    schedule: ScheduleOptions,
    options: PipelineOptions,
    common: RunOptions,
    outcome: PipelineOutcomeOptions,
    gates: GateOptions,
    connection: Connection,
    as_json: JsonOption = False,
) -> None:
    """Create a schedule, or update it in place; print what changed and the next times.

    Parameters, display name, description and a job's request may have templates, which each run fills with its nominal
    time: {scheduled_time:%Y-%m-%d}, {scheduled_time-1d:%Y%m%d}, {schedule}. A brace is written twice: {{ and }}.

    **Examples**

    - `polysync-sagemaker schedule apply nightly churn-training --when 'cron(0 2 * * ? *)' --time-zone Europe/Berlin -p 'Date={scheduled_time:%Y-%m-%d}'`

    - `polysync-sagemaker schedule apply search-model --job request.json --kind training --when 'rate(6 hours)'`

    - `polysync-sagemaker schedule apply -f schedules.toml --prune --dry-run`

    **Exit codes**: 0 applied or nothing to change, 2 refused, 3 cannot connect.
    """  # noqa: E501 — a command line is one line
    if file is not None:
        _refuse_beside_a_file(context)
        work = apply_file(connection, file, with_prune=with_prune, dry_run=dry_run)
        return print_applied(in_event_loop(work), as_json=as_json, dry_run=dry_run)
    if name is None:
        raise CommandError("Missing argument 'NAME', the schedule's; or -f FILE.")
    _refuse_options_of("--prune is for -f FILE.", with_prune)
    of_all_runs = common.fields() | {"on_failure": outcome.on_failure}
    of_pipelines, inner, inner_of_pipelines = options.fields(), outcome.members(), gates.members()
    if job is None:
        _refuse_options_of("--kind is for --job FILE.", kind)
        fields, members = of_all_runs | of_pipelines, inner | inner_of_pipelines
        runs = pipeline_part(pipeline, document, options.parameter or [], fields, members)
    else:
        refused = [pipeline, document, options.parameter, *of_pipelines.values(), *inner_of_pipelines.values()]
        runs = _job(job, kind, of_all_runs, inner, refused)
    applied = in_event_loop(
        apply_one(connection, definition({"name": name} | asdict(schedule) | runs), dry_run=dry_run)
    )
    return print_applied(applied, as_json=as_json, dry_run=dry_run)


def _refuse_beside_a_file(context: typer.Context) -> None:
    """Refuse what would have no effect: a file has all that belongs to its schedules."""
    given = [
        parameter.opts[-1] if parameter.param_type_name == "option" else str(parameter.name).upper()
        for parameter in context.command.params
        if parameter.name not in _BESIDE_A_FILE
        and (source := context.get_parameter_source(str(parameter.name))) is not None
        and source.name == "COMMANDLINE"
    ]
    if given:
        raise CommandError(f"-f FILE has the schedules with all that belongs to them: leave out {', '.join(given)}.")


def _refuse_options_of(why: str, *given: object) -> None:
    if any(value not in (None, False) for value in given):
        raise CommandError(why)


def _job(
    file: str, kind: JobKind | None, fields: dict[str, Any], inner: dict[str, Any], of_pipelines: list[Any]
) -> dict[str, Any]:
    why = "--job runs a job: PIPELINE, -p, --input and the options of a pipeline exclude it."
    _refuse_options_of(why, *(value not in (None, {}) for value in of_pipelines))
    # Here, so that the other commands need not load what reads jobs.
    from worker.cli.scheduled_job import job_part  # noqa: PLC0415 — see above

    return job_part(file, kind, fields, inner)
