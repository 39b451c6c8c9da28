"""Accounts with thousands of pipelines, and single pipelines that are too much."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from contract.discovery import MAX_DOCUMENT_BYTES, PipelineDiscovery
from tests.discovery.finder import Finder, Handle, write_journal
from tests.standin.definitions import definition, job, parameter
from tests.standin.process import Standin
from tests.workflows.stage import Stage

PIPELINES = 2_000
PARAMETERS = 50
LIMIT_SECONDS = 300


@pytest.fixture
async def crowded(temporal: WorkflowEnvironment, aws_keys: None, tmp_path: Path) -> AsyncIterator[Finder]:  # noqa: ARG001 — calls are signed
    """An account of 2,000 pipelines with 50 parameters each."""
    parameters = [parameter(f"Parameter{number:02}", default=f"s3://example/{number}") for number in range(PARAMETERS)]
    text = definition([job("Train")], parameters)
    journal = tmp_path / "journal"
    write_journal(journal, {f"pipeline-{number:04}": text for number in range(PIPELINES)})
    standin = Standin("--data", str(journal))
    stage = Stage(temporal.client, standin)
    async with stage.worker():
        yield Finder(stage, "pipeline-")
    standin.close()


async def result_bytes(handle: Handle) -> int:
    """Bytes of a discovery's result as it stands in the history."""
    history = (await handle.fetch_history()).to_json_dict()
    payload = history["events"][-1]["workflowExecutionCompletedEventAttributes"]["result"]["payloads"][0]
    return len(base64.b64decode(payload["data"]))


@pytest.mark.timeout(2 * LIMIT_SECONDS)
async def test_two_thousand_pipelines_with_fifty_parameters_each_come_through(crowded: Finder) -> None:
    """Page by page, each within the limit and well used; only what did not fit is described twice."""
    names: list[str] = []
    sizes: list[int] = []
    page = PipelineDiscovery(platform="default")
    while page.next_token or not names:
        handle = await crowded.start({"next_token": page.next_token, "name_prefix": crowded.prefix})
        page = await asyncio.wait_for(handle.result(), LIMIT_SECONDS)
        assert page.total == PIPELINES
        assert page.problems == []
        assert {len(found.parameters or []) for found in page.jobs} == {PARAMETERS}
        names += [found.external_id for found in page.jobs]
        sizes.append(await result_bytes(handle))
    assert names == [f"pipeline-{number:04}" for number in range(PIPELINES)]
    assert max(sizes) <= MAX_DOCUMENT_BYTES
    assert min(sizes[:-1]) > MAX_DOCUMENT_BYTES * 0.98
    assert crowded.stage.calls("DescribePipeline")["received"] <= PIPELINES + 16 * len(sizes)


async def test_a_pipeline_too_large_for_any_document_comes_without_parameters(finder: Finder) -> None:
    """A definition may have a mebibyte; the others are told as usual."""
    declared = [{"Name": f"P{number}", "Type": "String"} for number in range(15_000)]
    large = finder.create("large", declared)
    small = finder.create("small", [parameter("A")])
    found = await finder.find()
    assert [(found_job.external_id, found_job.parameters is None) for found_job in found.jobs] == [
        (large, True),
        (small, False),
    ]
    assert [(problem.external_id, problem.type, problem.message) for problem in found.problems] == [
        (large, "DocumentTooLarge", "Its 15000 parameters do not fit into one document")
    ]
