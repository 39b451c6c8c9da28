"""The worker service: two Temporal workers in one process, drained on SIGTERM."""

import asyncio
import gc
import os
import signal
import threading
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import structlog
from temporalio.client import Client
from temporalio.worker import Worker

from activities.aws.calls import SageMakerCalls
from activities.events.receivers import receive_events
from activities.events.wakeups import WakeUps
from activities.unexpected import UnexpectedErrors
from contract.names import watch_task_queue
from worker.connection import connect
from worker.encryption.data_converter import open_data_converter
from worker.observability.health import health_endpoints
from worker.observability.readiness import Readiness
from worker.observability.setup import Observability, observability
from worker.platform_calls import open_platform_calls
from worker.registry import WORKFLOWS, build_activities
from worker.search_attributes import ensure_search_attributes
from worker.settings import Settings
from worker.versioning import deployment_config
from worker.workflow_runner import WORKFLOW_RUNNER

log = structlog.get_logger(__name__)

SERVER_PATIENCE_SECONDS: Final = 60.0
"""How long a starting worker waits for its Temporal server."""

WATCH_HANDOVER: Final = timedelta(seconds=10)
"""Longest time for the watches to be handed over; each ends at once, but thousands take a moment to report."""

STICKY_PATIENCE: Final = timedelta(seconds=3)
"""After a SIGKILL, workflow tasks and queries wait this long for the dead worker before another one may have them; the
SDK's 10 s kept people waiting for an answer, and a replay by another worker is cheap with histories this short."""

POLLS_AT_ONCE: Final = 20
"""Long polls for tasks of each kind. With the SDK's 5, a burst of runs waited for its tasks; a waiting poll costs next
to nothing, so the number need not adapt."""

HARD_EXIT_MARGIN_SECONDS: Final = 15.0
"""After the drain, how long the process may take to exit on its own (sdk-python #1557: it can hang)."""


async def run_worker(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT, then drain it.

    Raises:
        worker.connection.CannotConnectError: No Temporal server answered.
        worker.search_attributes.SearchAttributesMissingError: The namespace is not prepared and could not be.
        activities.aws.platforms_file.PlatformsFileError: The platforms file cannot be used.
        worker.encryption.data_converter.EncryptionKeysError: An encryption key cannot be had.
        worker.observability.http_server.CannotServeError: An address for health or metrics cannot be listened on.
    """
    stop = asyncio.Event()
    _stop_on_signals(stop, settings)
    readiness = Readiness(stop)
    async with observability(settings) as observed, health_endpoints(settings.health_address, readiness):
        calls = open_platform_calls(settings, observed.telemetry)
        try:
            await _connect_and_serve(settings, calls, observed, readiness, stop)
        finally:
            calls.close()


async def _connect_and_serve(
    settings: Settings, calls: SageMakerCalls, observed: Observability, readiness: Readiness, stop: asyncio.Event
) -> None:
    log.info("worker.connecting")
    connecting = connect(
        open_data_converter(settings),
        attempts_for=SERVER_PATIENCE_SECONDS,
        runtime=observed.runtime,
        interceptors=observed.interceptors,
    )
    client = await _unless(stop, connecting)
    if client is None:
        return
    added = await ensure_search_attributes(client, register=settings.register_search_attributes)
    if added:
        log.info("search_attributes.added", names=added, namespace=client.namespace)
    wake_ups = WakeUps(calls.telemetry.metrics)
    workers = build_workers(client, settings, calls, wake_ups)
    readiness.connected(client, workers)
    _spare_collections_the_start_up()
    async with _receiving_events(calls, wake_ups, stop):
        await serve(workers, settings, stop, platforms=calls.platforms.names)


def _spare_collections_the_start_up() -> None:
    """Take what was loaded so far out of full garbage collections, during which nothing else runs.

    Measured: 157,000 objects, 0.14 s of CPU each time on a busy machine. Higher thresholds save nothing: young
    collections take 0.1 ms of a run's 20.
    """
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _receiving_events(calls: SageMakerCalls, wake_ups: WakeUps, stop: asyncio.Event) -> AsyncIterator[None]:
    """Receive events for as long as the block runs, but not during the drain: messages are for other processes then."""
    receiving = asyncio.create_task(receive_events(calls, wake_ups))
    stopping = asyncio.create_task(stop.wait())
    stopping.add_done_callback(lambda _: receiving.cancel())
    try:
        yield
    finally:
        stopping.cancel()


async def _unless(stop: asyncio.Event, connecting: Coroutine[Any, Any, Client]) -> Client | None:
    """Connect; None as soon as a signal asks to stop."""
    connection = asyncio.create_task(connecting)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({connection, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return connection.result() if connection.done() else None
    finally:
        connection.cancel()
        stopping.cancel()


def build_workers(
    client: Client, settings: Settings, calls: SageMakerCalls, wake_ups: WakeUps | None = None
) -> list[Worker]:
    """Build the worker for workflows and short activities, and the one whose slots belong to the watches alone."""
    activities = build_activities(client, calls, wake_ups)
    return [
        Worker(
            client,
            task_queue=settings.task_queue,
            workflows=WORKFLOWS,
            activities=activities.short,
            workflow_runner=WORKFLOW_RUNNER,
            max_concurrent_workflow_task_polls=POLLS_AT_ONCE,
            max_concurrent_activity_task_polls=POLLS_AT_ONCE,
            max_concurrent_activities=settings.max_concurrent_activities,
            max_cached_workflows=settings.max_cached_workflows,
            sticky_queue_schedule_to_start_timeout=STICKY_PATIENCE,
            graceful_shutdown_timeout=timedelta(seconds=settings.drain_timeout),
            interceptors=[UnexpectedErrors()],
            deployment_config=deployment_config(settings),
        ),
        Worker(
            client,
            task_queue=watch_task_queue(settings.task_queue),
            activities=activities.watches,
            max_concurrent_activity_task_polls=POLLS_AT_ONCE,
            max_concurrent_activities=settings.max_concurrent_watches,
            graceful_shutdown_timeout=WATCH_HANDOVER,
            interceptors=[UnexpectedErrors()],
            deployment_config=deployment_config(settings),
        ),
    ]


async def serve(
    workers: list[Worker], settings: Settings, stop: asyncio.Event, *, platforms: Sequence[str] = ()
) -> None:
    """Run the workers until `stop` is set or one of them fails, then drain them all."""
    running = [asyncio.create_task(worker.run()) for worker in workers]
    stopping = asyncio.create_task(stop.wait())
    log.info(
        "worker.started",
        task_queues=[worker.task_queue for worker in workers],
        platforms=list(platforms),
        pid=os.getpid(),
    )
    try:
        await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
        log.info("worker.draining", seconds_at_most=settings.drain_timeout)
        await asyncio.gather(*(worker.shutdown() for worker in workers))
        await asyncio.gather(*running)
    finally:
        stopping.cancel()
    log.info("worker.stopped")


def _stop_on_signals(stop: asyncio.Event, settings: Settings) -> None:
    loop = asyncio.get_running_loop()

    def drain() -> None:
        if stop.is_set():
            os._exit(1)  # a second signal: exit without the drain
        stop.set()
        deadline = max(settings.drain_timeout, WATCH_HANDOVER.total_seconds()) + HARD_EXIT_MARGIN_SECONDS
        watchdog = threading.Timer(deadline, os._exit, args=(1,))
        watchdog.daemon = True
        watchdog.start()

    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, drain)
