from typing import Annotated

import typer

from contract.names import RETRY_UPDATE
from contract.retry import Decision, RetryMode, RetryRequest
from worker.cli.connection import Connection, JsonOption, LinkingConnection, RunArgument, in_event_loop
from worker.cli.deciding import DecisionMade, ReasonOption, decide
from worker.cli.following import follow
from worker.cli.run_progress import run_progress
from worker.cli.run_reading import describe, run_handle
from worker.cli.run_rendering import print_run
from worker.cli.run_view import RunView
from worker.cli.screen import print_json, progress, results


def retry(
    *,
    run: RunArgument,
    mode: Annotated[
        RetryMode | None,
        typer.Option(
            case_sensitive=False,
            help="Of a pipeline run: `resume` (the default) goes on with the same execution and its finished steps, "
            "`restart` starts a new one. A job is always restarted.",
        ),
    ] = None,
    reason: ReasonOption = "",
    wait: Annotated[bool, typer.Option("--wait", help="Follow the run to its end, as 'run' does.")] = False,
    as_json: JsonOption = False,
    connection: LinkingConnection,
) -> None:
    """Let a failed run that waits for a decision go on.

    A run waits if it was started with `--on-failure wait`; its phase is then `WaitingForDecision`.

    **Examples**

    - `polysync-sagemaker retry churn-training-1f2e3d4c --reason "the quota is raised"`

    - `polysync-sagemaker retry churn-training-1f2e3d4c --mode restart --wait`

    - `polysync-sagemaker retry search-model-5a6b7c8d --wait`

    **Exit codes**: without --wait 0 once the run goes on, otherwise its outcome, as of 'run'. 2 no such run, or it
    refuses, with the reason; 3 cannot connect, or no worker answers.
    """
    request = RetryRequest(mode=mode, reason=reason)
    if not wait:
        decision = in_event_loop(_decide(connection, run, request))
        if as_json:
            print_json(DecisionMade(workflow_id=run, decision=decision).model_dump(mode="json"))
        else:
            results.print(f"{decision.message} Watch it: {connection.command('status', run, '--watch')}")
        return
    view = in_event_loop(_follow(connection, run, request), interrupted=f"The run {run} goes on.")
    print_run(view, connection, as_json=as_json, with_history=progress.is_terminal)
    raise typer.Exit(view.exit_code)


async def _decide(connection: Connection, workflow_id: str, request: RetryRequest) -> Decision:
    return await decide(await connection.open(), connection, workflow_id, RETRY_UPDATE, request)


async def _follow(connection: Connection, workflow_id: str, request: RetryRequest) -> RunView:
    client = await connection.open()
    decision = await decide(client, connection, workflow_id, RETRY_UPDATE, request)
    description = await describe(run_handle(client, workflow_id))
    link = connection.web_ui_link(client.namespace, workflow_id, description.run_id)
    with run_progress(workflow_id, connection, link) as shown:
        if not progress.is_terminal:
            progress.print(decision.message)
        return await follow(client, connection, workflow_id, shown.show)
