"""Instances of a workflow as a worker makes them: in its sandbox, without a server."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp
from temporalio import workflow
from temporalio.api.common.v1 import Payloads
from temporalio.bridge.proto import workflow_activation as activation
from temporalio.common import Priority, TypedSearchAttributes
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails

from worker.workflow_runner import WORKFLOW_RUNNER
from workflows.payloads import data_converter

Definition = workflow._Definition  # noqa: SLF001 — as the worker does


def new_instance(
    definition: Definition, first: activation.WorkflowActivation, *, original_run_id: str | None = None
) -> WorkflowInstance:
    """Make the instance for a run's first activation, which it has yet to be given.

    Args:
        definition: Of the workflow.
        first: The activation.
        original_run_id: Of the run that was reset to this one; None if none was.
    """
    started = first.jobs[0].initialize_workflow
    details = WorkflowInstanceDetails(
        payload_converter_factory=data_converter.payload_converter_class,
        failure_converter_class=data_converter.failure_converter_class,
        interceptor_classes=[],
        defn=definition,
        info=_info(first.run_id, started, original_run_id or first.run_id),
        randomness_seed=started.randomness_seed,
        extern_functions={},
        disable_eager_activity_execution=False,
        worker_level_failure_exception_types=[],
        patch_activation_callback=None,
        last_completion_result=Payloads(),
        last_failure=None,
    )

    async def create() -> WorkflowInstance:
        return WORKFLOW_RUNNER.create_instance(details)

    # An instance is made in the worker's event loop, and activated outside of it.
    return asyncio.run(create())


def evict(instance: WorkflowInstance, run_id: str) -> None:
    """Take a workflow out of a worker's cache, which ends its tasks."""
    job = activation.WorkflowActivationJob(remove_from_cache=activation.RemoveFromCache())
    instance.activate(activation.WorkflowActivation(run_id=run_id, jobs=[job]))


def run_id_of(number: int) -> str:
    """Name a run of a chain."""
    return str(uuid.UUID(int=number))


def timestamp(at: datetime) -> Timestamp:
    """Give a time as the server does."""
    given = Timestamp()
    given.FromDatetime(at)
    return given


def _info(run_id: str, started: activation.InitializeWorkflow, original_run_id: str) -> workflow.Info:
    at = started.start_time.ToDatetime(UTC)
    return workflow.Info(
        attempt=1,
        continued_run_id=started.continued_from_execution_run_id or None,
        cron_schedule=None,
        execution_timeout=None,
        first_execution_run_id=started.first_execution_run_id,
        headers={},
        namespace="default",
        original_execution_run_id=original_run_id,
        parent=None,
        priority=Priority.default,
        raw_memo={},
        retry_policy=None,
        root=None,
        run_id=run_id,
        run_timeout=None,
        search_attributes={},
        start_time=at,
        task_queue="sagemaker",
        task_timeout=timedelta(seconds=10),
        # Not `TypedSearchAttributes.empty`: an upsert changes the list of the instance, and that one is shared.
        typed_search_attributes=TypedSearchAttributes([]),
        workflow_id=started.workflow_id,
        workflow_start_time=at,
        workflow_type=started.workflow_type,
    )
