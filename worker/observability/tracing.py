"""OpenTelemetry traces, exported over OTLP; where to and how is set by OpenTelemetry's own OTEL_* variables."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from activities.aws.call_outcomes import code_label
from activities.aws.errors import AwsError
from worker.observability.prometheus import DISTRIBUTION
from worker.observability.trace_headers import TolerantTracingInterceptor

SERVICE_NAMES: Final = {"sagemaker": "SageMaker", "sts": "STS"}
"""AWS's names of the services that boto3 names in lower case."""


class Tracing:
    """Makes the spans of workflows, activities and calls to AWS, and sends them in the background.

    The interceptor carries the trace context in the header `_tracer-data`, W3C's fields as a JSON object, which is what
    Temporalio.Extensions.OpenTelemetry for .NET sends (its TracingInterceptorOptions): such a trace goes on here.
    """

    def __init__(self) -> None:
        """Prepare the exporter; nothing is sent yet."""
        defaults = Resource.create({"service.name": DISTRIBUTION, "service.version": version(DISTRIBUTION)})
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
        self._provider = TracerProvider(resource=defaults.merge(OTELResourceDetector().detect()))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer(DISTRIBUTION, version(DISTRIBUTION))
        self.interceptor = TolerantTracingInterceptor(self._tracer)

    @contextmanager
    def aws_call_span(self, platform: str, service: str, operation: str) -> Iterator[None]:
        """See `activities.telemetry.AwsCallSpans`; names and attributes after OpenTelemetry's conventions for AWS."""
        service_name = SERVICE_NAMES.get(service, service)
        with self._tracer.start_as_current_span(
            f"{service_name}.{operation}",
            kind=SpanKind.CLIENT,
            attributes={
                "rpc.system": "aws-api",
                "rpc.service": service_name,
                "rpc.method": operation,
                "polysync_sagemaker.platform": platform,
            },
            # AWS's texts quote what was sent, secrets included.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except Exception as error:
                cause = error.cause if isinstance(error, AwsError) else error
                span.set_attribute("error.type", code_label(cause))
                span.set_status(Status(StatusCode.ERROR))
                raise

    def close(self) -> None:
        """Send what is left, for as long as the exporter's own timeout allows."""
        self._provider.shutdown()
