"""Starting a run, under a workflow id and with a summary that people can read in the Web UI."""

import uuid
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from contract.arns import pipeline_of
from contract.byte_limits import MAX_DETAILS_BYTES, MAX_ID_BYTES, MAX_SUMMARY_BYTES, cut
from contract.names import WorkflowType
from contract.pipeline_run import PipelineRunInput
from worker.cli.outcome import CommandError


async def start_run(client: Client, run_input: PipelineRunInput, workflow_id: str, task_queue: str) -> str | None:
    """Start a run.

    Returns:
        Temporal's run id of the workflow.

    Raises:
        CommandError: A run with this workflow id is still open, or the id is too long.
    """
    if (length := len(workflow_id.encode())) > MAX_ID_BYTES:
        raise CommandError(f"--workflow-id has {length} bytes, Temporal takes {MAX_ID_BYTES}; choose a shorter one.")
    pipeline = pipeline_of(run_input.pipeline_name)
    try:
        handle = await client.start_workflow(
            WorkflowType.PIPELINE_RUN,
            # Only what was given: the worker's defaults are its own affair, and the input stays readable.
            run_input.model_dump(mode="json", exclude_unset=True),
            id=workflow_id,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=cut(f"{pipeline} on {run_input.platform}", MAX_SUMMARY_BYTES),
            static_details=cut(_static_details(run_input), MAX_DETAILS_BYTES),
        )
    except WorkflowAlreadyStartedError:
        raise CommandError(
            f"A run with the workflow id '{workflow_id}' is still open; nothing was started. See it with "
            f"'polysync-sagemaker status {workflow_id}', or choose another --workflow-id."
        ) from None
    return handle.result_run_id


def readable_id(run_input: PipelineRunInput) -> str:
    """Compose a workflow id that says what runs: the pipeline's name and a random suffix."""
    return f"{pipeline_of(run_input.pipeline_name)}-{uuid.uuid4().hex[:8]}"


def _static_details(run_input: PipelineRunInput) -> str:
    """Write what was asked for in Temporal's markdown; parameters by name only, for a value may be a secret."""
    facts: list[tuple[str, Any]] = [
        ("Pipeline", f"`{run_input.pipeline_name}`"),
        ("Platform", f"`{run_input.platform}`"),
        ("Parameters", ", ".join(f"`{name}`" for name in run_input.parameters) or "none given"),
        ("Follows", run_input.execution_arn and f"`{run_input.execution_arn}`"),
        ("Timeout", run_input.timeout and f"{run_input.timeout:g} s"),
    ]
    return "\n".join(f"- **{name}:** {value}" for name, value in facts if value)
