from dataclasses import dataclass
from typing import Annotated, Any

import typer

from worker.cli.connection import Connection, in_event_loop
from worker.cli.gate_options import GateOptions
from worker.cli.outcome import CommandError
from worker.cli.outcome_options import PipelineOutcomeOptions
from worker.cli.pipeline_options import PipelineOptions
from worker.cli.rerunning import find_rerun_source
from worker.cli.run_input import compose_run_input
from worker.cli.run_options import INPUT_PANEL, RunOptions
from worker.cli.run_starting import new_pipeline_run
from worker.cli.running import Running


@dataclass(frozen=True)
class ExecutionOptions:
    """Which execution a run follows, or starts from."""

    execution_arn: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="Follow this execution instead of starting one.", rich_help_panel=INPUT_PANEL),
    ] = None
    client_request_token: Annotated[
        str | None, typer.Option(help="Your own idempotency token, 32 to 128 characters.", rich_help_panel=INPUT_PANEL)
    ] = None
    rerun: Annotated[
        str | None,
        typer.Option(
            metavar="RUN|ARN",
            help="Start from an earlier run or execution, with its parameters; -p changes single ones.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None
    from_step: Annotated[
        str | None,
        typer.Option(
            metavar="STEP",
            help="Of --rerun: run this step and its dependents; the other steps keep their results.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None

    def rerun_source(self, connection: Connection) -> tuple[dict[str, Any], Any]:
        """Find the execution to start from: what the input takes from it by default, and the input's `rerun`.

        Raises:
            CommandError: There is none, or --from-step stands alone.
        """
        if self.rerun is not None:
            found = in_event_loop(find_rerun_source(connection, self.rerun))
            return found.defaults, found.rerun(self.from_step)
        if self.from_step is not None:
            raise CommandError("--from-step says where --rerun begins; give --rerun RUN, too.")
        return {}, None


def run(
    pipeline: Annotated[
        str | None, typer.Argument(metavar="PIPELINE", help="The pipeline's name or ARN.", show_default=False)
    ] = None,
    document: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE|-",
            help="The whole input as a JSON document (see 'schema input'), - for stdin; options win over it.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None,
    *,
    options: PipelineOptions,
    common: RunOptions,
    execution: ExecutionOptions,
    outcome: PipelineOutcomeOptions,
    gates: GateOptions,
    running: Running,
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
    fields: dict[str, Any] = {
        "pipeline_name": pipeline,
        **options.fields(),
        **common.fields(),
        "execution_arn": execution.execution_arn,
        "client_request_token": execution.client_request_token,
        "on_failure": outcome.on_failure,
    }
    inner_fields = outcome.members() | gates.members()
    defaults, fields["rerun"] = execution.rerun_source(running.connection)
    run_input = compose_run_input(
        defaults=defaults,
        document=document,
        parameters=options.parameter or (),
        fields=fields,
        inner_fields=inner_fields,
    )
    running.run(new_pipeline_run(run_input, running.checked_id()))
