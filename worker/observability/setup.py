"""From the settings to metrics and traces."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from temporalio.client import Interceptor
from temporalio.runtime import Runtime

from activities.aws.connection_errors import PlatformMisconfiguredError
from activities.aws.secrets.resolver import require_extra
from activities.metrics import Metrics
from activities.telemetry import Telemetry, no_span
from worker.observability.http_server import CannotServeError
from worker.observability.measured_activities import MeasuringInterceptor
from worker.observability.prometheus import metrics_endpoint
from worker.settings import Settings

if TYPE_CHECKING:
    from worker.observability.tracing import Tracing


@dataclass(frozen=True)
class Observability:
    """What the connection, its workers and the calls to AWS are given to be observed."""

    runtime: Runtime | None
    interceptors: Sequence[Interceptor]
    telemetry: Telemetry


@asynccontextmanager
async def observability(settings: Settings) -> AsyncIterator[Observability]:
    """Serve metrics and send traces, as far as the settings ask for them, for as long as the block runs.

    Raises:
        CannotServeError: The metrics' address cannot be listened on, or the extra `tracing` is not installed.
    """
    async with AsyncExitStack() as until_end:
        address = settings.metrics_address
        runtime = await until_end.enter_async_context(metrics_endpoint(address)) if address else None
        metrics = Metrics(runtime.metric_meter) if runtime else Metrics()
        measuring = MeasuringInterceptor(metrics)
        if not settings.tracing:
            yield Observability(runtime, [measuring], Telemetry(metrics, no_span))
            return
        tracing = _tracing()
        until_end.push_async_callback(asyncio.to_thread, tracing.close)
        yield Observability(runtime, [measuring, tracing.interceptor], Telemetry(metrics, tracing.aws_call_span))


def _tracing() -> "Tracing":
    try:
        require_extra("opentelemetry.exporter.otlp", "tracing", "TRACING")
    except PlatformMisconfiguredError as error:
        raise CannotServeError(str(error)) from None
    from worker.observability.tracing import Tracing  # noqa: PLC0415 — an optional extra

    return Tracing()
