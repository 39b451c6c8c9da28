"""The trace context in Temporal's headers: one that cannot be read begins a new trace and fails no run."""

from collections.abc import Sequence
from typing import Any

from opentelemetry.trace import Tracer
from temporalio.api.common.v1 import Payload
from temporalio.contrib.opentelemetry import TracingInterceptor, TracingWorkflowInboundInterceptor
from temporalio.converter import DefaultPayloadConverter
from temporalio.worker import WorkflowInboundInterceptor, WorkflowInterceptorClassInput


class TraceContextConverter(DefaultPayloadConverter):
    """Reads a header as W3C's fields, or as none.

    The SDK's interceptor raises where a header is no JSON object, or is encrypted under a key that is not here. In a
    workflow that fails its task, which Temporal repeats for ever, though only a span is lost.
    """

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """See base class."""
        return [self._fields(payload, type_hints) for payload in payloads]

    def _fields(self, payload: Payload, type_hints: list[type] | None) -> dict[str, str]:
        try:
            (found,) = super().from_payloads([payload], type_hints)
        except Exception:  # noqa: BLE001 — a caller's header can make a decoder raise anything
            return {}
        if not isinstance(found, dict):
            return {}
        return {name: value for name, value in found.items() if isinstance(value, str)}


class TolerantTracingInterceptor(TracingInterceptor):
    """Temporal's own interceptor, with headers read by `TraceContextConverter`."""

    def __init__(self, tracer: Tracer) -> None:
        """Take what makes the spans."""
        super().__init__(tracer)
        self.payload_converter = TraceContextConverter()

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 — the SDK's name
    ) -> type[TracingWorkflowInboundInterceptor]:
        """See base class."""
        super().workflow_interceptor_class(input)
        return _TracedWorkflow


class _TracedWorkflow(TracingWorkflowInboundInterceptor):
    def __init__(self, following: WorkflowInboundInterceptor) -> None:
        super().__init__(following)
        self.payload_converter = TraceContextConverter()
