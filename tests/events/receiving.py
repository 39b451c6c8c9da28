"""Workers that receive events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from temporalio.client import Client

from activities.events.receivers import receive_events
from activities.events.wakeups import WakeUps
from tests.workflows.stage import Stage
from worker.platform_calls import open_platform_calls
from worker.service import build_workers
from worker.settings import Settings


@asynccontextmanager
async def worker(stage: Stage, queue_url: str, **settings: Any) -> AsyncIterator[WakeUps]:
    """Run a worker of a stage's task queue that reads a queue of events, as a worker's process does.

    A platforms file among the settings stands for the queue.
    """
    place: dict[str, Any] = {"region": "us-east-1", "endpoint_url": stage.standin.url, "events_queue_url": queue_url}
    place = {} if "platforms_file" in settings else place
    whole = Settings(task_queue=stage.task_queue, heartbeat_timeout=5, aws_threads=8, **place, **settings)
    calls = open_platform_calls(whole)
    wake_ups = WakeUps(calls.telemetry.metrics)
    # A client of its own, as another process has: the SDK serves a task queue once per client.
    address = stage.client.service_client.config.target_host
    client = await Client.connect(address, data_converter=stage.client.data_converter)
    main, watches = build_workers(client, whole, calls, wake_ups)
    async with main, watches:
        receiving = asyncio.create_task(receive_events(calls, wake_ups))
        yield wake_ups
        receiving.cancel()
        with suppress(asyncio.CancelledError):
            await receiving
    calls.close()
