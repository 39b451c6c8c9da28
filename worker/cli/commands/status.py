import asyncio
from typing import Annotated

import typer
from rich.live import Live

from contract.job_kinds import JobKind
from contract.run import RunStatus
from worker.cli.connection import Connection, JsonOption, LinkingConnection, in_event_loop
from worker.cli.following import POLL_EVERY_SECONDS, follow
from worker.cli.outcome import CommandError
from worker.cli.run_listing import Wanted, list_runs, listing_screen
from worker.cli.run_progress import run_progress
from worker.cli.run_reading import describe, read_run, run_handle
from worker.cli.run_rendering import print_run
from worker.cli.run_view import RunView
from worker.cli.screen import print_json, progress, results


def status(
    *,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="The run's workflow id.", show_default=False)
    ] = None,
    only_status: Annotated[
        RunStatus | None, typer.Option("--status", case_sensitive=False, help="List only runs in this status.")
    ] = None,
    pipeline: Annotated[str | None, typer.Option(help="List only runs of this pipeline.")] = None,
    job: Annotated[
        JobKind | None, typer.Option(case_sensitive=False, help="List only runs of this kind of job.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Runs in the list.")] = 20,
    watch: Annotated[
        bool, typer.Option("--watch", help="Follow the run to its end, as 'run' does; or keep the list up to date.")
    ] = False,
    as_json: JsonOption = False,
    connection: LinkingConnection,
) -> None:
    """Show the state of a run and what it waits for; without RUN, list the latest runs.

    Works without a worker, with less detail. With --watch RUN, the exit code is the run's outcome, as of 'run'.

    **Examples**

    - `polysync-sagemaker status churn-training-1f2e3d4c`

    - `polysync-sagemaker status --status failed --pipeline churn-training`

    - `polysync-sagemaker status --job training`

    - `polysync-sagemaker status churn-training-1f2e3d4c --json | jq -r .run.run_id`
    """
    if run is None:
        wanted = Wanted(only_status, pipeline, job, limit)
        in_event_loop(_list(connection, wanted, watch=watch, as_json=as_json))
        return
    if (only_status, pipeline, job) != (None, None, None):
        raise CommandError("--status, --pipeline and --job choose runs for the list; leave them out to show one run.")
    work = _watch(connection, run) if watch else _read(connection, run)
    view = in_event_loop(work, interrupted=f"The run {run} goes on." if watch else "")
    print_run(view, connection, as_json=as_json, with_history=progress.is_terminal or not watch)
    if watch:
        raise typer.Exit(view.exit_code)


async def _read(connection: Connection, workflow_id: str) -> RunView:
    return await read_run(await connection.open(), connection, workflow_id)


async def _watch(connection: Connection, workflow_id: str) -> RunView:
    client = await connection.open()
    description = await describe(run_handle(client, workflow_id))
    link = connection.web_ui_link(client.namespace, workflow_id, description.run_id)
    with run_progress(workflow_id, connection, link) as shown:
        return await follow(client, connection, workflow_id, shown.show)


async def _list(connection: Connection, wanted: Wanted, *, watch: bool, as_json: bool) -> None:
    client = await connection.open()
    runs = await list_runs(client, wanted)
    if as_json:
        print_json([run.model_dump(mode="json") for run in runs])
        return
    if not (watch and results.is_terminal):
        results.print(listing_screen(runs))
        return
    with Live(listing_screen(runs), console=results, auto_refresh=False) as live:
        while True:
            await asyncio.sleep(POLL_EVERY_SECONDS)
            live.update(listing_screen(await list_runs(client, wanted)), refresh=True)
