"""Starting a run, under a workflow id and with a summary that people can read in the Web UI."""

import uuid
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from contract.names import WorkflowType
from contract.pipeline_run import PipelineRunInput
from worker.cli.outcome import CommandError


async def start_run(client: Client, run_input: PipelineRunInput, workflow_id: str, task_queue: str) -> str | None:
    """Start a run.

    Returns:
        Temporal's run id of the workflow.

    Raises:
        CommandError: A run with this workflow id is still open.
    """
    pipeline = run_input.pipeline_name.rsplit("/", 1)[-1]
    try:
        handle = await client.start_workflow(
            WorkflowType.PIPELINE_RUN,
            # Only what was given: the worker's defaults are its own affair, and the input stays readable.
            run_input.model_dump(mode="json", exclude_unset=True),
            id=workflow_id,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=f"{pipeline} on {run_input.platform}",
            static_details=_static_details(run_input),
        )
    except WorkflowAlreadyStartedError:
        raise CommandError(
            f"A run with the workflow id '{workflow_id}' is still open; nothing was started. Look at it with "
            f"'polysync-sagemaker status {workflow_id}', or choose another --workflow-id."
        ) from None
    return handle.result_run_id


def readable_id(run_input: PipelineRunInput) -> str:
    """Compose a workflow id that says what runs: the pipeline's name and a random suffix."""
    return f"{run_input.pipeline_name.rsplit('/', 1)[-1]}-{uuid.uuid4().hex[:8]}"


def _static_details(run_input: PipelineRunInput) -> str:
    """Tell in Temporal's markdown what was asked for; parameters by name only, for a value may be a secret."""
    facts: list[tuple[str, Any]] = [
        ("Pipeline", f"`{run_input.pipeline_name}`"),
        ("Platform", f"`{run_input.platform}`"),
        ("Parameters", ", ".join(f"`{name}`" for name in run_input.parameters) or "none given"),
        ("Follows", run_input.execution_arn and f"`{run_input.execution_arn}`"),
        ("Timeout", run_input.timeout and f"{run_input.timeout:g} s"),
    ]
    return "\n".join(f"- **{name}:** {value}" for name, value in facts if value)
