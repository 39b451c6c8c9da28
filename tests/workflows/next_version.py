"""A workflow type that only the next version of the worker has."""

from typing import Any, Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contract.pipeline_document import PipelineRunDocument

NEW_TYPE: Final = "SageMakerRunOfTheNextVersion"


@workflow.defn(name=NEW_TYPE)
class RunOfTheNextVersion:
    """Waits for a signal before it does anything, so that its first tasks leave no command in the history."""

    def __init__(self) -> None:
        self._may_end = False

    @workflow.run
    async def run(self, *_arguments: Any) -> PipelineRunDocument:
        """Wait."""
        await workflow.wait_condition(lambda: self._may_end)
        return PipelineRunDocument(message="done by the new worker")

    @workflow.signal
    def end(self) -> None:
        """Let it end."""
        self._may_end = True
