"""Starting a run, under a workflow id and with a summary that people can read in the Web UI."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from contract.arns import pipeline_of
from contract.byte_limits import MAX_DETAILS_BYTES, MAX_ID_BYTES, MAX_SUMMARY_BYTES, cut
from contract.names import WorkflowType
from contract.pipeline_run import PipelineRunInput
from worker.cli.outcome import CommandError


@dataclass(frozen=True)
class NewRun:
    """A run that is to be started.

    Attributes:
        type: The workflow type.
        argument: Its input as JSON.
        workflow_id: The id under which it lives.
        summary: One line for lists in the Web UI.
        facts: What was asked for, by label, in Temporal's markdown; no values, for a value may be a secret.
    """

    type: WorkflowType
    argument: Any
    workflow_id: str
    summary: str
    facts: Sequence[tuple[str, Any]]


async def start_run(client: Client, new: NewRun, task_queue: str, *, join: bool = False) -> str | None:
    """Start a run.

    Args:
        client: Connected to Temporal.
        new: The run.
        task_queue: The workers' task queue.
        join: Whether a run with this workflow id that is open, or has completed, is the one that is meant.

    Returns:
        Temporal's run id of the workflow.

    Raises:
        CommandError: A run with this workflow id is still open, or the id is too long.
    """
    if (length := len(new.workflow_id.encode())) > MAX_ID_BYTES:
        raise CommandError(f"--workflow-id has {length} bytes, Temporal takes {MAX_ID_BYTES}; choose a shorter one.")
    details = "\n".join(f"- **{name}:** {value}" for name, value in new.facts if value)
    try:
        handle = await client.start_workflow(
            new.type,
            new.argument,
            id=new.workflow_id,
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING if join else WorkflowIDConflictPolicy.FAIL,
            id_reuse_policy=(
                WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY if join else WorkflowIDReusePolicy.ALLOW_DUPLICATE
            ),
            static_summary=cut(new.summary, MAX_SUMMARY_BYTES),
            static_details=cut(details, MAX_DETAILS_BYTES),
        )
    except WorkflowAlreadyStartedError as error:
        if join:
            return error.run_id
        raise CommandError(
            f"A run with the workflow id '{new.workflow_id}' is still open; nothing was started. See it with "
            f"'polysync-sagemaker status {new.workflow_id}', or choose another --workflow-id."
        ) from None
    return handle.result_run_id


def readable_id(name: str) -> str:
    """Compose a workflow id that says what runs: its name and a random suffix."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


def new_pipeline_run(run_input: PipelineRunInput, workflow_id: str | None) -> NewRun:
    """Return the run of a pipeline.

    Args:
        run_input: What to run.
        workflow_id: The id under which it lives; one is composed if that is None.
    """
    pipeline = pipeline_of(run_input.pipeline_name)
    return NewRun(
        WorkflowType.PIPELINE_RUN,
        # Only what was given: the worker's defaults are its own affair, and the input stays readable.
        run_input.model_dump(mode="json", exclude_unset=True),
        workflow_id or readable_id(pipeline),
        f"{pipeline} on {run_input.platform}",
        [
            ("Pipeline", f"`{run_input.pipeline_name}`"),
            ("Platform", f"`{run_input.platform}`"),
            ("Parameters", ", ".join(f"`{name}`" for name in run_input.parameters) or "none given"),
            ("Follows", run_input.execution_arn and f"`{run_input.execution_arn}`"),
            ("Timeout", run_input.timeout and f"{run_input.timeout:g} s"),
        ],
    )
