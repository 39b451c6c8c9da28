"""The Prometheus endpoint: the SDK serves its own metrics and the worker's under one address."""

import platform
from importlib.metadata import version
from typing import Final

from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from activities.metrics import BUCKETS_SECONDS, PREFIX

DISTRIBUTION: Final = "polysync-sagemaker"


class CannotServeError(Exception):
    """An address of the settings cannot be listened on, or what a setting asks for is not installed."""


def metrics_runtime(address: str) -> Runtime:
    """Make a runtime that serves metrics under `http://<address>/metrics`.

    Names follow Prometheus's conventions: seconds as floats, units and `_total` as suffixes.

    Raises:
        CannotServeError: The address cannot be listened on.
    """
    config = PrometheusConfig(
        bind_address=address,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
        histogram_bucket_overrides=BUCKETS_SECONDS,
    )
    try:
        # The service name would be the SDK's own, on every sample; Prometheus's `job` and `instance` tell more.
        runtime = Runtime(telemetry=TelemetryConfig(metrics=config, attach_service_name=False))
    except ValueError as error:
        raise CannotServeError(f"METRICS_ADDRESS {address} cannot be served: {error}") from error
    build = {"version": version(DISTRIBUTION), "sdk": version("temporalio"), "python": platform.python_version()}
    runtime.metric_meter.create_gauge(f"{PREFIX}build_info", "What runs here; always 1").set(1, build)
    return runtime
