"""What answers a workflow type that no worker has."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from contract.names import WorkflowType
    from workflows.run.run_input import invalid_input


@workflow.defn(dynamic=True)
class UnknownWorkflowType:
    """Ends a workflow of a type that this worker does not have, which would otherwise wait for ever."""

    @workflow.run
    async def run(self, _arguments: Sequence[RawValue]) -> None:
        """Fail at once, naming the types that there are."""
        raise invalid_input(
            f"this worker has no workflow type '{workflow.info().workflow_type[:80]}'; "
            f"it has: {', '.join(WorkflowType)}"
        )
