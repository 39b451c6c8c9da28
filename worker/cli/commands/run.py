from typing import Annotated, Any

import typer

from contract.names import DEFAULT_TASK_QUEUE
from worker.cli.connection import (
    AddressOption,
    Connection,
    JsonOption,
    NamespaceOption,
    TaskQueueOption,
    UiUrlOption,
    in_event_loop,
)
from worker.cli.gate_options import ApprovalOption, AskOption, approval, callbacks
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
from worker.cli.pipeline_options import (
    AliasOption,
    CheckParametersOption,
    DescriptionOption,
    DisplayNameOption,
    MaxParallelStepsOption,
    MlflowOption,
    ParameterOption,
    VersionOption,
)
from worker.cli.rerunning import find_rerun_source
from worker.cli.run_input import compose_run_input
from worker.cli.run_options import (
    INPUT_PANEL,
    CancelOnInterruptOption,
    JoinOption,
    PollIntervalOption,
    RunPlatformOption,
    TimeoutOption,
    WaitOption,
    WorkflowIdOption,
    joined_id,
)
from worker.cli.run_starting import new_pipeline_run
from worker.cli.running import Running


def run(  # noqa: PLR0913 — the input's common fields are options; --input takes all of them
    *,
    pipeline: Annotated[
        str | None, typer.Argument(metavar="PIPELINE", help="The pipeline's name or ARN.", show_default=False)
    ] = None,
    parameter: ParameterOption = None,
    platform: RunPlatformOption = None,
    display_name: DisplayNameOption = None,
    description: DescriptionOption = None,
    max_parallel_steps: MaxParallelStepsOption = None,
    pipeline_version_id: VersionOption = None,
    pipeline_version_alias: AliasOption = None,
    mlflow_experiment_name: MlflowOption = None,
    poll_interval: PollIntervalOption = None,
    timeout: TimeoutOption = None,
    execution_arn: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Follow this execution instead of starting one.", rich_help_panel=INPUT_PANEL),
    ] = None,
    check_parameters: CheckParametersOption = None,
    client_request_token: Annotated[
        str | None, typer.Option(help="Your own idempotency token, 32 to 128 characters.", rich_help_panel=INPUT_PANEL)
    ] = None,
    rerun: Annotated[
        str | None,
        typer.Option(
            metavar="RUN|ARN",
            help="Start from an earlier run or execution, with its parameters; -p changes single ones.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None,
    from_step: Annotated[
        str | None,
        typer.Option(
            metavar="STEP",
            help="Of --rerun: run this step and its dependents; the other steps keep their results.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None,
    output: OutputOption = None,
    required_output: RequiredOutputOption = None,
    retries: RetriesOption = None,
    retry_mode: RetryModeOption = None,
    retry_delay: RetryDelayOption = None,
    on_failure: OnFailureOption = None,
    ask: AskOption = None,
    wait_for_approval: ApprovalOption = False,
    document: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE|-",
            help="The whole input as a JSON document (see 'schema input'), - for stdin; options win over it.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None,
    workflow_id: WorkflowIdOption = None,
    task_queue: TaskQueueOption = DEFAULT_TASK_QUEUE,
    join: JoinOption = False,
    wait: WaitOption = True,
    cancel_on_interrupt: CancelOnInterruptOption = False,
    as_json: JsonOption = False,
    address: AddressOption = None,
    namespace: NamespaceOption = None,
    ui_url: UiUrlOption = None,
) -> None:
    """Run a pipeline, once, and follow it to its end.

    The run lives in Temporal: it goes on when this command, the worker or the server ends. Ctrl-C leaves it running,
    unless --cancel-on-interrupt is given.

    **Examples**

    - `polysync-sagemaker run churn-training -p TrainingInstanceType=ml.m5.4xlarge -p AucThreshold=0.85`

    - `polysync-sagemaker run nightly-scoring -p @parameters.json --detach`

    - `polysync-sagemaker run churn-training --output model=steps.Train.job.ModelArtifacts.S3ModelArtifacts --retry 2`

    - `polysync-sagemaker run nightly-scoring -p AwaitWarehouse=true --ask AwaitWarehouseLoad --detach`

    - `polysync-sagemaker run churn-training --wait-for-approval`

    - `polysync-sagemaker run --rerun churn-training-1f2e3d4c --from-step Evaluate -p AucThreshold=0.8`

    - `echo '{"pipeline_name": "quick-check"}' | polysync-sagemaker run --input - --json`

    **Exit codes**: 0 success, 1 the run failed, 2 wrong use or refused input, 3 cannot connect, 4 cancelled,
    130 or 143 left by Ctrl-C or SIGTERM.
    """
    connection = Connection(address, namespace, ui_url)
    fields: dict[str, Any] = {
        "pipeline_name": pipeline,
        "platform": platform,
        "display_name": display_name,
        "description": description,
        "max_parallel_steps": max_parallel_steps,
        "pipeline_version_id": pipeline_version_id,
        "pipeline_version_alias": pipeline_version_alias,
        "mlflow_experiment_name": mlflow_experiment_name,
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
        "callbacks": callbacks(ask or ()),
        "approval": approval(is_wanted=wait_for_approval),
    }
    defaults, fields["rerun"] = _rerun(connection, rerun, from_step)
    run_input = compose_run_input(
        defaults=defaults, document=document, parameters=parameter or (), fields=fields, inner_fields=inner_fields
    )
    running = Running(
        connection, task_queue, wait=wait, join=join, as_json=as_json, cancel_on_interrupt=cancel_on_interrupt
    )
    running.run(new_pipeline_run(run_input, joined_id(workflow_id, join=join)))


def _rerun(connection: Connection, source: str | None, from_step: str | None) -> tuple[dict[str, Any], Any]:
    """Find the execution to start from: what the input takes from it by default, and the input's `rerun`."""
    if source is not None:
        found = in_event_loop(find_rerun_source(connection, source))
        return found.defaults, found.rerun(from_step)
    if from_step is not None:
        raise CommandError("--from-step says where --rerun begins; give --rerun RUN, too.")
    return {}, None
