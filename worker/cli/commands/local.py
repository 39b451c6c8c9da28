import json
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from worker.cli.connection import JsonOption
from worker.cli.interrupts import interrupt_on_sigterm
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.screen import print_json, progress, results
from worker.local.process import ProcessFailedError
from worker.local.stack import Stack
from worker.local.temporal_server import DEFAULT_PORT, DEFAULT_UI_PORT
from worker.settings import ENV_PREFIX

_CHECK_EVERY_SECONDS: Final = 0.2
_NIGHTLY_SECONDS: Final = 300


def local(
    *,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keep runs and executions in this folder, over restarts.", show_default=False)
    ] = None,
    port: Annotated[int, typer.Option(help="Temporal's port; a free one if it is taken.")] = DEFAULT_PORT,
    ui_port: Annotated[int, typer.Option(help="The Web UI's port; a free one if it is taken.")] = DEFAULT_UI_PORT,
    clock_scale: Annotated[float, typer.Option(min=0.001, help="Seconds of SageMaker in one real second.")] = 30.0,
    with_worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Whether to start a worker as well.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Run the whole stack on this machine until Ctrl-C: Temporal, its Web UI, a SageMaker stand-in, a worker.

    No AWS account and no container engine needed. The stand-in has the pipelines churn-training, nightly-scoring and
    quick-check.

    **Examples**

    - `polysync-sagemaker local`

    - `polysync-sagemaker local --data-dir ./.polysync-sagemaker --clock-scale 60`
    """
    with ExitStack() as resources:
        interrupt_on_sigterm()
        folder = data_dir or Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="polysync-sagemaker-")))
        try:
            stack = resources.enter_context(
                Stack(
                    folder.resolve(),
                    keep_data=data_dir is not None,
                    clock_scale=clock_scale,
                    port=port,
                    ui_port=ui_port,
                    events=True,
                )
            )
            stack.start(with_worker=with_worker, on_ready=lambda process: progress.print(f"{process.name} is ready"))
            print_addresses(stack, as_json=as_json, clock_scale=clock_scale)
            while True:
                stack.check(with_worker=with_worker)
                time.sleep(_CHECK_EVERY_SECONDS)
        except ProcessFailedError as error:
            raise CommandError(str(error), ExitCode.RUN_FAILED) from None
        except KeyboardInterrupt:
            progress.print("Stopping")


def connection_variables(stack: Stack) -> dict[str, str]:
    """The environment variables by which our commands and Temporal's find the stack."""
    return {"TEMPORAL_ADDRESS": stack.temporal.address, f"{ENV_PREFIX}UI_URL": stack.temporal.ui_url}


def _addresses(stack: Stack) -> dict[str, Any]:
    return {
        "temporal_address": stack.temporal.address,
        "web_ui_url": stack.temporal.ui_url,
        "temporal_http_url": stack.temporal.http_url,
        "sagemaker_endpoint_url": stack.standin.endpoint_url,
        "event_queue_url": stack.standin.queue_url,
        "environment": connection_variables(stack),
        "processes": {process.name: process.pid for process in stack.processes if process.is_running},
    }


def print_addresses(stack: Stack, *, as_json: bool, clock_scale: float) -> None:
    """Print where the stack is, and commands to try."""
    variables = connection_variables(stack)
    if as_json:
        print_json(_addresses(stack))
        return
    exports = " ".join(f"{name}={value}" for name, value in variables.items())
    if shutil.which("polysync-sagemaker") is None or shutil.which("temporal") is None:
        exports += f" PATH={Path(sys.executable).parent}:$PATH"
    results.print(
        f"""
Web UI     {stack.temporal.ui_url}/namespaces/default/workflows
Temporal   {stack.temporal.address} (HTTP API: {stack.temporal.http_url})
SageMaker  {stack.standin.endpoint_url} (stand-in: churn-training, nightly-scoring, quick-check)
Events     {stack.standin.queue_url} (SQS of the stand-in: wakes the worker's polls)
Logs       {stack.worker.log.parent}

In another terminal:

  export {exports}
{_to_try(clock_scale)}
Ctrl-C stops everything.
"""
    )


def _to_try(clock_scale: float) -> str:
    # Long enough that a person who types the cancel finds the run still open.
    nightly = {"ScoringDate": "2026-01-31", "ScoringSeconds": str(round(_NIGHTLY_SECONDS * clock_scale))}
    return f"""
  polysync-sagemaker run churn-training -p AucThreshold=0.85
  polysync-sagemaker run churn-training -p TrainingFailure='AlgorithmError: out of memory' --detach
  polysync-sagemaker status

  temporal workflow start --task-queue sagemaker --type SageMakerPipelineRun --workflow-id nightly \\
    --input '{json.dumps({"pipeline_name": "nightly-scoring", "parameters": nightly})}'
  temporal workflow query --workflow-id nightly --type status
  temporal workflow signal --workflow-id nightly --name cancel --input '{{"reason": "not today"}}'

A schedule, whose runs get the date of their nominal time:

  polysync-sagemaker schedule apply scoring nightly-scoring --when 'every 1m' \\
    -p 'ScoringDate={{scheduled_time-1d:%Y-%m-%d}}'
  polysync-sagemaker schedule show scoring
  polysync-sagemaker schedule delete scoring

A run that waits for a person's answer after some seconds of scoring:

  polysync-sagemaker run nightly-scoring -p ScoringDate=2026-01-31 -p AwaitWarehouse=true \\
    --ask AwaitWarehouseLoad --workflow-id asks --detach
  polysync-sagemaker approvals
  polysync-sagemaker approve asks -o rows_loaded=1250000
"""
