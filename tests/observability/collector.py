"""A collector of traces that speaks OTLP over HTTP, as an unchanged exporter does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    """One span, with its ids in hexadecimal; `parent` is empty for a root."""

    name: str
    trace: str
    id: str
    parent: str
    attributes: dict[str, str]
    has_failed: bool


@dataclass
class Collector:
    """What was sent so far."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        """All spans."""
        return [
            Span(
                name=span.name,
                trace=span.trace_id.hex(),
                id=span.span_id.hex(),
                parent=span.parent_span_id.hex(),
                attributes={pair.key: pair.value.string_value for pair in span.attributes},
                has_failed=span.status.code == span.status.STATUS_CODE_ERROR,
            )
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def services(self) -> set[str]:
        """The names of the services that sent something."""
        return {
            pair.value.string_value
            for request in self.requests
            for resource in request.resource_spans
            for pair in resource.resource.attributes
            if pair.key == "service.name"
        }

    @property
    def text(self) -> str:
        """Everything as text, events and attributes included."""
        return "".join(map(str, self.requests))


@contextmanager
def collector() -> Iterator[Collector]:
    """A collector on this machine for the time of the block."""
    collected = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = ExportTraceServiceRequest()
            request.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
            collected.paths.append(self.path)
            collected.requests.append(request)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collected.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield collected
    finally:
        server.shutdown()
        server.server_close()
