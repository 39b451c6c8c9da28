"""The Prometheus endpoint: the SDK's own metrics and the worker's under one address.

The SDK's endpoint stops for good, and silently, once accepting a connection fails because file descriptors ran out, and
it keeps any number of silent connections. So it listens on loopback, and this module passes its answers on over one
connection that stays open; the server in front of it is bounded and outlives a lack of file descriptors.
"""

import asyncio
import platform
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from importlib.metadata import version
from typing import Final, Self

import structlog
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from activities.metrics import BUCKETS_SECONDS, PREFIX
from worker.observability.http_server import Answer, CannotServeError, http_server

log = structlog.get_logger(__name__)

DISTRIBUTION: Final = "polysync-sagemaker"
CONTENT_TYPE: Final = "text/plain; version=0.0.4"
_LOOPBACK: Final = "127.0.0.1"
_REQUEST: Final = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


@asynccontextmanager
async def metrics_endpoint(address: str) -> AsyncIterator[Runtime]:
    """Make a runtime, and serve its metrics under `http://<address>/metrics` for as long as the block runs.

    Names follow Prometheus's conventions: seconds as floats, units and `_total` as suffixes.

    Raises:
        CannotServeError: The address cannot be listened on.
    """
    port = _free_port()
    runtime = _runtime(f"{_LOOPBACK}:{port}")
    async with _SdkEndpoint(port) as metrics, http_server("METRICS_ADDRESS", address, metrics.answer):
        yield runtime


def _runtime(address: str) -> Runtime:
    config = PrometheusConfig(
        bind_address=address,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
        histogram_bucket_overrides=BUCKETS_SECONDS,
    )
    try:
        # The service name would be the SDK's own, on every sample; Prometheus's `job` and `instance` say more.
        runtime = Runtime(telemetry=TelemetryConfig(metrics=config, attach_service_name=False))
    except ValueError as error:
        raise CannotServeError(f"The SDK's metrics cannot be served on {address}: {error}") from error
    build = {"version": version(DISTRIBUTION), "sdk": version("temporalio"), "python": platform.python_version()}
    runtime.metric_meter.create_gauge(f"{PREFIX}build_info", "What runs here; always 1").set(1, build)
    return runtime


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])


class _SdkEndpoint:
    """The SDK's endpoint, over a connection that is opened before file descriptors can run out."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._one_scrape = asyncio.Lock()
        self._is_lost = False

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._disconnect()

    async def answer(self, path: str) -> Answer:
        """Answer a scrape; 503 if the SDK's endpoint is gone, which is also logged once."""
        if path != "/metrics":
            return Answer(HTTPStatus.NOT_FOUND, b"there is /metrics\n", CONTENT_TYPE)
        try:
            async with self._one_scrape:
                metrics = await self._scrape_again_if_closed()
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            if not self._is_lost:
                log.error("metrics.lost", why=str(error) or type(error).__name__, remedy="restart the worker")  # noqa: TRY400 — the reason is in the event
            self._is_lost = True
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, b"the SDK's metrics cannot be read\n", CONTENT_TYPE)
        if self._is_lost:
            log.info("metrics.recovered")
        self._is_lost = False
        return Answer(HTTPStatus.OK, metrics, CONTENT_TYPE)

    async def _scrape_again_if_closed(self) -> bytes:
        with suppress(OSError, EOFError):
            return await self._scrape()
        await self._connect()
        return await self._scrape()

    async def _scrape(self) -> bytes:
        if self._connection is None:
            raise ConnectionError("not connected")
        reader, writer = self._connection
        whole = False
        try:
            writer.write(_REQUEST)
            head = await reader.readuntil(b"\r\n\r\n")
            [length] = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            metrics = await reader.readexactly(int(length.partition(b":")[2]))
            whole = True
        finally:
            if not whole:
                self._disconnect()
        return metrics

    async def _connect(self) -> None:
        self._disconnect()
        self._connection = await asyncio.open_connection(_LOOPBACK, self._port)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection[1].transport.abort()
        self._connection = None
