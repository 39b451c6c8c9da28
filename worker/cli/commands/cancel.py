from typing import Annotated

import typer
from rich.text import Text
from temporalio.service import RPCError, RPCStatusCode

from contract.names import CANCEL_SIGNAL
from worker.cli.connection import Connection, JsonOption, LinkingConnection, RunArgument, in_event_loop
from worker.cli.following import follow
from worker.cli.run_progress import run_progress
from worker.cli.run_reading import describe, read_run, run_handle, workflow_status
from worker.cli.run_rendering import headline, print_run
from worker.cli.run_view import RunView
from worker.cli.screen import progress, results


def cancel(
    *,
    run: RunArgument,
    reason: Annotated[str | None, typer.Option(help="Why; stands in the run's history.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the execution or job is really stopped.")] = False,
    as_json: JsonOption = False,
    connection: LinkingConnection,
) -> None:
    """Ask a run to stop its execution or job.

    The run stays open until SageMaker has stopped it, and closes as Cancelled; if it ends before the stop reaches it,
    the run closes with that true outcome. Asking twice does no harm.

    **Examples**

    - `polysync-sagemaker cancel churn-training-1f2e3d4c --reason "wrong data set"`

    - `polysync-sagemaker cancel churn-training-1f2e3d4c --wait`

    **Exit codes**: without --wait 0 once the run has been asked; otherwise, and for a run that has ended already,
    its outcome: 4 cancelled, 0 success, 1 failed. 2 no such run, 3 cannot connect.
    """
    work = _cancel(connection, run, reason, wait=wait)
    view = in_event_loop(work, interrupted=f"The run {run} has been asked to stop.")
    if as_json or wait:
        print_run(view, connection, as_json=as_json, with_history=progress.is_terminal)
    elif view.is_open:
        results.print(f"{run} has been asked to stop. Watch it: {connection.command('status', run, '--watch')}")
    else:
        results.print(Text(f"Nothing to cancel, the run has ended: {view.workflow_status}. ").append(headline(view)))
    raise typer.Exit(view.exit_code)


async def _cancel(connection: Connection, workflow_id: str, reason: str | None, *, wait: bool) -> RunView:
    client = await connection.open()
    handle = run_handle(client, workflow_id)
    description = await describe(handle)
    link = connection.web_ui_link(client.namespace, workflow_id, description.run_id)
    if workflow_status(description) == "Running":
        try:
            await handle.signal(CANCEL_SIGNAL, {"reason": reason} if reason else None)
        except RPCError as error:
            # It closed in the same moment: the outcome is printed below.
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
        else:
            if not wait:
                return RunView(
                    workflow_id=workflow_id,
                    workflow_run_id=description.run_id,
                    workflow_status="Running",
                    web_ui_url=link,
                )
            with run_progress(workflow_id, connection, link) as shown:
                return await follow(client, connection, workflow_id, shown.show)
    return await read_run(client, connection, workflow_id)
