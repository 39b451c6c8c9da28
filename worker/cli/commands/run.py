from typing import Annotated, Any, Final

import typer
from rich.console import Group
from rich.text import Text

from contract.names import DEFAULT_TASK_QUEUE
from contract.pipeline_run import PipelineRunInput
from worker.cli.connection import (
    AddressOption,
    Connection,
    JsonOption,
    NamespaceOption,
    UiUrlOption,
    in_event_loop,
)
from worker.cli.following import follow
from worker.cli.outcome import CommandError
from worker.cli.outcome_options import (
    OnFailureOption,
    OutputOption,
    RequiredOutputOption,
    RetriesOption,
    RetryDelayOption,
    RetryModeOption,
    outputs,
    retry,
)
from worker.cli.rerunning import find_rerun_source
from worker.cli.run_input import compose_run_input
from worker.cli.run_progress import run_progress
from worker.cli.run_rendering import run_screen
from worker.cli.run_starting import readable_id, start_run
from worker.cli.run_view import RunView
from worker.cli.screen import fact_lines, print_json, print_whole_lines, progress, results
from worker.settings import ENV_PREFIX

_INPUT: Final = "Input"


def run(  # noqa: PLR0913 — the input's common fields are options; --input takes all of them
    *,
    pipeline: Annotated[
        str | None, typer.Argument(metavar="PIPELINE", help="The pipeline's name or ARN.", show_default=False)
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--parameter",
            metavar="Name=Value|@FILE",
            help="A pipeline parameter, sent exactly as typed; or a JSON file of them. Repeat as needed.",
            rich_help_panel=_INPUT,
        ),
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="A platform in the worker's configuration.", rich_help_panel=_INPUT)
    ] = None,
    display_name: Annotated[
        str | None, typer.Option(help="The execution's display name in SageMaker.", rich_help_panel=_INPUT)
    ] = None,
    description: Annotated[
        str | None, typer.Option(help="The execution's description in SageMaker.", rich_help_panel=_INPUT)
    ] = None,
    max_parallel_steps: Annotated[int | None, typer.Option(help="Most steps at once.", rich_help_panel=_INPUT)] = None,
    pipeline_version_id: Annotated[
        int | None, typer.Option(help="The pipeline's version; the latest otherwise.", rich_help_panel=_INPUT)
    ] = None,
    poll_interval: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Time between two polls, at least 1.", rich_help_panel=_INPUT),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS", help="When it passes, the execution is stopped, the run fails.", rich_help_panel=_INPUT
        ),
    ] = None,
    execution_arn: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Follow this execution instead of starting one.", rich_help_panel=_INPUT),
    ] = None,
    check_parameters: Annotated[
        bool | None,
        typer.Option(
            help="Check the parameters against the pipeline's definition before the start; on by default.",
            rich_help_panel=_INPUT,
        ),
    ] = None,
    client_request_token: Annotated[
        str | None, typer.Option(help="Your own idempotency token, 32 to 128 characters.", rich_help_panel=_INPUT)
    ] = None,
    rerun: Annotated[
        str | None,
        typer.Option(
            metavar="RUN|ARN",
            help="Start from an earlier run or execution, with its parameters; -p changes single ones.",
            rich_help_panel=_INPUT,
        ),
    ] = None,
    from_step: Annotated[
        str | None,
        typer.Option(
            metavar="STEP",
            help="Of --rerun: run this step and its dependents; the other steps keep their results.",
            rich_help_panel=_INPUT,
        ),
    ] = None,
    output: OutputOption = None,
    required_output: RequiredOutputOption = None,
    retries: RetriesOption = None,
    retry_mode: RetryModeOption = None,
    retry_delay: RetryDelayOption = None,
    on_failure: OnFailureOption = None,
    document: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE|-",
            help="The whole input as a JSON document (see 'schema input'), - for stdin; options win over it.",
            rich_help_panel=_INPUT,
        ),
    ] = None,
    workflow_id: Annotated[
        str | None, typer.Option(metavar="ID", help="The run's id; by default the pipeline's name and a suffix.")
    ] = None,
    task_queue: Annotated[
        str, typer.Option(envvar=f"{ENV_PREFIX}TASK_QUEUE", help="The workers' task queue.")
    ] = DEFAULT_TASK_QUEUE,
    wait: Annotated[
        bool, typer.Option("--wait/--detach", help="Follow the run to its end, or leave as soon as it is started.")
    ] = True,
    as_json: JsonOption = False,
    address: AddressOption = None,
    namespace: NamespaceOption = None,
    ui_url: UiUrlOption = None,
) -> None:
    """Run a pipeline, once, and follow it to its end.

    The run lives in Temporal: it goes on when this command, the worker or the server ends. Ctrl-C leaves it running.

    **Examples**

    - `polysync-sagemaker run churn-training -p TrainingInstanceType=ml.m5.4xlarge -p AucThreshold=0.85`

    - `polysync-sagemaker run nightly-scoring -p @parameters.json --detach`

    - `polysync-sagemaker run churn-training --output model=steps.Train.job.ModelArtifacts.S3ModelArtifacts --retry 2`

    - `polysync-sagemaker run --rerun churn-training-1f2e3d4c --from-step Evaluate -p AucThreshold=0.8`

    - `echo '{"pipeline_name": "quick-check"}' | polysync-sagemaker run --input - --json`

    **Exit codes**: 0 success, 1 the run failed, 2 wrong use or refused input, 3 cannot connect, 4 cancelled,
    130 Ctrl-C (the run goes on).
    """
    connection = Connection(address, namespace, ui_url)
    fields: dict[str, Any] = {
        "pipeline_name": pipeline,
        "platform": platform,
        "display_name": display_name,
        "description": description,
        "max_parallel_steps": max_parallel_steps,
        "pipeline_version_id": pipeline_version_id,
        "poll_interval": poll_interval,
        "timeout": timeout,
        "execution_arn": execution_arn,
        "check_parameters": check_parameters,
        "client_request_token": client_request_token,
        "on_failure": on_failure,
    }
    inner_fields = {
        "outputs": outputs(output or (), required_output or ()),
        "retry": retry(retries, retry_mode, retry_delay),
    }
    defaults, fields["rerun"] = _rerun(connection, rerun, from_step)
    run_input = compose_run_input(
        defaults=defaults, document=document, parameters=parameter or (), fields=fields, inner_fields=inner_fields
    )
    run_id = workflow_id or readable_id(run_input)
    work = _start(connection, run_input, run_id, task_queue, wait=wait)
    view = in_event_loop(work, interrupted=_left_running(connection, run_id))
    if as_json:
        print_json(view.model_dump(mode="json"))
    elif wait:
        print_whole_lines(run_screen(view, connection, with_history=progress.is_terminal))
    else:
        _print_started(connection, view)
    raise typer.Exit(view.exit_code)


def _rerun(connection: Connection, source: str | None, from_step: str | None) -> tuple[dict[str, Any], Any]:
    """Find the execution to start from: what the input takes from it by default, and the input's `rerun`."""
    if source is not None:
        found = in_event_loop(find_rerun_source(connection, source))
        return found.defaults, found.rerun(from_step)
    if from_step is not None:
        raise CommandError("--from-step says where --rerun begins; give --rerun RUN, too.")
    return {}, None


async def _start(
    connection: Connection, run_input: PipelineRunInput, workflow_id: str, task_queue: str, *, wait: bool
) -> RunView:
    client = await connection.open()
    run_id = await start_run(client, run_input, workflow_id, task_queue)
    link = connection.web_ui_link(client.namespace, workflow_id, run_id)
    if not wait:
        return RunView(workflow_id=workflow_id, workflow_run_id=run_id, workflow_status="Running", web_ui_url=link)
    with run_progress(workflow_id, connection, link) as shown:
        if not progress.is_terminal:
            progress.print(f"{workflow_id} started{f', {link}' if link else ''}")
        return await follow(client, connection, workflow_id, shown.show)


def _print_started(connection: Connection, view: RunView) -> None:
    results.print(Text(f"{view.workflow_id} started", style="bold"))
    facts = [
        ("Status", connection.command("status", view.workflow_id)),
        ("Follow", connection.command("status", view.workflow_id, "--watch")),
        ("Cancel", connection.command("cancel", view.workflow_id)),
    ]
    if view.web_ui_url:
        facts.insert(0, ("Web UI", view.web_ui_url))
    print_whole_lines(Group(*fact_lines([(name, Text(value)) for name, value in facts])))


def _left_running(connection: Connection, workflow_id: str) -> str:
    return (
        f"The run {workflow_id} goes on.\n"
        f"  Follow  {connection.command('status', workflow_id, '--watch')}\n"
        f"  Cancel  {connection.command('cancel', workflow_id)}"
    )
