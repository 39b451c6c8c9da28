"""What events change in the polls of watches: how soon an end is seen, and how many calls that costs."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from activities.aws.event_queue import EventQueue
from activities.events.messages import Event
from activities.events.trust import GRACE_SECONDS
from activities.watching.pace import LONGEST_WITHOUT_DESCRIBE_SECONDS
from activities.watching.subscription import Seen
from activities.watching.woken import COALESCED_SECONDS, REPEATED_AFTER_SECONDS
from contract.arns import resource_key
from tests.unit.polling import watched_world
from tests.unit.polling.listed_aws import LATENCY_SECONDS, PLATFORM, ListedAws, arn, refusal
from tests.unit.polling.watched_world import DESCRIBE, LIST, STEPS, World

WITH_EVENTS = PLATFORM.model_copy(update={"events": EventQueue(queue_url="https://sqs.example.com/1/events")})
INTERVAL = 30.0
RECONCILE = 300.0
PROOF = range(20)
"""The oldest executions, beneath the watched ones in lists."""
SOON = COALESCED_SECONDS + 3 * LATENCY_SECONDS


def run(aws: ListedAws, scene: Callable[[World], Awaitable[None]]) -> None:
    """Play a scene on a platform whose queue can be read."""

    async def play(world: World) -> None:
        world.wake_ups.receiving([WITH_EVENTS.name], works=True)
        await scene(world)

    aws.platform = WITH_EVENTS
    watched_world.run(aws, play)


def happened(world: World, *numbers: int, step: bool = False) -> list[bool]:
    """Events come for executions; whether each was for this process."""
    return [
        world.wake_ups.wake([WITH_EVENTS.name], Event((resource_key(arn(number)),), is_of_step=step))
        for number in numbers
    ]


def watch(world: World, *numbers: int) -> None:
    """Begin to watch executions every 30 s."""
    world.watch(*numbers, interval=INTERVAL)


async def end(world: World, *numbers: int, by_event: bool = True) -> None:
    """End executions, and wait until their watches have returned."""
    for number in numbers:
        world.aws.statuses[number] = "Succeeded"
    if by_event:
        happened(world, *numbers)
    for number in numbers:
        await world.news[number]
        world.unsubscribe(number)


async def prove(world: World) -> None:
    """Let twenty ends come by event."""
    watch(world, *PROOF)
    await end(world, *PROOF)


def test_an_event_lets_an_end_be_seen_at_once() -> None:
    """By one describe, in whatever spelling the event has the ARN."""

    async def scene(world: World) -> None:
        watch(world, *range(100))
        await asyncio.sleep(100)
        world.aws.statuses[7] = "Failed"
        before = world.aws.count()
        event = Event((resource_key(arn(7).upper()),))
        assert world.wake_ups.wake([WITH_EVENTS.name], event)
        assert (await asyncio.wait_for(world.news[7], SOON)).sagemaker_status == "Failed"
        assert world.aws.count() - before == {DESCRIBE: 1}
        assert world.aws.woken == 1

    run(ListedAws.executing(range(100)), scene)


def test_many_events_are_answered_by_one_list() -> None:
    """Which shows the executions that have not changed, too; each end is confirmed by a describe."""

    async def scene(world: World) -> None:
        watch(world, *range(100))
        await asyncio.sleep(100)
        before = world.aws.count()
        for number in range(10):
            world.aws.statuses[number] = "Succeeded"
        happened(world, *range(50))
        await asyncio.wait_for(asyncio.gather(*(world.news[number] for number in range(10))), SOON)
        assert world.aws.count() - before == {LIST: 1, DESCRIBE: 10}

    run(ListedAws.executing(range(100)), scene)


def test_an_event_that_outruns_the_answers_of_aws_is_answered_again() -> None:
    """After 1, 3 and 10 s, and then the interval counts again."""

    async def scene(world: World) -> None:
        watch(world, 3)
        await asyncio.sleep(1)
        began, calls = asyncio.get_running_loop().time(), len(world.aws.calls)
        happened(world, 3, 3)
        await asyncio.sleep(20)
        moments = [moment - began for _, moment in world.aws.calls[calls:]]
        gaps = [0.0, 1.0, 3.0, 10.0]
        expected = [COALESCED_SECONDS + sum(gaps[: n + 1]) + n * LATENCY_SECONDS for n in range(4)]
        assert moments == pytest.approx(expected)

    run(ListedAws.executing(range(5)), scene)


def test_a_change_of_something_else_does_not_answer_an_event() -> None:
    """The poll shows that the execution was modified since the poll before; its end is shown seconds later."""

    async def scene(world: World) -> None:
        world.watch(3, interval=10 * INTERVAL)
        happened(world, 3)
        await asyncio.sleep(20)
        world.aws.modified[3] = 100
        happened(world, 3)
        await asyncio.sleep(2)
        world.aws.statuses[3] = "Succeeded"
        await asyncio.wait_for(world.news[3], sum(REPEATED_AFTER_SECONDS) + SOON)

    run(ListedAws.executing(range(5)), scene)


def test_the_last_repetition_for_many_is_a_describe() -> None:
    """A list that lags shows the end to no repetition."""
    aws = ListedAws.executing(range(50))
    aws.listed = dict.fromkeys(range(50), "Executing")

    async def scene(world: World) -> None:
        watch(world, *range(50))
        await asyncio.sleep(1)
        world.aws.statuses[4] = world.aws.statuses[5] = "Succeeded"
        happened(world, 4, 5)
        await asyncio.wait_for(asyncio.gather(world.news[4], world.news[5]), 14 + 10 * SOON)

    run(aws, scene)


def test_an_event_during_an_outage_ends_no_watch() -> None:
    """And the end is seen as soon as it would have been without the event."""
    aws = ListedAws.executing(range(30))

    async def scene(world: World) -> None:
        watch(world, *range(30))
        await asyncio.sleep(1)
        world.aws.error = lambda method: refusal("ThrottlingException") if method == LIST else None
        happened(world, *range(30))
        await asyncio.sleep(2)
        assert not any(news.done() for news in world.news.values())
        world.aws.statuses[3] = "Succeeded"
        world.aws.error = lambda _: None
        await asyncio.wait_for(world.news[3], 2 * INTERVAL)

    run(aws, scene)


def test_events_cause_no_calls_while_polls_are_deferred() -> None:
    """AWS throttles; what the events are about is polled afterwards."""
    aws = ListedAws.executing(range(100))

    async def scene(world: World) -> None:
        watch(world, *range(100))
        await asyncio.sleep(100)
        world.aws.error = lambda _: refusal("ThrottlingException")
        while not (await world.calls_in(0.1))[LIST]:
            pass
        world.aws.statuses[3] = "Succeeded"
        happened(world, *range(100))
        assert not await world.calls_in(10)
        world.aws.error = lambda _: None
        await asyncio.wait_for(world.news[3], 2 * INTERVAL)
        assert [number for number, news in world.news.items() if news.done()] == [3]

    run(aws, scene)


def test_an_event_for_what_is_not_watched_here_is_not_ours() -> None:
    """Another process may watch it."""

    async def scene(world: World) -> None:
        watch(world, 3)
        await asyncio.sleep(1)
        assert happened(world, 3, 4) == [True, False]
        event = Event((resource_key(arn(3)),))
        assert not world.wake_ups.wake(["other"], event)

    run(ListedAws.executing(range(5)), scene)


@pytest.mark.parametrize("proved", [False, True])
def test_polls_become_rare_once_events_have_proved_themselves(*, proved: bool) -> None:
    """Each watch is polled once at its own interval before, because an event may have come between two watches."""

    async def scene(world: World) -> None:
        if proved:
            await prove(world)
        watch(world, *range(20, 120))
        await asyncio.sleep(INTERVAL * 1.2)
        calls = await world.calls_in(3000)
        interval = RECONCILE if proved else INTERVAL
        assert 3000 / interval * 0.8 <= calls[LIST] <= 3000 / interval * 1.2 + 1
        assert proved or calls[DESCRIBE], "lists alone are believed for half an hour"
        assert not (proved and calls[DESCRIBE])

    run(ListedAws.executing(range(120)), scene)


def test_the_first_end_without_an_event_brings_the_interval_back() -> None:
    """Of all watches of the platform and kind, at once."""

    async def scene(world: World) -> None:
        await prove(world)
        watch(world, *range(20, 120))
        await asyncio.sleep(2 * INTERVAL)
        await end(world, 27, by_event=False)
        await asyncio.sleep(20)
        world.aws.statuses[28] = "Succeeded"
        await asyncio.wait_for(world.news[28], INTERVAL * 1.1 + SOON)

    run(ListedAws.executing(range(120)), scene)


def test_an_end_without_an_event_soon_after_a_watch_began_proves_nothing() -> None:
    """The event may have woken the watch before, in another process, which then returned for other news."""

    async def scene(world: World) -> None:
        await prove(world)
        world.watch(20, interval=INTERVAL, after=GRACE_SECONDS / 2)
        await end(world, 20, by_event=False)
        await asyncio.sleep(2 * GRACE_SECONDS)
        record = world.subscriptions[20].events
        assert record is not None
        assert record.replaces_polls

    run(ListedAws.executing(range(21)), scene)


def test_lists_alone_are_believed_for_half_an_hour_once_events_are_missed() -> None:
    """Where lists never show an end, not even an event causes the describe that finds it."""
    aws = ListedAws.executing(range(120))
    aws.listed[28] = "Executing"

    async def scene(world: World) -> None:
        await prove(world)
        watch(world, *range(20, 120))
        await asyncio.sleep(LONGEST_WITHOUT_DESCRIBE_SECONDS * 1.2)
        world.aws.statuses[28] = "Succeeded"
        await end(world, 27, by_event=False)
        await asyncio.wait_for(world.news[28], GRACE_SECONDS + INTERVAL * 1.1 + SOON)

    run(aws, scene)


def test_an_event_that_comes_after_a_poll_has_found_the_end_proves_itself() -> None:
    """The poll was only faster; the message is this process's."""

    async def scene(world: World) -> None:
        for number in range(20):
            watch(world, number)
            world.aws.statuses[number] = "Succeeded"
            await world.news[number]
            world.unsubscribe(number)
            await asyncio.sleep(5)
            assert happened(world, number, number) == [True, True]
        record = world.subscriptions[0].events
        assert record is not None
        assert record.interval(INTERVAL) == RECONCILE

    run(ListedAws.executing(range(20)), scene)


def test_a_late_event_proves_itself_while_the_resumed_run_is_watched() -> None:
    """It wakes the new watch, and it is the event of the end that a poll had found."""

    async def scene(world: World) -> None:
        await prove(world)
        watch(world, 30)
        await end(world, 30, by_event=False)
        world.aws.statuses[30] = "Executing"
        watch(world, 30)
        await asyncio.sleep(2)
        assert happened(world, 30) == [True]
        await asyncio.sleep(2 * GRACE_SECONDS)
        record = world.subscriptions[30].events
        assert record is not None
        assert record.replaces_polls

    run(ListedAws.executing(range(120)), scene)


def test_more_events_of_what_has_ended_are_ours() -> None:
    """Each change makes several, and the steps end as well; no process waits for them, so they are not handed back."""

    async def scene(world: World) -> None:
        watch(world, 3)
        await end(world, 3)
        assert happened(world, 3) == [True]
        assert happened(world, 3, step=True) == [True]
        assert happened(world, 4) == [False]

    run(ListedAws.executing(range(5)), scene)


def test_an_end_that_was_seen_here_claims_no_events_for_long() -> None:
    """A run that is resumed may be watched by another process, whose events must be handed back."""

    async def scene(world: World) -> None:
        watch(world, 3)
        await end(world, 3)
        await asyncio.sleep(GRACE_SECONDS - 1)
        assert happened(world, 3) == [True]
        await asyncio.sleep(2)
        assert happened(world, 3) == [False]

    run(ListedAws.executing(range(5)), scene)


def test_a_run_that_is_watched_again_here_has_not_ended() -> None:
    """An event between two of its watches is kept for the next one."""

    async def scene(world: World) -> None:
        watch(world, 3)
        await end(world, 3)
        world.aws.statuses[3] = "Executing"
        watch(world, 3)
        await asyncio.sleep(1)
        world.unsubscribe(3)
        world.aws.statuses[3] = "Succeeded"
        assert happened(world, 3) == [False]
        watch(world, 3)
        await asyncio.wait_for(world.news[3], SOON)

    run(ListedAws.executing(range(5)), scene)


def test_an_event_that_comes_while_no_watch_is_open_is_not_lost() -> None:
    """The next watch asks AWS once, and the end counts as one by event."""

    async def scene(world: World) -> None:
        await prove(world)
        assert happened(world, 27, 28) == [False, False]
        world.aws.statuses[27] = "Succeeded"
        await asyncio.sleep(5)
        before = world.aws.count()
        watch(world, 27, 28)
        await asyncio.wait_for(world.news[27], SOON)
        await asyncio.sleep(INTERVAL * 0.8)
        assert world.aws.count() - before == {DESCRIBE: 2}
        record = world.subscriptions[27].events
        assert record is not None
        assert record.replaces_polls

    run(ListedAws.executing(range(120)), scene)


@pytest.mark.parametrize("lag", [0.0, 2.0])
def test_an_event_is_not_lost_when_its_watch_returns_for_steps(lag: float) -> None:
    """The next watch asks AWS, repeatedly as the one before would have."""

    async def scene(world: World) -> None:
        await prove(world)
        news = world.begin(world.subscribe(30, Seen("Executing", {}, None), INTERVAL))
        await asyncio.sleep(INTERVAL * 1.5)
        world.aws.steps[30] = {"Train": "Succeeded"}
        happened(world, 30, step=True)
        await asyncio.sleep(COALESCED_SECONDS + LATENCY_SECONDS * 1.5)
        assert happened(world, 30) == [True]
        assert not (await news).observed.has_ended
        world.unsubscribe(30)
        await asyncio.sleep(0.2)
        watch(world, 30)
        await asyncio.sleep(lag)
        world.aws.statuses[30] = "Succeeded"
        await asyncio.wait_for(world.news[30], 4 + 3 * SOON)
        await asyncio.sleep(2 * GRACE_SECONDS)
        record = world.subscriptions[30].events
        assert record is not None
        assert record.replaces_polls

    run(ListedAws.executing(range(120)), scene)


def test_a_queue_that_cannot_be_read_brings_the_interval_back() -> None:
    """Until twenty ends are proof again; ends meanwhile prove nothing."""

    async def scene(world: World) -> None:
        await prove(world)
        watch(world, *range(20, 120))
        await asyncio.sleep(2 * INTERVAL)
        world.wake_ups.receiving([WITH_EVENTS.name], works=False)
        world.aws.statuses[28] = "Succeeded"
        await asyncio.wait_for(world.news[28], INTERVAL * 1.1 + SOON)

    run(ListedAws.executing(range(120)), scene)


def test_the_event_of_a_step_lets_the_steps_be_read() -> None:
    """Soon, and not at the next poll."""

    async def scene(world: World) -> None:
        news = world.begin(world.subscribe(3, Seen("Executing", {}, None), INTERVAL))
        await asyncio.sleep(INTERVAL * 1.5)
        world.aws.steps[3] = {"Train": "Executing"}
        before = world.aws.count()
        happened(world, 3, step=True)
        steps = (await asyncio.wait_for(news, SOON)).steps
        assert [step["StepName"] for step in steps or ()] == ["Train"]
        assert world.aws.count() - before == {STEPS: 1, DESCRIBE: 1}

    run(ListedAws.executing(range(5)), scene)


@pytest.mark.parametrize(("returned", "pause"), [(1, 2), (30, 16)])
def test_the_event_of_a_step_keeps_to_the_pace_of_the_history(returned: int, pause: float) -> None:
    """Each return of steps costs the history some events: two seconds at first, then the longer the more there are."""

    async def scene(world: World) -> None:
        steps = dict.fromkeys((f"step-{number}" for number in range(returned)), "Succeeded")
        world.aws.steps[3] = {**steps, "Train": "Executing"}
        seen = dict.fromkeys(steps, "Succeeded/")
        news = world.begin(world.subscribe(3, Seen("Executing", seen, None), INTERVAL))
        await asyncio.sleep(1)
        happened(world, 3, step=True)
        await asyncio.sleep(pause - 1.1)
        assert not news.done()
        assert (await asyncio.wait_for(news, 0.1 + SOON)).steps

    run(ListedAws.executing(range(5)), scene)
