"""Inputs as .NET's default payload converter writes them, byte by byte.

That is System.Text.Json with its default options: property names as they are in C# (PascalCase), nulls written, enums
as numbers, a whole double without a fraction (a decimal keeps it), and everything beyond ASCII and HTML's characters
escaped. The files are what records with these properties give; only PIPELINE stands for a name.
"""

import uuid
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHandle
from temporalio.common import RawValue

from contract.discovery import PipelineDiscovery
from contract.job_document import JobRunDocument
from contract.names import CANCEL_SIGNAL, WorkflowType
from contract.pipeline_document import PipelineRunDocument
from contract.platform_check import PlatformCheck
from contract.run import RunStatus
from tests.standin.definitions import job, parameter
from tests.workflows.stage import Run, Stage

FILES = Path(__file__).parent / "dotnet"

DECLARED = [
    parameter("InstanceCount", "Integer", 1),
    parameter("Rate", "Float", 0.1),
    parameter("Ratio", "Float", 0.1),
    parameter("Deep", "Boolean", default=False),
    parameter("Mode", "Integer", 0),
    parameter("Label", "String", ""),
    parameter("Date", "String", ""),
]
SENT = {
    "InstanceCount": "2",
    "Rate": "0.5",
    # `5` of a double and `5.0` of a decimal mean the same Float.
    "Ratio": "5.0",
    "Deep": "True",
    "Mode": "1",
    "Label": "Grüße + <b> & 'x'",
    "Date": "2026-01-31T00:00:00",
}


def written(file: str, pipeline: str = "") -> RawValue:
    """A file's bytes as a payload; a null is written as .NET's converter does."""
    if file == "null":
        return RawValue(Payload(metadata={"encoding": b"binary/null"}))
    data = (FILES / f"{file}.json").read_bytes().replace(b"PIPELINE", pipeline.encode())
    return RawValue(Payload(metadata={"encoding": b"json/plain"}, data=data))


async def start(stage: Stage, kind: WorkflowType, argument: RawValue, result: type[Any]) -> WorkflowHandle[Any, Any]:
    """Start a workflow with exactly this payload."""
    handle: WorkflowHandle[Any, Any] = await stage.client.start_workflow(
        kind, argument, id=f"dotnet-{uuid.uuid4().hex[:12]}", task_queue=stage.task_queue, result_type=result
    )
    return handle


@pytest.mark.parametrize("file", ["run", "run_with_a_list_of_parameters"], ids=["dictionary", "list"])
async def test_a_run_starts_with_the_values_that_were_meant(stage: Stage, file: str) -> None:
    """Numbers, booleans and enums as strings, escapes resolved, nulls as left out."""
    pipeline = stage.standin.create([job("Train", seconds=30)], DECLARED)
    handle = await start(stage, WorkflowType.PIPELINE_RUN, written(file, pipeline), PipelineRunDocument)
    assert (await Run(handle).result()).status is RunStatus.SUCCESS
    assert stage.the_execution(pipeline)["parameters"] == SENT


async def test_selected_steps_come_through(stage: Stage) -> None:
    """A nested object has nulls, too."""
    pipeline = stage.standin.create([job("Train", seconds=30), job("Score", seconds=30)])
    handle = await start(
        stage, WorkflowType.PIPELINE_RUN, written("run_of_selected_steps", pipeline), PipelineRunDocument
    )
    document = await Run(handle).result()
    assert list(stage.standin.steps(str(document.run_id))) == ["Train"]


async def test_a_job_gets_the_request_that_was_meant(stage: Stage) -> None:
    """Nulls are left out at every level; names of hyperparameters are data, and keep their spelling."""
    name = f"net{uuid.uuid4().hex[:8]}"
    handle = await start(stage, WorkflowType.JOB_RUN, written("job_run", name), JobRunDocument)
    document: JobRunDocument = await handle.result()
    (created,) = stage.standin.jobs("training-job", name)
    assert (document.status, document.run_id) == (RunStatus.SUCCESS, created["arn"])
    assert str(document.outputs["model"]).startswith("s3://churn/modèles/")
    assert created["request"]["HyperParameters"] == {"epochs": "5"}
    assert "EnableSageMakerMetricsTimeSeries" not in created["request"]["AlgorithmSpecification"]
    assert created["tags"]["team"] == "churn"


async def test_a_cancel_tells_its_reason(stage: Stage) -> None:
    """The signal's one argument."""
    pipeline = stage.pipeline(seconds=100_000)
    run = await stage.run(pipeline)
    await run.reaches(lambda document: document.run_id is not None)
    await run.handle.signal(CANCEL_SIGNAL, written("cancel"))
    document = await run.result()
    assert document.status is RunStatus.CANCELLED
    assert any("not today" in entry.why for entry in document.history)


async def test_a_discovery_finds_jobs(stage: Stage) -> None:
    """Polysync's "Get Pipelines"."""
    pipeline = stage.pipeline()
    handle = await start(stage, WorkflowType.PIPELINE_DISCOVERY, written("discovery", pipeline), PipelineDiscovery)
    found: PipelineDiscovery = await handle.result()
    assert [found_job.external_id for found_job in found.jobs] == [pipeline]


@pytest.mark.parametrize("file", ["platform_check", "null"])
async def test_a_platform_check_needs_nothing(stage: Stage, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Polysync's "Test connectivity", also with a null for its input."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", stage.standin.url)
    handle = await start(stage, WorkflowType.PLATFORM_CHECK, written(file), PlatformCheck)
    found: PlatformCheck = await handle.result()
    assert found.ok, found


@pytest.mark.parametrize(
    ("instead", "named"),
    [
        ((b'"Timeout":3600', b'"Timeout":"01:00:00"'), "timeout: "),
        ((b'"Mode":1', b'"Mode":[1]'), "'Mode' must be a string, an integer, a float or a boolean"),
    ],
    ids=["TimeSpan", "array parameter"],
)
async def test_what_dotnet_writes_differently_is_refused_by_name(
    stage: Stage, instead: tuple[bytes, bytes], named: str
) -> None:
    """A TimeSpan is a text and not seconds; an array is no value of a parameter."""
    payload = written("run", "p").payload
    changed = Payload(metadata=dict(payload.metadata), data=payload.data.replace(*instead))
    failure = await Run(await start(stage, WorkflowType.PIPELINE_RUN, RawValue(changed), PipelineRunDocument)).failure()
    assert failure.type == "InvalidInput"
    assert named in failure.message
