"""`python -m benchmarks.floor`: a worker that hosts the floor's workflows exactly as the product hosts its own."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from temporalio.client import Client
from temporalio.worker import Worker, WorkerConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from benchmarks.floor.aws import AwsActivities
from benchmarks.floor.workflows import TASK_QUEUE, Empty, SameCalls, TwoActivities, first, second
from worker.connection import connect
from worker.logs import configure_logs
from worker.platform_calls import open_platform_calls
from worker.service import build_workers, serve
from worker.settings import Settings
from workflows.payloads import data_converter


async def main() -> None:
    """Serve until the process is ended."""
    settings = Settings()
    configure_logs(settings)
    client = await connect(data_converter)
    await serve([floor_worker(client, settings)], settings, asyncio.Event())


def floor_worker(client: Client, settings: Settings) -> Worker:
    """Build a worker with the options of the product's own for workflows: slots, pollers, cache, sandbox.

    The sandbox lets this package through besides what it lets through for the product, so that the floor is as low as
    it can be.
    """
    # On a task queue that no worker polls; it is never run.
    template = settings.model_copy(update={"task_queue": f"{TASK_QUEUE}-template"})
    options = build_workers(client, template, open_platform_calls(template))[0].config()
    runner = options.get("workflow_runner", SandboxedWorkflowRunner())
    if isinstance(runner, SandboxedWorkflowRunner):
        runner = SandboxedWorkflowRunner(runner.restrictions.with_passthrough_modules("benchmarks"))
    on_aws = AwsActivities()
    own = WorkerConfig(
        task_queue=TASK_QUEUE,
        workflows=[Empty, TwoActivities, SameCalls],
        activities=[first, second, on_aws.start, on_aws.follow],
        activity_executor=ThreadPoolExecutor(settings.max_concurrent_activities),
        workflow_runner=runner,
    )
    return Worker(**cast("WorkerConfig", {**options, **own}))


if __name__ == "__main__":
    asyncio.run(main())
