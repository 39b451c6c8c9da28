from typing import Annotated, Final

import typer
from rich.text import Text

from worker.cli.commands.schedule_apply import apply
from worker.cli.connection import Connection, JsonOption, in_event_loop
from worker.cli.option_groups import one_by_one
from worker.cli.schedule_rendering import schedule_screen, schedules_screen, times_text
from worker.cli.schedule_times import time_option
from worker.cli.scheduling import backfill as start_past_runs
from worker.cli.scheduling import delete as delete_schedule
from worker.cli.scheduling import pause as pause_schedule
from worker.cli.scheduling import resume as resume_schedule
from worker.cli.scheduling import show as read_schedule
from worker.cli.scheduling import show_all
from worker.cli.scheduling import trigger as trigger_schedule
from worker.cli.screen import print_json, print_result, results
from worker.schedules.backfilling import Wanted
from worker.schedules.definition import Overlap

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The schedule's name.", show_default=False)]
NoteOption = Annotated[str | None, typer.Option(help="Why; stands in the schedule's note.")]

schedule: Final = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
    help="""Start runs at given times: EventBridge's cron, rate and at, Unix cron, on Temporal's own schedules.

    **Examples**

    - `polysync-sagemaker schedule apply nightly churn-training --when 'cron(0 2 * * ? *)' --time-zone Europe/Berlin`

    - `polysync-sagemaker schedule apply -f schedules.toml --prune`

    - `polysync-sagemaker schedule show nightly`
    """,
)
schedule.command()(one_by_one(apply))


@schedule.command("list")
@one_by_one
def list_all(*, as_json: JsonOption = False, connection: Connection) -> None:
    """List the schedules that start runs of pipelines and jobs, whichever client made them.

    **Example**

    - `polysync-sagemaker schedule list`
    """
    views = in_event_loop(show_all(connection))
    if as_json:
        print_json([view.model_dump(mode="json") for view in views])
    else:
        results.print(schedules_screen(views))


@schedule.command()
@one_by_one
def show(name: NameArgument, *, as_json: JsonOption = False, connection: Connection) -> None:
    """Show a schedule: its expressions and options, the coming times, and the last runs with their status.

    **Example**

    - `polysync-sagemaker schedule show nightly`
    """
    view = in_event_loop(read_schedule(connection, name))
    print_result(view, schedule_screen(view), as_json=as_json)


@schedule.command()
@one_by_one
def pause(
    name: NameArgument,
    *,
    note: NoteOption = None,
    as_json: JsonOption = False,
    connection: Connection,
) -> None:
    """Pause a schedule. Runs that are open go on; buffered starts whose turn comes meanwhile are dropped.

    The command prints how many starts are buffered. Those of a backfill are not dropped.

    **Example**

    - `polysync-sagemaker schedule pause nightly --note "the source is being migrated"`
    """
    buffered = in_event_loop(pause_schedule(connection, name, note))
    text = (
        f" Buffered starts: {buffered}. Temporal drops them when the open run ends before the schedule is resumed, but "
        "not those of a backfill."
        if buffered
        else ""
    )
    _done(f"{name} is paused.{text}", {"name": name, "paused": True, "buffered": buffered}, as_json=as_json)


@schedule.command()
@one_by_one
def resume(
    name: NameArgument,
    *,
    note: NoteOption = None,
    as_json: JsonOption = False,
    connection: Connection,
) -> None:
    """Resume a schedule. Times that passed during the pause are not made up for: 'schedule backfill' starts them.

    **Example**

    - `polysync-sagemaker schedule resume nightly`
    """
    in_event_loop(resume_schedule(connection, name, note))
    _done(f"{name} is active.", {"name": name, "paused": False}, as_json=as_json)


@schedule.command()
@one_by_one
def trigger(
    name: NameArgument,
    *,
    overlap: Annotated[
        Overlap | None,
        typer.Option(
            case_sensitive=False,
            help="What becomes of the start while another run is open; by default the policy of the schedule.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
    connection: Connection,
) -> None:
    """Start a run now, with the schedule's input. Its nominal time is now, in templates as well.

    Where a run is open and the schedule's own policy would drop the start, the command refuses it; give --overlap.

    **Examples**

    - `polysync-sagemaker schedule trigger nightly`

    - `polysync-sagemaker schedule trigger nightly --overlap buffer-one`

    **Exit codes**: 0 triggered, 2 refused, 3 cannot connect.
    """
    found = in_event_loop(trigger_schedule(connection, name, overlap))
    text = (
        f" Open runs: {found.open_runs}; the start has the overlap policy {found.overlap}." if found.open_runs else ""
    )
    document = {"name": name, "triggered": True, "overlap": found.overlap, "open_runs": found.open_runs}
    _done(f"{name} is triggered.{text}", document, as_json=as_json)


@schedule.command()
@one_by_one
def delete(name: NameArgument, *, as_json: JsonOption = False, connection: Connection) -> None:
    """Delete a schedule. Runs that are open go on; starts that are buffered are dropped.

    **Example**

    - `polysync-sagemaker schedule delete nightly`
    """
    stored = in_event_loop(delete_schedule(connection, name))
    open_runs = len(stored.description.info.running_actions)
    text = f" {open_runs} open {'run goes' if open_runs == 1 else 'runs go'} on." if open_runs else ""
    document = {"name": name, "deleted": True, "open_runs": open_runs, "dropped": stored.buffered}
    _done(f"{name} is deleted.{text}", document, as_json=as_json)


@schedule.command()
@one_by_one
def backfill(
    name: NameArgument,
    *,
    first: Annotated[
        str, typer.Option("--from", metavar="TIME", help="The first time, in the schedule's zone or with Z.")
    ],
    last: Annotated[str, typer.Option("--to", metavar="TIME", help="The last time, included; not later than now.")],
    all_times: Annotated[
        bool,
        typer.Option(
            "--all/--missing",
            help="Start each time, or only those without a run and those whose run failed, timed out or was "
            "terminated.",
        ),
    ] = False,
    overlap: Annotated[
        Overlap, typer.Option(case_sensitive=False, help="buffer-all: one after the other; allow-all: at once.")
    ] = Overlap.BUFFER_ALL,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the times, start nothing.")] = False,
    as_json: JsonOption = False,
    connection: Connection,
) -> None:
    """Start the runs of past times, each with its own nominal time.

    **Examples**

    - `polysync-sagemaker schedule backfill nightly --from 2026-07-01 --to 2026-07-07T23:59:59 --dry-run`

    - `polysync-sagemaker schedule backfill nightly --from 2026-07-01 --to 2026-07-07T23:59:59`
    """
    wanted = Wanted(time_option(first, "--from"), time_option(last, "--to"), all_times, overlap, dry_run)
    found = in_event_loop(start_past_runs(connection, name, wanted))
    document = {
        "name": name,
        "dry_run": dry_run,
        "asked": [time.isoformat() for time in found.asked],
        "there": [time.isoformat() for time in found.there],
        "started": found.started,
    }
    _done(times_text(found, dry_run=dry_run), document, as_json=as_json)


def _done(text: str, document: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        results.print(Text(text))
