"""Runs whose ends come by event: at once where all is well, and never later than by polls where it is not."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from contract.names import WorkflowType
from contract.platform_check import PlatformCheck
from contract.run import Phase, RunStatus
from tests.events.receiving import worker
from tests.gates.gate_stage import registration
from tests.standin.definitions import job
from tests.standin.process import Standin
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Stage

RARE_POLLS_SECONDS = 60.0
FREQUENT_POLLS_SECONDS = 2.0
SLACK_SECONDS = 10.0
"""For a loaded machine."""


@dataclass(frozen=True)
class Sending:
    """A stage whose stand-in sends events."""

    stage: Stage
    client: Any
    queue: str

    @property
    def queue_url(self) -> str:
        """Where the events go."""
        return f"{self.stage.standin.url}/111122223333/{self.queue}"

    def set(self, **switches: Any) -> None:
        """Set switches of `sagemaker_standin.events.bus.Deliveries`."""
        self.stage.standin.control("POST", "/events", switches)

    async def runs(self, count: int = 1, *, seconds: float = 60) -> float:
        """Run pipelines of one step of so many simulated seconds, which must succeed; the seconds that they took."""
        began = time.monotonic()
        runs = [await self.stage.start({"pipeline_name": self.stage.pipeline(seconds=seconds)}) for _ in range(count)]
        documents = await asyncio.gather(*(run.result() for run in runs))
        assert {document.status for document in documents} == {RunStatus.SUCCESS}
        return time.monotonic() - began


@pytest.fixture
async def sending(idle_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sending]:
    """The shared stand-in sends events to a fresh queue; afterwards it sends none, as before."""
    standin: Standin = idle_stage.standin
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", standin.url)
    before = {"per_change": 2, "lost": 0.0, "copies": 1, "late_seconds": 0.0, "reordered_seconds": 0.0, "garbage": 0.0}
    found = Sending(idle_stage, standin.client_of("sqs"), f"q-{uuid.uuid4().hex[:12]}")
    found.set(queue=found.queue)
    yield found
    found.set(queue=None, **before)
    found.client.close()


async def test_an_end_is_known_when_it_happens(sending: Sending) -> None:
    """Polls alone would need a minute. `doctor` knows of the event."""
    async with worker(sending.stage, sending.queue_url, poll_interval=RARE_POLLS_SECONDS):
        assert await sending.runs(3) < RARE_POLLS_SECONDS / 2
        check = await sending.stage.client.execute_workflow(
            WorkflowType.PLATFORM_CHECK,
            id=f"check-{uuid.uuid4().hex[:12]}",
            task_queue=sending.stage.task_queue,
            result_type=PlatformCheck,
        )
    assert check.last_event_at is not None
    last = next(each for each in check.checks if each.name == "last event")
    assert (last.ok, "came to this worker at" in last.detail) == (True, True)


async def test_steps_and_approvals_come_by_event_too(sending: Sending) -> None:
    """The table of steps moves when a step ends, and an approval in the console ends the wait of the run."""
    stage = sending.stage
    pipeline = stage.standin.create(
        [
            job("Train", seconds=60),
            {**registration("Register"), "DependsOn": ["Train"]},
            job("After", ["Register"], seconds=900),
        ]
    )
    async with worker(stage, sending.queue_url, poll_interval=RARE_POLLS_SECONDS):
        began = time.monotonic()
        run = await stage.run(pipeline, approval={"wait": True})
        await run.reaches(lambda document: "Succeeded" in {step.status for step in document.steps})
        assert (await run.document()).phase is Phase.RUNNING
        document = await run.reaches(lambda document: len(document.gates) == 1)
        arn = document.gates[0].model_package_arn
        assert arn is not None
        stage.standin.client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
        assert (await run.result()).status is RunStatus.SUCCESS
    assert time.monotonic() - began < RARE_POLLS_SECONDS / 2


async def test_workers_share_a_queue(sending: Sending) -> None:
    """A message that comes to the wrong one of them is handed back."""
    async with (
        worker(sending.stage, sending.queue_url, poll_interval=RARE_POLLS_SECONDS),
        worker(sending.stage, sending.queue_url, poll_interval=RARE_POLLS_SECONDS),
    ):
        assert await sending.runs(6) < RARE_POLLS_SECONDS / 2


async def test_what_goes_wrong_costs_no_more_than_polls(sending: Sending) -> None:
    """True ends by the next poll: everything wrong on the way, old events first, a queue that is denied, and gone."""
    bound = FREQUENT_POLLS_SECONDS + SLACK_SECONDS
    async with worker(sending.stage, sending.queue_url, poll_interval=FREQUENT_POLLS_SECONDS):
        sending.set(lost=0.3, copies=3, late_seconds=0.3, reordered_seconds=1.0, garbage=0.3)
        assert await sending.runs(4) < bound
        sending.set(lost=1.0, copies=1, late_seconds=0.0, reordered_seconds=0.0, garbage=0.0)
        assert await sending.runs() < bound
        url = sending.queue_url
        sending.client.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "345600"})
        sending.set(lost=0.0)
        flooded = sending.stage.standin.control("POST", "/events/flood", {"count": 10_000, "age_seconds": 3600})
        assert flooded["messages"] >= 10_000
        assert await sending.runs() < bound
        sending.stage.standin.fault("ReceiveMessage", "access_denied")
        assert await sending.runs() < bound
        sending.stage.standin.control("DELETE", "/faults")
        sending.client.delete_queue(QueueUrl=url)
        assert await sending.runs() < bound
        assert bound < PATIENCE_SECONDS
