"""Deploying pipelines through Temporal, so that the worker's credentials are used and none of this machine's."""

import asyncio
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from temporalio.client import WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from contract.byte_limits import MAX_SUMMARY_BYTES, cut
from contract.definition_text import decompress_definition
from contract.deployment import PipelineDeployment, PipelineDeploymentInput
from contract.names import DEFINITION_QUERY, JOIN_UPDATE, WorkflowType
from worker.cli.waiting import Waiting

CANCEL_WITHIN_SECONDS: Final = 3.0

LONGEST_PREVIEW: Final = timedelta(hours=1)
"""A preview whose command was killed ends after this."""

Handle = WorkflowHandle[Any, PipelineDeployment]


def deployment_id(wanted: PipelineDeploymentInput) -> str:
    """Return the workflow id of all deployments of one pipeline, which come one after the other."""
    return f"deploy/{wanted.platform}/{wanted.pipeline_name}"


@dataclass(frozen=True)
class Deploying:
    """Starts deployments and waits for them."""

    waiting: Waiting

    async def preview(self, wanted: PipelineDeploymentInput) -> PipelineDeployment:
        """Return what a deployment would change, or how a pipeline is deployed; nothing is changed.

        Raises:
            CommandError: It failed, or was ended by another client.
        """
        return (await self._preview(wanted))[1]

    async def definition(self, wanted: PipelineDeploymentInput) -> tuple[PipelineDeployment, str]:
        """Return how a pipeline is deployed, and the text of its definition; an empty text without a pipeline.

        Raises:
            CommandError: It failed, or was ended by another client.
        """
        handle, document = await self._preview(wanted.model_copy(update={"with_definition": True}))
        compressed: str | None = await handle.query(DEFINITION_QUERY)
        return document, decompress_definition(compressed) if compressed else ""

    async def apply(self, wanted: PipelineDeploymentInput) -> PipelineDeployment:
        """Deploy. A deployment under way that wants the same is joined.

        Raises:
            CommandError: It failed, or another deployment of the pipeline is under way (`DeploymentConflict`).
        """
        while True:
            try:
                handle = await self._start(wanted, deployment_id(wanted))
            except WorkflowAlreadyStartedError as error:
                handle = self._handle(error.workflow_id, error.run_id)
                with suppress(_HasEndedError):
                    return await self._join(handle, wanted)
            else:
                return await self.waiting.outcome(handle, handle.result(), "deployment")

    async def _preview(self, wanted: PipelineDeploymentInput) -> tuple[Handle, PipelineDeployment]:
        workflow_id = f"diff/{wanted.platform}/{wanted.pipeline_name}/{uuid.uuid4().hex[:8]}"
        handle = await self._start(wanted, workflow_id, execution_timeout=LONGEST_PREVIEW)
        try:
            return handle, await self.waiting.outcome(handle, handle.result(), "preview")
        except asyncio.CancelledError:
            with suppress(RPCError, TimeoutError):
                await asyncio.wait_for(handle.cancel(), CANCEL_WITHIN_SECONDS)
            raise

    async def _start(self, wanted: PipelineDeploymentInput, workflow_id: str, **options: Any) -> Handle:
        doing = "Deployment" if wanted.apply else "Preview"
        return await self.waiting.client.start_workflow(
            WorkflowType.PIPELINE_DEPLOYMENT,
            wanted.model_dump(mode="json", exclude_unset=True),
            id=workflow_id,
            task_queue=self.waiting.task_queue,
            result_type=PipelineDeployment,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            static_summary=cut(f"{doing} of {wanted.pipeline_name} on {wanted.platform}", MAX_SUMMARY_BYTES),
            **options,
        )

    def _handle(self, workflow_id: str, run_id: str | None) -> Handle:
        return self.waiting.client.get_workflow_handle(workflow_id, run_id=run_id, result_type=PipelineDeployment)

    async def _join(self, handle: Handle, wanted: PipelineDeploymentInput) -> PipelineDeployment:
        argument = wanted.model_dump(mode="json", exclude_unset=True)
        joined = handle.execute_update(JOIN_UPDATE, argument, result_type=PipelineDeployment)
        try:
            return await self.waiting.outcome(handle, joined, "deployment")
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise _HasEndedError from None
            raise


class _HasEndedError(Exception):
    """The deployment that was to be joined has ended meanwhile."""
