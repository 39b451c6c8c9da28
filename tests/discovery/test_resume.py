"""A discovery whose worker was killed goes on where its last heartbeat was."""

import asyncio
import dataclasses
from collections.abc import Iterator
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform, Platforms
from activities.discovery.page import Progress
from activities.discovery.pipelines import DESCRIBED_AHEAD, DiscoveryActivities
from activities.models import DiscoverRequest
from tests.discovery.finder import Finder
from tests.workflows.stage import until

PIPELINES = 40


@pytest.fixture
def discovery(finder: Finder) -> Iterator[DiscoveryActivities]:
    """The activity, as a worker has it."""
    platform = Platform(region="us-east-1", endpoint_url=finder.stage.standin.url)
    calls = SageMakerCalls(Platforms([platform]), threads=8)
    yield DiscoveryActivities(calls)
    calls.close()


class Attempt:
    """One attempt of the activity, which beats ten times a second; `beats` outlive it, as on Temporal's server."""

    def __init__(self, number: int, *details: object) -> None:
        self.beats: list[Progress] = []
        self.environment = ActivityEnvironment()
        self.environment.on_heartbeat = lambda *beat: self.beats.append(beat[0])
        self.environment.info = dataclasses.replace(
            self.environment.info,
            attempt=number,
            heartbeat_details=list(details),
            heartbeat_timeout=timedelta(seconds=0.3),
        )


async def test_the_next_attempt_goes_on(finder: Finder, discovery: DiscoveryActivities) -> None:
    """Half of the pipelines were described when the worker was lost: the next one describes the other half."""
    names = finder.create_many(PIPELINES)
    held = finder.stage.standin.fault("DescribePipeline", "hold_reply", pipeline=names[20])
    request = DiscoverRequest(platform="default", name_prefix=finder.prefix, page_size=PIPELINES - 1)
    lost = Attempt(1)
    losing = asyncio.create_task(lost.environment.run(discovery.discover_pipelines, request))
    await until(lambda: [beat for beat in lost.beats if beat.described == 20])
    lost.environment.cancel()
    await asyncio.wait([losing])
    finder.stage.standin.control("DELETE", f"/faults/{held}")
    finder.stage.standin.control("DELETE", "/calls")
    details = Progress.model_validate(lost.beats[-1].model_dump(mode="json"))
    found = await Attempt(2, details).environment.run(discovery.discover_pipelines, request)
    assert [job.external_id for job in found.jobs] == names[: PIPELINES - 1]
    assert finder.stage.calls("DescribePipeline")["received"] == PIPELINES - 1 - 20
    assert details.last_pipeline == names[19]
    assert details.listed == PIPELINES


@pytest.mark.parametrize("details", [{"packed": "not packed at all"}, {"packed": 7}, "nonsense"])
async def test_details_that_cannot_be_read_begin_anew(
    finder: Finder, discovery: DiscoveryActivities, details: object
) -> None:
    """Another version's details, or a damaged one's, cost time and nothing else."""
    names = finder.create_many(2)
    request = DiscoverRequest(platform="default", name_prefix=finder.prefix)
    found = await Attempt(2, details).environment.run(discovery.discover_pipelines, request)
    assert [job.external_id for job in found.jobs] == names


async def test_few_are_described_ahead(finder: Finder, discovery: DiscoveryActivities) -> None:
    """While the first pipeline's answer is awaited, only a bounded number of others is asked for."""
    names = finder.create_many(PIPELINES)
    held = finder.stage.standin.fault("DescribePipeline", "hold_reply", pipeline=names[0])
    attempt = Attempt(1)
    request = DiscoverRequest(platform="default", name_prefix=finder.prefix)
    running = asyncio.create_task(attempt.environment.run(discovery.discover_pipelines, request))
    await until(lambda: finder.stage.calls("DescribePipeline")["received"] == DESCRIBED_AHEAD)
    await until(lambda: len(attempt.beats) > 3)
    assert finder.stage.calls("DescribePipeline")["received"] == DESCRIBED_AHEAD
    finder.stage.standin.control("DELETE", f"/faults/{held}")
    assert len((await running).jobs) == PIPELINES
