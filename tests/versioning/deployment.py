"""A Worker Deployment under test: versions of the worker that come, become current, and are drained."""

import asyncio
import time
import uuid
from contextlib import AsyncExitStack
from typing import Any

from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentVersionRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contract.names import watch_task_queue
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Run, Stage
from workflows.payloads import data_converter

UNVERSIONED = "unversioned"


class Deployment:
    """Runs workers of several versions side by side, each with a client of its own: histories tell them apart."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.name = f"polysync-{uuid.uuid4().hex[:8]}"
        self._workers: dict[str, AsyncExitStack] = {}

    async def start(self, version: str, **settings: Any) -> None:
        """Start a worker of a version, `UNVERSIONED` for none."""
        client = await Client.connect(
            self.stage.client.service_client.config.target_host, identity=version, data_converter=data_converter
        )
        if version != UNVERSIONED:
            settings |= {"deployment_name": self.name, "build_id": version}
        stage = Stage(client, self.stage.standin)
        stage.task_queue = self.stage.task_queue
        self._workers[version] = AsyncExitStack()
        await self._workers[version].enter_async_context(stage.worker(**settings))

    async def drain(self, version: str) -> None:
        """Stop the worker of a version as SIGTERM does."""
        await self._workers.pop(version).aclose()

    async def close(self) -> None:
        """Drain all that runs."""
        for version in list(self._workers):
            await self.drain(version)

    async def make_current(self, version: str) -> None:
        """Make a version current once it polls both queues: `temporal worker deployment set-current-version`."""
        if version != UNVERSIONED:
            await self._polls_both_queues(version)
        await self.stage.client.workflow_service.set_worker_deployment_current_version(
            SetWorkerDeploymentCurrentVersionRequest(
                namespace=self.stage.client.namespace,
                deployment_name=self.name,
                build_id="" if version == UNVERSIONED else version,
            )
        )

    async def _polls_both_queues(self, version: str) -> None:
        request = DescribeWorkerDeploymentVersionRequest(
            namespace=self.stage.client.namespace,
            deployment_version=WorkerDeploymentVersion(deployment_name=self.name, build_id=version),
        )
        # The server compares queues by name and type: activities of the first queue may come last.
        expected = {
            (self.stage.task_queue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
            (self.stage.task_queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
            (watch_task_queue(self.stage.task_queue), TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
        }
        deadline = time.monotonic() + PATIENCE_SECONDS
        polled: set[tuple[str, TaskQueueType.ValueType]] = set()
        while polled != expected:
            assert time.monotonic() < deadline, f"{version} polls only {polled}"
            await asyncio.sleep(0.05)
            try:
                described = await self.stage.client.workflow_service.describe_worker_deployment_version(request)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
            else:
                polled = {(queue.name, queue.type) for queue in described.version_task_queues}


async def versions_of_tasks(run: Run) -> list[str]:
    """The versions that completed the run's workflow tasks, in order, each named once in a row."""
    found: list[str] = []
    async for event in run.handle.fetch_history_events():
        if event.HasField("workflow_task_completed_event_attributes"):
            completed = event.workflow_task_completed_event_attributes
            version = completed.deployment_version.build_id or UNVERSIONED
            found += [version] if found[-1:] != [version] else []
    return found


async def versions_of_activities(run: Run) -> set[str]:
    """The versions whose workers ran the attempts of activities that the history tells of."""
    return {
        event.activity_task_started_event_attributes.identity
        async for event in run.handle.fetch_history_events()
        if event.HasField("activity_task_started_event_attributes")
    }
