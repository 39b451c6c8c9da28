"""Checking a platform through a worker, or on this machine where none answers."""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.service import RPCError

from activities.aws.platforms_file import PlatformsFileError
from activities.models import CheckPlatformRequest
from activities.platform_check import check_aws
from contract.byte_limits import MAX_SUMMARY_BYTES, cut
from contract.names import WorkflowType
from contract.platform_check import Check, Checker, PlatformCheck, PlatformCheckInput
from worker.cli.connection import Connection
from worker.connection import CannotConnectError
from worker.platform_calls import open_platform_calls
from worker.settings import Settings
from worker.settings_problems import describe_settings_problems
from worker.temporal_checks import TEMPORAL, WORKER, check_temporal

POLL_EVERY_SECONDS: Final = 0.5
PATIENCE_WITH_WORKERS_SECONDS: Final = 10.0
LONGEST_CHECK: Final = timedelta(minutes=5)

EVENTS_BEFORE_A_WORKER: Final = 2
"""Events of a workflow that no worker has touched: started, and a workflow task scheduled."""

_OTHER_PLATFORM: Final = "Name another platform, or add this one to the worker's platforms file."

Handle = WorkflowHandle[Any, PlatformCheck]


class _NoWorkerError(Exception):
    """No worker took the check; the text says how that was found out."""


@dataclass(frozen=True)
class Checking:
    """Makes one check."""

    connection: Connection
    task_queue: str
    wanted: PlatformCheckInput

    async def check(self) -> PlatformCheck:
        """Check the platform; every problem is in the result."""
        try:
            client = await self.connection.open()
        except CannotConnectError as error:
            return await check_here(
                self.wanted,
                [
                    Check(name=TEMPORAL, ok=False, detail=error.problem, remedy=error.remedy or None),
                    Check(name=WORKER, ok=None, detail="not asked, because Temporal does not answer"),
                ],
            )
        try:
            return await self._through_a_worker(client)
        except (_NoWorkerError, RPCError) as error:
            missing = Check(name=WORKER, ok=False, detail=str(error), remedy=self._remedy)
            return await check_here(self.wanted, [*await check_temporal(client), missing])

    @property
    def _remedy(self) -> str:
        command = self.connection.command("worker", "--task-queue", self.task_queue)
        return f"Start a worker with '{command}', or name the workers' task queue with --task-queue."

    async def _through_a_worker(self, client: Client) -> PlatformCheck:
        request = DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=self.task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        if not (await client.workflow_service.describe_task_queue(request)).pollers:
            raise _NoWorkerError(f"no worker polls the task queue '{self.task_queue}'")
        handle = await client.start_workflow(
            WorkflowType.PLATFORM_CHECK,
            self.wanted.model_dump(mode="json", exclude_unset=True),
            id=f"platform-check-{self.wanted.platform}-{uuid.uuid4().hex[:8]}",
            task_queue=self.task_queue,
            result_type=PlatformCheck,
            execution_timeout=LONGEST_CHECK,
            static_summary=cut(f"Check of {self.wanted.platform}", MAX_SUMMARY_BYTES),
        )
        try:
            return await self._outcome(handle)
        except WorkflowFailureError as error:
            refusal = Check(name="platform", ok=False, detail=_reason(error), remedy=_OTHER_PLATFORM)
            return _not_checked(self.wanted, Checker.WORKER).after([*await check_temporal(client), refusal])

    async def _outcome(self, handle: Handle) -> PlatformCheck:
        waiting = asyncio.create_task(handle.result())
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + PATIENCE_WITH_WORKERS_SECONDS
        try:
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=POLL_EVERY_SECONDS)
                late = loop.time() > give_up_at and not waiting.done()
                if late and (await handle.describe()).history_length <= EVENTS_BEFORE_A_WORKER:
                    await handle.terminate("No worker answered")
                    raise _NoWorkerError(
                        f"a worker has polled the task queue '{self.task_queue}' lately, but none answers within "
                        f"{PATIENCE_WITH_WORKERS_SECONDS:.0f} s"
                    )
            return waiting.result()
        finally:
            waiting.cancel()


async def check_here(wanted: PlatformCheckInput, before: list[Check]) -> PlatformCheck:
    """Check the AWS side with this machine's settings, credentials and network.

    Args:
        wanted: What to check.
        before: What is known of the Temporal side.
    """
    nothing = _not_checked(wanted, Checker.THIS_MACHINE).after(before)
    try:
        calls = open_platform_calls(Settings())
    except ValidationError as error:
        problems = describe_settings_problems(error)
        return nothing.with_check(Check(name="settings", ok=False, detail=problems, remedy="Correct these variables."))
    except PlatformsFileError as error:
        return nothing.with_check(Check(name="platforms file", ok=False, detail=str(error), remedy="Correct the file."))
    try:
        platform = calls.platforms[wanted.platform]
        found = await check_aws(calls, platform, CheckPlatformRequest.of(wanted))
    except ApplicationError as error:
        return nothing.with_check(Check(name="platform", ok=False, detail=error.message, remedy=_OTHER_PLATFORM))
    finally:
        calls.close()
    return found.model_copy(update={"checked_by": Checker.THIS_MACHINE}).after(before)


def _not_checked(wanted: PlatformCheckInput, checker: Checker) -> PlatformCheck:
    return PlatformCheck(platform=wanted.platform, checked_by=checker, checked_at=datetime.now(UTC))


def _reason(error: WorkflowFailureError) -> str:
    return error.cause.message if isinstance(error.cause, FailureError) else str(error.cause)
