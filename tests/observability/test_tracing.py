"""Traces: one over client, workflow, activities and AWS, sent as OTLP; and nothing secret in them."""

import asyncio
import json
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.contrib.opentelemetry import TracingInterceptor

from contract.names import CANCEL_SIGNAL, WorkflowType
from contract.pipeline_document import PipelineRunDocument
from tests.observability.collector import Collector, Span, collector
from tests.observability.conftest import Observed
from tests.observability.scrape import get
from tests.workflows.stage import until
from worker.encryption.codec import EncryptionCodec
from worker.encryption.data_converter import encrypted
from worker.encryption.key_ring import Key, KeyRing
from worker.local.ports import free_port
from worker.local.worker_process import WorkerProcess, embedded_environment
from worker.observability.http_server import CannotServeError
from worker.observability.setup import observability
from worker.settings import Settings

KEY = bytes(range(32))
CODEC = EncryptionCodec(KeyRing([Key("a", KEY)]))
PASSWORD = "PLANTED-password-of-the-warehouse"
TASK_QUEUE = "sagemaker-traced"
PLATFORMS = """
[platforms.default]
region = "us-east-1"
endpoint_url = "{endpoint}"
[vaults.jobs]
provider = "file"
directory = "{folder}"
allow_in_parameters = true
"""


class TracedWorker:
    """A worker process with tracing, metrics and a vault; what it tells, and where."""

    def __init__(self, observed: Observed, collected: Collector, folder: Path) -> None:
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        file = folder / "platforms.toml"
        file.write_text(PLATFORMS.format(endpoint=observed.stack.standin.endpoint_url, folder=folder), encoding="utf-8")
        self.metrics_address = f"127.0.0.1:{free_port()}"
        settings = {
            "task_queue": TASK_QUEUE,
            "platforms_file": file,
            "poll_interval": 1,
            "tracing": True,
            "metrics_address": self.metrics_address,
            "log_format": "json",
            "encryption_keys": "a=env://PAYLOAD_KEY",
        }
        stack = observed.stack
        environment = embedded_environment(stack.temporal.address, stack.standin.endpoint_url, settings)
        self.log = folder / "worker.log"
        self.collected = collected
        self.process = WorkerProcess(
            self.log,
            {
                **environment,
                "PAYLOAD_KEY": KEY.hex(),
                "OTEL_EXPORTER_OTLP_ENDPOINT": collected.url,
                "OTEL_BSP_SCHEDULE_DELAY": "50",
            },
        )

    @property
    def told(self) -> str:
        """Everything that leaves the worker for people's eyes: spans, metrics and logs."""
        metrics = get(self.metrics_address, "/metrics")[1]
        return self.collected.text + metrics + self.log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def traced(observed: Observed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TracedWorker]:
    """A worker that sends its traces to a collector."""
    with collector() as collected:
        worker = TracedWorker(observed, collected, tmp_path_factory.mktemp("traced"))
        worker.process.start()
        yield worker
        worker.process.stop()


async def connect(observed: Observed, *interceptors: Interceptor) -> Client:
    """A client with the worker's key; an interceptor tells where its trace is."""
    return await Client.connect(
        observed.stack.temporal.address, data_converter=encrypted(CODEC), interceptors=interceptors
    )


async def start(client: Client, **fields: object) -> WorkflowHandle[object, PipelineRunDocument]:
    """Start a run on the traced worker."""
    return await client.start_workflow(
        WorkflowType.PIPELINE_RUN,
        {"pipeline_name": "quick-check", **fields},
        id=f"run-{uuid.uuid4().hex[:12]}",
        task_queue=TASK_QUEUE,
        result_type=PipelineRunDocument,
    )


async def spans_of(traced: TracedWorker, run: str, last: str) -> list[Span]:
    """The spans of a run's traces, once the last one has come."""

    def found() -> list[Span] | None:
        spans = traced.collected.spans
        traces = {span.trace for span in spans if span.attributes.get("temporalWorkflowID") == run}
        spans = [span for span in spans if span.trace in traces]
        return spans if any(span.name == last for span in spans) else None

    return await until(found)


def lineage(span: Span, spans: list[Span]) -> list[str]:
    """The names of a span and its ancestors; the last one is the id of a parent from elsewhere."""
    by_id = {one.id: one for one in spans}
    names = [span.name]
    while span.parent in by_id:
        span = by_id[span.parent]
        names.append(span.name)
    return [*names, span.parent]


async def test_one_trace_spans_client_workflow_activities_and_aws(observed: Observed, traced: TracedWorker) -> None:
    """With Temporal's own interceptor in the client."""
    provider, sent = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(sent))
    client = await connect(observed, TracingInterceptor(provider.get_tracer("client")))
    run = await start(client)
    await run.result()
    (client_span,) = [span for span in sent.get_finished_spans() if span.name.startswith("StartWorkflow")]
    spans = await spans_of(traced, run.id, f"CompleteWorkflow:{WorkflowType.PIPELINE_RUN}")
    assert {span.trace for span in spans} == {f"{client_span.context.trace_id:032x}"}
    (to_aws,) = [span for span in spans if span.name == "SageMaker.StartPipelineExecution"]
    assert lineage(to_aws, spans) == [
        "SageMaker.StartPipelineExecution",
        "RunActivity:start_pipeline_execution",
        "StartActivity:start_pipeline_execution",
        f"{client_span.context.span_id:016x}",
    ]
    assert to_aws.attributes == {
        "rpc.system": "aws-api",
        "rpc.service": "SageMaker",
        "rpc.method": "StartPipelineExecution",
        "polysync_sagemaker.platform": "default",
    }
    assert not to_aws.has_failed
    (workflow,) = [span for span in spans if span.name == "RunWorkflow:SageMakerPipelineRun"]
    assert workflow.parent == f"{client_span.context.span_id:016x}"
    assert traced.collected.services == {"polysync-sagemaker"}
    assert set(traced.collected.paths) == {"/v1/traces"}
    provider.shutdown()


class TraceHeader(Interceptor):
    """Sends the header of a trace, as it is, with whatever goes to a run."""

    def __init__(self, payload: Payload) -> None:
        self._payload = payload

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 — the SDK's name
        """See `temporalio.client.Interceptor.intercept_client`."""
        headers = {"_tracer-data": self._payload}

        class Sending(OutboundInterceptor):
            async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[object, object]:  # noqa: A002 — the SDK's name
                input.headers = headers
                return await super().start_workflow(input)

            async def signal_workflow(self, input: SignalWorkflowInput) -> None:  # noqa: A002 — the SDK's name
                input.headers = headers
                await super().signal_workflow(input)

        return Sending(next)


def header(fields: object) -> Payload:
    """As Temporalio.Extensions.OpenTelemetry writes it: W3C's fields as a JSON object."""
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(fields).encode())


@pytest.mark.parametrize("is_encrypted", [False, True])
async def test_a_trace_that_dotnet_begins_goes_on_here(
    observed: Observed, traced: TracedWorker, *, is_encrypted: bool
) -> None:
    """Its client and this worker share the header's name and form; with a codec, .NET encrypts headers, too."""
    trace, parent = uuid.uuid4().hex, uuid.uuid4().hex[:16]
    payload = header({"traceparent": f"00-{trace}-{parent}-01"})
    if is_encrypted:
        (payload,) = await CODEC.encode([payload])
    run = await start(await connect(observed, TraceHeader(payload)))
    await run.result()
    spans = await spans_of(traced, run.id, f"CompleteWorkflow:{WorkflowType.PIPELINE_RUN}")
    assert {span.trace for span in spans} == {trace}
    (workflow,) = [span for span in spans if span.name == "RunWorkflow:SageMakerPipelineRun"]
    assert workflow.parent == parent


@pytest.mark.parametrize(
    "payload",
    [
        header("no object"),
        header({"traceparent": 7}),
        Payload(metadata={"encoding": b"json/plain"}, data=b"{"),
        Payload(metadata={"encoding": b"binary/encrypted", "encryption-key-id": b"gone"}, data=b"?"),
    ],
    ids=["no object", "no text", "no JSON", "another key"],
)
@pytest.mark.usefixtures("traced")
async def test_a_header_that_cannot_be_read_fails_no_run(observed: Observed, payload: Payload) -> None:
    """Neither a start's nor a signal's: only the trace is lost."""
    run = await start(await connect(observed, TraceHeader(payload)), parameters={"Seconds": "100001"})
    await run.signal(CANCEL_SIGNAL)
    assert (await asyncio.wait_for(run.result(), 30)).status == "Cancelled"


async def test_looks_are_no_spans(observed: Observed, traced: TracedWorker) -> None:
    """A run has thousands of them, and a trace that grows for days is of no use."""
    run = await start(await connect(observed), parameters={"Seconds": 60})
    await run.result()
    spans = await spans_of(traced, run.id, "RunActivity:watch_pipeline_execution")
    described = [span for span in spans if span.name == "SageMaker.DescribePipelineExecution"]
    assert {lineage(span, spans)[1] for span in described} <= {"RunActivity:start_pipeline_execution"}


async def test_no_secret_is_told_in_spans_metrics_or_logs(observed: Observed, traced: TracedWorker) -> None:
    """Where AWS refuses a start and quotes the parameter's value."""
    observed.stack.standin.control(
        "POST",
        "/faults",
        {
            "operation": "StartPipelineExecution",
            "effect": "error",
            "code": "ValidationException",
            "message": f"Value '{PASSWORD}' is not valid",
            "times": 1,
        },
    )
    client = await connect(observed)
    run = await start(client, parameters={"Message": "vault://jobs/password"}, check_parameters=False)
    with pytest.raises(WorkflowFailureError) as raised:
        await run.result()
    assert "is not valid" in str(raised.value.cause)
    spans = await spans_of(traced, run.id, "RunActivity:start_pipeline_execution")
    (to_aws,) = [span for span in spans if span.name == "SageMaker.StartPipelineExecution"]
    assert to_aws.has_failed
    assert to_aws.attributes["error.type"] == "ValidationException"
    told = await asyncio.to_thread(lambda: traced.told)
    assert 'code="ValidationException"' in told
    assert PASSWORD not in told
    assert "PLANTED" not in told


async def test_tracing_without_its_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp", None)
    with pytest.raises(CannotServeError, match=r"pip install 'polysync-sagemaker\[tracing\]'"):
        async with observability(Settings(tracing=True, metrics_address=None)):
            pass
