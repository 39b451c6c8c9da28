"""Workflows of a type that this worker does not have."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from contract.names import WorkflowType
    from workflows.first_task import PATIENCE, patience_is_over
    from workflows.run.run_input import refused_input


class UnknownTypeError(Exception):
    """Fails the workflow task and not the workflow: Temporal retries the task, and a newer worker executes it."""


@workflow.defn(dynamic=True)
class UnknownWorkflowType:
    """Fails a workflow of a type that no worker had for an hour: a mistyped one would otherwise wait for ever.

    During a rolling upgrade old and new workers poll one task queue, so the first task of a new type may reach an old
    worker. The old worker fails only that task, and never a workflow that another worker has executed before.
    """

    @workflow.run
    async def run(self, _arguments: Sequence[RawValue]) -> None:
        """Fail the task, and after an hour the workflow; either failure names the types that there are.

        Raises:
            UnknownTypeError: A worker that has the type may still come.
            ApplicationError: `InvalidInput`: none came.
        """
        problem = (
            f"this worker has no workflow type '{workflow.info().workflow_type[:80]}'; "
            f"it has: {', '.join(WorkflowType)}"
        )
        if patience_is_over():
            raise refused_input(problem)
        minutes = PATIENCE.total_seconds() / 60
        raise UnknownTypeError(f"{problem}. Correct the type, or upgrade the workers within {minutes:.0f} minutes.")
