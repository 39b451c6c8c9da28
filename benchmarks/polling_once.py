"""Polls and stops of many executions in this process, measured once."""

import asyncio
import gc
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from temporalio.testing import ActivityEnvironment

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform
from activities.models import StopRequest
from activities.resources.operations import LIST_EXECUTIONS, Operation
from activities.resources.table import PIPELINE_EXECUTION
from activities.stopping import Stops
from activities.watching.pace import any_moment_within
from activities.watching.poller import SharedPoller
from activities.watching.subscription import Seen, Subscription
from benchmarks.command import announce
from benchmarks.fleet import FOR_EVER_SECONDS
from benchmarks.installation import create_pipelines
from benchmarks.pacing import at_moments, at_most, random_moments
from benchmarks.standin import end_execution, sagemaker_client
from contract.platform_name import DEFAULT_PLATFORM
from worker.local.standin_process import StandinProcess

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient

_STARTS_AT_ONCE: Final = 4
_TICK_SECONDS: Final = 0.01
_FULL_COLLECTION: Final = 2
"""The generation of `gc.callbacks`."""


@dataclass(frozen=True)
class Options:
    """What is measured."""

    executions: int
    interval: float
    seconds: float
    ended: int
    stopped: int


@dataclass
class Seconds:
    """What was measured, each in seconds.

    Attributes:
        lists: From the first page of a list to its last one.
        late: How late a timer of the event loop was.
        collections: Full garbage collections, during which nothing else runs.
        ends: From AWS's moment of an end to its news.
        stops: From the beginning of a stop to AWS's answer.
    """

    lists: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    collections: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)


class TimedCalls:
    """Calls that record how long reading a list takes (`activities.watching.sources.PollingCalls`)."""

    def __init__(self, calls: SageMakerCalls, found: Seconds) -> None:
        self._calls = calls
        self._found = found
        self._list_began = 0.0

    async def poll(self, platform: Platform, operation: Operation, **request: Any) -> Any:
        """Call an operation."""
        if operation == LIST_EXECUTIONS and "NextToken" not in request:
            self._list_began = time.monotonic()
        answer = await self._calls.poll(platform, operation, **request)
        if operation == LIST_EXECUTIONS and "NextToken" not in answer:
            self._found.lists.append(time.monotonic() - self._list_began)
        return answer


async def started(standin: StandinProcess, count: int) -> dict[str, datetime]:
    """Start executions of one pipeline that do not end by themselves; their creation by ARN, as a run knows it."""
    (pipeline,) = create_pipelines(standin, 1)
    client = sagemaker_client(standin)
    try:
        found = await at_most(_STARTS_AT_ONCE, lambda _: asyncio.to_thread(_start, client, pipeline), range(count))
    finally:
        client.close()
    return dict(found)


def _start(client: "SageMakerClient", pipeline: str) -> tuple[str, datetime]:
    answer = client.start_pipeline_execution(
        PipelineName=pipeline,
        ClientRequestToken=str(uuid.uuid4()),
        PipelineParameters=[{"Name": "Seconds", "Value": str(FOR_EVER_SECONDS)}],
    )
    return answer["PipelineExecutionArn"], datetime.now(UTC)


async def measured(
    standin: StandinProcess, calls: SageMakerCalls, created: dict[str, datetime], options: Options, found: Seconds
) -> float:
    """Measure; returns the CPU seconds of this process."""
    platform = calls.platforms[DEFAULT_PLATFORM]
    poller, stops = SharedPoller(TimedCalls(calls, found)), Stops(calls)
    arns = list(created)
    gc.collect()
    gc.freeze()  # as a worker does
    watches = [asyncio.create_task(_watch(poller, platform, one, options.interval, found)) for one in created.items()]
    await asyncio.sleep(2 * options.interval)
    announce(f"measuring for {options.seconds:g} s")
    for taken in (found.lists, found.late, found.collections):
        taken.clear()
    cpu = time.process_time()

    async def end(arn: str) -> None:
        await asyncio.to_thread(end_execution, standin, arn)

    async def stop(arn: str) -> None:
        began = time.monotonic()
        request = StopRequest(platform=platform.name, execution_arn=arn, client_request_token=str(uuid.uuid4()))
        await ActivityEnvironment().run(stops.stop, request)
        found.stops.append(time.monotonic() - began)

    with _collections(found.collections):
        late = asyncio.create_task(_lateness(found.late))
        await asyncio.gather(
            asyncio.sleep(options.seconds),
            at_moments(random_moments(options.ended, options.seconds), end, arns[: options.ended]),
            at_moments(random_moments(options.stopped, options.seconds), stop, arns[::-1][: options.stopped]),
        )
        late.cancel()
    cpu = time.process_time() - cpu
    await asyncio.wait(watches[: options.ended], timeout=3 * options.interval)
    for watch in watches:
        watch.cancel()
    await asyncio.gather(*watches, return_exceptions=True)
    return cpu


async def _watch(
    poller: SharedPoller, platform: Platform, execution: tuple[str, datetime], interval: float, found: Seconds
) -> None:
    """Watch an execution to its end, without its steps, its results and heartbeats."""
    arn, created_at = execution
    # The describe that follows a start has shown it.
    status: str | None = "Executing"
    while True:
        now = asyncio.get_running_loop().time()
        subscription = Subscription(PIPELINE_EXECUTION, arn, interval, Seen(status, None, created_at), now)
        with poller.serving(platform, subscription) as group:
            news = await group.news(subscription, after=any_moment_within(interval))
        status = news.observed.sagemaker_status
        if news.observed.has_ended:
            if status == "Succeeded" and news.observed.last_modified_at is not None:
                found.ends.append(time.time() - news.observed.last_modified_at.timestamp())
            return


async def _lateness(late: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _TICK_SECONDS
        await asyncio.sleep(_TICK_SECONDS)
        late.append(loop.time() - due)


@contextmanager
def _collections(seconds: list[float]) -> Iterator[None]:
    """Record how long full garbage collections take while the block runs."""
    began = 0.0

    def note(phase: str, info: dict[str, int]) -> None:
        nonlocal began
        if info["generation"] < _FULL_COLLECTION:
            return
        if phase == "start":
            began = time.monotonic()
        else:
            seconds.append(time.monotonic() - began)

    gc.callbacks.append(note)
    try:
        yield
    finally:
        gc.callbacks.remove(note)
