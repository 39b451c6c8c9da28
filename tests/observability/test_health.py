"""The health endpoints: what a platform's probes are told."""

import asyncio
import contextlib
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from tests.observability.conftest import Observed
from tests.observability.scrape import get
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Stage, until
from worker.local.ports import free_port
from worker.local.process import ProcessFailedError
from worker.local.stack import Stack
from worker.local.worker_process import WorkerProcess, embedded_environment
from worker.observability.health import health_endpoints
from worker.observability.http_server import CannotServeError
from worker.observability.readiness import Readiness
from workflows.pipeline_run import SageMakerPipelineRun


async def ask(address: str, path: str, method: str = "GET") -> tuple[int, dict[str, str]]:
    """Status and document of an answer."""
    status, body = await asyncio.to_thread(get, address, path, method)
    return status, json.loads(body or "{}")


async def until_ready(address: str, *, ready: bool) -> dict[str, str]:
    """Wait until a worker is ready, or is not; what it says then."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            # A worker that has just been started does not listen yet.
            with contextlib.suppress(ConnectionRefusedError):
                status, document = await ask(address, "/readyz")
                assert status == (200 if document["status"] == "ready" else 503)
                if (status == 200) == ready:
                    return document
            await asyncio.sleep(0.05)


@pytest.fixture
def stop() -> asyncio.Event:
    """Set when the worker drains."""
    return asyncio.Event()


@pytest.fixture
def readiness(stop: asyncio.Event) -> Readiness:
    """Of a worker that is not connected yet."""
    return Readiness(stop)


@pytest.fixture
async def address(readiness: Readiness) -> AsyncIterator[str]:
    """Endpoints in this process."""
    place = f"127.0.0.1:{free_port()}"
    async with health_endpoints(place, readiness):
        yield place


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="needs IPv6")
async def test_an_ipv6_address_for_all_takes_ipv4_too(readiness: Readiness) -> None:
    """A cluster with both asks in either; the metrics' endpoint does the same."""
    port = free_port()
    async with health_endpoints(f"[::]:{port}", readiness):
        for host in ("127.0.0.1", "[::1]"):
            assert await ask(f"{host}:{port}", "/healthz") == (200, {"status": "alive"})


async def test_a_worker_that_is_not_connected_is_alive_and_not_ready(address: str) -> None:
    """Temporal's outage is no reason to restart it."""
    assert await ask(address, "/healthz") == (200, {"status": "alive"})
    assert await ask(address, "/readyz?verbose=1") == (
        503,
        {"status": "not ready", "reason": "the worker is not connected to Temporal yet"},
    )


async def test_other_requests_are_refused(address: str) -> None:
    """Nothing else is served, and a HEAD has no body."""
    assert (await ask(address, "/metrics"))[0] == 404
    assert (await asyncio.to_thread(get, address, "/healthz", "POST"))[0] == 405
    assert await ask(address, "/healthz", "HEAD") == (200, {})


@pytest.mark.parametrize("request_text", [b"", b"GET /healthz\r\n", b"x" * 20_000], ids=["none", "half", "flood"])
async def test_garbage_harms_nobody(address: str, request_text: bytes) -> None:
    """A connection without a whole request gets no answer, and the next one is served."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    with contextlib.suppress(ConnectionError):
        writer.write(request_text)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), PATIENCE_SECONDS) == b""
    writer.close()
    assert (await ask(address, "/healthz"))[0] == 200


async def test_an_address_that_is_taken_is_told() -> None:
    """A worker that cannot be probed does not start."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(CannotServeError, match=f"HEALTH_ADDRESS {place} cannot be served: .*in use"):
            async with health_endpoints(place, Readiness(asyncio.Event())):
                pass


async def test_nothing_is_served_without_an_address() -> None:
    """The default."""
    async with health_endpoints(None, Readiness(asyncio.Event())):
        pass


async def test_a_worker_that_ended_is_told(
    temporal: WorkflowEnvironment, idle_stage: Stage, readiness: Readiness, stop: asyncio.Event
) -> None:
    """By its queue; that the process drains comes first."""
    worker = Worker(temporal.client, task_queue=idle_stage.task_queue, workflows=[SageMakerPipelineRun])
    readiness.connected(temporal.client, [worker])
    assert await readiness.problem() == f"the worker of {idle_stage.task_queue} does not run"
    stop.set()
    assert await readiness.problem() == "the worker drains"


async def test_a_queue_that_nobody_polls_is_told(temporal: WorkflowEnvironment, idle_stage: Stage) -> None:
    """Running is not polling, and another process on the same queue is not this one."""
    readiness = Readiness(asyncio.Event())
    address = temporal.client.service_client.config.target_host
    other = await Client.connect(address, identity="another-process")
    # Without activities it never polls for them.
    idle = Worker(other, task_queue=idle_stage.task_queue, workflows=[SageMakerPipelineRun])
    async with idle_stage.worker(), idle:
        readiness.connected(other, [idle])
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (problem := await readiness.problem()) != f"{idle_stage.task_queue} is not polled yet":
                assert problem == f"the worker of {idle_stage.task_queue} does not run"
                await asyncio.sleep(0.02)


async def test_a_worker_process_is_ready_when_it_polls(observed: Observed) -> None:
    """Both of its workers."""
    assert await until_ready(observed.health_address, ready=True) == {"status": "ready"}


async def test_an_outage_of_temporal_makes_it_unready_and_a_drain_too(tmp_path: Path) -> None:
    """It stays alive all the time; while a start under way finishes after SIGTERM, it takes nothing new."""
    place = f"127.0.0.1:{free_port()}"
    with Stack(
        tmp_path, keep_data=True, clock_scale=60, settings={"health_address": place, "drain_timeout": 1}
    ) as stack:
        stack.start()
        await until_ready(place, ready=True)
        stack.temporal.kill()
        assert "Temporal does not answer" in (await until_ready(place, ready=False))["reason"]
        assert await ask(place, "/healthz") == (200, {"status": "alive"})
        stack.temporal.start()
        await until_ready(place, ready=True)
        held = stack.standin.control(
            "POST", "/faults", {"operation": "StartPipelineExecution", "effect": "hold_reply", "times": 1}
        )["id"]
        client = await stack.connect()
        await client.start_workflow(
            SageMakerPipelineRun.run, {"pipeline_name": "quick-check"}, id="held", task_queue="sagemaker"
        )
        await until(lambda: any(f["id"] == held and f["hits"] for f in stack.standin.control("GET", "/faults")))
        assert stack.worker.pid is not None
        os.killpg(stack.worker.pid, signal.SIGTERM)
        assert (await until_ready(place, ready=False))["reason"] == "the worker drains"
        assert await ask(place, "/healthz") == (200, {"status": "alive"})
        stack.standin.control("DELETE", f"/faults/{held}")


@pytest.mark.parametrize("setting", ["metrics_address", "health_address"])
def test_a_worker_whose_address_is_taken_says_so(tmp_path: Path, setting: str) -> None:
    """And does not run unobserved."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        environment = embedded_environment("127.0.0.1:1", "http://127.0.0.1:1", {setting: place})
        with pytest.raises(ProcessFailedError, match=f"{setting.upper()} {place} cannot be served"):
            WorkerProcess(tmp_path / "worker.log", environment).start()
