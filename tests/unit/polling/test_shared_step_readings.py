"""Which calls it costs to follow steps, and which watches get the changes."""

import asyncio

import pytest
import structlog

from activities.watching.news import News
from activities.watching.subscription import Seen
from tests.unit.polling.listed_aws import LATENCY_SECONDS, ListedAws, refusal
from tests.unit.polling.watched_world import DESCRIBE, INTERVAL, LIST, STEPS, World, run

SEEN = {"Train": "Executing/1"}


def training(numbers: range) -> ListedAws:
    """Executions whose one step is under way."""
    return ListedAws(
        statuses=dict.fromkeys(numbers, "Executing"), steps={number: {"Train": "Executing"} for number in numbers}
    )


def following(world: World, *numbers: int, seen: dict[str, str] | None = None) -> list[asyncio.Task[News]]:
    """Follow the steps of executions."""
    return [
        world.begin(world.subscribe(number, Seen("Executing", SEEN if seen is None else seen))) for number in numbers
    ]


def test_a_hundred_runs_cost_two_calls_per_interval() -> None:
    """One for all statuses, and one for the steps of one of them: 0.23 calls per run-minute at 5 s."""

    async def scene(world: World) -> None:
        following(world, *range(100))
        await asyncio.sleep(2 * INTERVAL)
        calls = await world.calls_in(600)
        assert set(calls) == {LIST, STEPS}
        assert calls.total() / 100 / 10 <= 0.25
        assert calls[LIST] * 0.8 <= calls[STEPS] <= calls[LIST]

    run(training(range(100)), scene)


def test_what_waits_longest_is_read_first() -> None:
    """Every run has its turn before one has another."""

    async def scene(world: World) -> None:
        following(world, *range(40))
        await asyncio.sleep(55 * INTERVAL)
        read = [arn for method, arn in world.aws.asked if method == STEPS]
        assert len(set(read[:40])) == 40

    run(training(range(40)), scene)


def test_first_steps_are_read_soon_and_on_top() -> None:
    """A run that began shows what it does, however many others there are."""

    async def scene(world: World) -> None:
        watches = following(world, *range(30), seen={})
        await asyncio.sleep(2.2 * INTERVAL)
        returned = await asyncio.gather(*watches)
        assert {str(news.steps) for news in returned} == {"[{'StepName': 'Train', 'StepStatus': 'Executing'}]"}
        assert {news.observed.sagemaker_status for news in returned} == {"Executing"}

    run(training(range(30)), scene)


@pytest.mark.parametrize("runs", [1, 30], ids=["described", "listed"])
def test_steps_are_not_read_for_a_watch_that_learns_of_the_end(runs: int) -> None:
    """It reads them after the end; a reading before that would be paid for and thrown away."""
    aws = training(range(30))
    aws.statuses |= dict.fromkeys(range(runs), "Succeeded")

    async def scene(world: World) -> None:
        watches = following(world, *range(runs), seen={})
        returned = await asyncio.gather(*watches)
        await asyncio.sleep(INTERVAL)
        assert {news.observed.sagemaker_status for news in returned} == {"Succeeded"}
        assert world.aws.count()[STEPS] == 0

    run(aws, scene)


def test_a_run_that_is_alone_sees_a_change_within_two_intervals() -> None:
    """Its describe shows that something was modified, and the steps are read at once."""

    async def scene(world: World) -> None:
        (watch,) = following(world, 3)
        await asyncio.sleep(100)
        world.aws.steps[3]["Train"] = "Succeeded"
        world.aws.modified[3] = 100
        news = await asyncio.wait_for(watch, 1.1 * INTERVAL + 2 * LATENCY_SECONDS)
        assert news.steps == [{"StepName": "Train", "StepStatus": "Succeeded"}]
        assert news.observed.last_modified_at is not None
        assert news.observed.last_modified_at.timestamp() == 100

    run(training(range(5)), scene)


def test_steps_of_an_unmodified_execution_are_hardly_read() -> None:
    """At a slow beat, because AWS may not move LastModifiedTime for a step; then a change is seen all the same."""

    async def scene(world: World) -> None:
        (watch,) = following(world, 3)
        calls = await world.calls_in(120 * INTERVAL)
        assert 15 <= calls[STEPS] <= 22
        assert calls[DESCRIBE] >= 105
        world.aws.steps[3]["Train"] = "Succeeded"
        await asyncio.wait_for(watch, 7.5 * INTERVAL)

    run(training(range(5)), scene)


def test_a_run_of_a_thousand_steps_pays_for_its_pages() -> None:
    """Ten calls for a reading are earned by ten polls."""
    aws = training(range(20))
    aws.steps = {number: {f"s{step}": "Executing" for step in range(1000)} for number in range(20)}
    seen = {f"s{step}": "Executing/1" for step in range(1000)}

    async def scene(world: World) -> None:
        following(world, *range(20), seen=seen)
        calls = await world.calls_in(3600)
        assert calls[STEPS] <= calls[LIST] + 10

    run(aws, scene)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
def test_steps_that_may_not_be_read_are_reported_once_and_end_nothing(code: str) -> None:
    """The status is followed as before; now and then the steps are tried again."""
    aws = training(range(30))
    aws.error = lambda method: refusal(code) if method == STEPS else None

    async def scene(world: World) -> None:
        watches = following(world, *range(30))
        with structlog.testing.capture_logs() as logs:
            calls = await world.calls_in(1500)
        assert [entry["event"] for entry in logs] == ["pipeline_execution.steps_not_read"]
        assert 4 <= calls[STEPS] <= 8
        assert not any(watch.done() for watch in watches)
        troubles = {each.steps.trouble for each in world.subscriptions.values() if each.steps} - {None}
        assert all(str(trouble).startswith(f"{code}: text of AWS — ListPipelineExecutionSteps") for trouble in troubles)
        assert {each.trouble for each in world.subscriptions.values()} == {None}

    run(aws, scene)


def test_steps_that_cannot_be_read_concern_only_their_execution() -> None:
    """Neither its status nor the other executions: only its heartbeats have a note, and it is tried again rarely."""
    aws = training(range(10))
    aws.steps[4] = {"Train": ["no text"]}  # type: ignore[dict-item]
    aws.steps[5] = None  # type: ignore[assignment]

    async def scene(world: World) -> None:
        watches = following(world, *range(10), seen={})
        with structlog.testing.capture_logs() as logs:
            await asyncio.sleep(900)
        assert [watch.done() for watch in watches] == [number != 5 for number in range(10)]
        assert not any(watch.exception() for watch in watches if watch.done())
        assert {entry["event"] for entry in logs} == {"pipeline_execution.steps_not_read"}
        assert 3 <= len(logs) <= 4
        unread = world.subscriptions[5]
        assert unread.steps
        assert unread.steps.trouble == "The steps cannot be read: AttributeError"
        assert unread.answered_polls > 100
        world.aws.statuses[5] = "Succeeded"
        assert (await asyncio.wait_for(watches[5], 2 * INTERVAL)).observed.sagemaker_status == "Succeeded"

    run(aws, scene)


def test_throttled_steps_are_deferred_and_then_read() -> None:
    """They are the first to be left out when AWS is busy."""
    aws = training(range(10))
    aws.error = lambda method: refusal("ThrottlingException") if method == STEPS else None

    async def scene(world: World) -> None:
        watches = following(world, *range(10))
        calls = await world.calls_in(600)
        assert calls[STEPS] <= 600 / 40 + 2
        world.aws.error = lambda _: None
        for number in range(10):
            world.aws.steps[number]["Train"] = "Succeeded"
        await asyncio.wait_for(asyncio.gather(*watches), 45 * 1.1 + 12 * INTERVAL)

    run(aws, scene)


def test_a_change_that_a_list_led_to_comes_with_a_describe() -> None:
    """The workflow gets a whole observation, never half of one."""

    async def scene(world: World) -> None:
        watches = following(world, *range(10))
        await asyncio.sleep(30)
        world.aws.steps[4]["Train"] = "Failed"
        news = await asyncio.wait_for(watches[4], 12 * INTERVAL)
        assert news.observed.created_at is not None
        assert [watch.done() for watch in watches].count(True) == 1

    run(training(range(10)), scene)
