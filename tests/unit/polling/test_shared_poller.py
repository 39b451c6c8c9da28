"""Which calls the watches of a pipeline cost together, and what each of them returns."""

import asyncio
from datetime import UTC, datetime

import pytest
import structlog

from activities.aws.errors import AwsError
from activities.models import Observation
from activities.resources.kind import Answer, ResourceKind
from activities.resources.observation import observation_of
from activities.resources.table import PIPELINE_EXECUTION
from activities.watching import group, list_reading, sources, step_readings, subscription
from tests.unit.polling.listed_aws import LATENCY_SECONDS, PIPELINE, PLATFORM, ListedAws, arn, refusal
from tests.unit.polling.watched_world import DESCRIBE, INTERVAL, LIST, World, run


def test_a_hundred_runs_of_a_pipeline_cost_one_call_per_interval() -> None:
    """A describe each would be a hundred."""

    async def scene(world: World) -> None:
        world.watch(*range(100))
        calls = await world.calls_in(600)
        assert set(calls) == {LIST}
        assert 600 / INTERVAL * 0.9 <= calls[LIST] <= 600 / INTERVAL * 1.1
        assert world.subscriptions[7].polls == calls[LIST]

    run(ListedAws.executing(range(100)), scene)


def test_one_run_alone_is_described() -> None:
    """A list costs as much and shows less."""

    async def scene(world: World) -> None:
        world.watch(3)
        calls = await world.calls_in(100 * INTERVAL)
        assert set(calls) == {DESCRIBE}
        assert 90 <= calls[DESCRIBE] <= 110

    run(ListedAws.executing(range(100)), scene)


def test_an_end_that_a_list_shows_is_returned_as_a_describe_shows_it() -> None:
    """The list has neither reasons nor the last word."""

    async def scene(world: World) -> None:
        world.watch(*range(50))
        await asyncio.sleep(12)
        world.aws.statuses[8] = "Failed"
        observed = await asyncio.wait_for(world.news[8], 1.1 * INTERVAL + 2 * LATENCY_SECONDS)
        created_at = datetime.fromtimestamp(8, UTC)
        assert observed == Observation(sagemaker_status="Failed", created_at=created_at, last_modified_at=created_at)
        assert world.aws.count()[DESCRIBE] == 1
        assert not any(news.done() for number, news in world.news.items() if number != 8)

    run(ListedAws.executing(range(50)), scene)


def test_only_the_pages_with_open_runs_are_read() -> None:
    """Those beneath are of executions that ended long ago."""

    async def scene(world: World) -> None:
        world.watch(*range(750, 1000))
        calls = await world.calls_in(30 * INTERVAL)
        assert set(calls) == {LIST}
        assert calls[LIST] <= 3 * 30 * 1.1

    run(ListedAws.executing(range(1000)), scene)


@pytest.mark.parametrize("knows_creation", [True, False])
def test_old_runs_beneath_newer_ones_are_described(*, knows_creation: bool) -> None:
    """A page per old run would cost as much; the first attempt to find them together is not made again."""

    async def scene(world: World) -> None:
        world.watch(0, 1, interval=60, knows_creation=knows_creation)
        await asyncio.sleep(100)
        calls = await world.calls_in(100 * 60)
        assert set(calls) == {DESCRIBE}
        assert calls[DESCRIBE] <= 2 * 111

    run(ListedAws.executing(range(150)), scene)


def test_stragglers_are_described_beside_the_list() -> None:
    """Many new runs and two old ones: one list and two describes an interval."""

    async def scene(world: World) -> None:
        world.watch(3, 5, *range(450, 500))
        await asyncio.sleep(4 * INTERVAL)
        calls = await world.calls_in(60 * INTERVAL)
        assert calls[LIST] <= 60 * 1.2
        assert 2 * 60 * 0.9 <= calls[DESCRIBE] <= 2 * 60 * 1.1

    run(ListedAws.executing(range(500)), scene)


def test_each_interval_is_an_upper_bound() -> None:
    """Also among others with longer or shorter ones; a longer one is polled early where that is free."""

    async def scene(world: World) -> None:
        for number, interval in enumerate((5.0, 5.0, 7.0, 60.0, 600.0)):
            world.watch(number, interval=interval)
        before = dict.fromkeys(world.subscriptions, 0)
        for _ in range(60):
            await asyncio.sleep(11)
            polls = {number: each.polls for number, each in world.subscriptions.items()}
            assert [polls[number] - before[number] >= 1 for number in (0, 1, 2)] == [True] * 3
            before = polls
        assert min(polls.values()) > 1
        assert world.aws.count().total() <= 660 / 5 * 1.2

    run(ListedAws.executing(range(5)), scene)


def test_a_new_watch_does_not_wait_for_slower_ones() -> None:
    """Its own interval is the upper bound, whatever the others' are."""

    async def scene(world: World) -> None:
        world.watch(0, 1, interval=600, after=0)
        await asyncio.sleep(1)
        world.watch(2, interval=5, after=0)
        await asyncio.sleep(7)
        assert world.subscriptions[2].polls

    run(ListedAws.executing(range(3)), scene)


def test_a_short_interval_does_not_drag_the_pages_of_long_ones_along() -> None:
    """One run of 5 s on the first page, a hundred of 10 minutes on the second."""

    async def scene(world: World) -> None:
        world.watch(199, interval=5)
        world.watch(*range(100), interval=600)
        calls = await world.calls_in(3600)
        assert calls[LIST] <= 2 * 3600 / 300 * 1.2
        assert calls[DESCRIBE] <= 3600 / 5 * 1.1 + 2 * 100

    run(ListedAws.executing(range(200)), scene)


def test_watches_that_are_picked_up_together_cost_few_lists() -> None:
    """A worker was restarted: its thousand watches come within a second, and each is due within the interval."""

    async def scene(world: World) -> None:
        for number in range(1000):
            world.watch(number, after=INTERVAL * (number * 7 % 1000) / 1000)
            await asyncio.sleep(0.001)
        calls = await world.calls_in(INTERVAL)
        assert all(each.polls for each in world.subscriptions.values())
        assert calls[LIST] <= 4 * 10
        assert calls[DESCRIBE] <= 10

    run(ListedAws.executing(range(1000)), scene)


def test_a_pipeline_that_may_not_be_listed_is_described() -> None:
    """A role without sagemaker:ListPipelineExecutions still follows its runs; said once, tried again now and then."""
    aws = ListedAws.executing(range(3))
    aws.error = lambda method: refusal("AccessDeniedException") if method == LIST else None

    async def scene(world: World) -> None:
        world.watch(*range(3))
        with structlog.testing.capture_logs() as logs:
            calls = await world.calls_in(1200)
        assert [entry["event"] for entry in logs] == ["pipeline_executions.list_failed"]
        assert 3 <= calls[LIST] <= 4
        assert calls[DESCRIBE] >= 3 * 1200 / INTERVAL * 0.9
        assert world.subscriptions[0].trouble is None
        world.aws.error = lambda _: None
        await asyncio.sleep(300 + 2 * INTERVAL)
        assert set(await world.calls_in(100)) == {LIST}

    run(aws, scene)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
def test_a_list_that_is_throttled_or_down_defers_the_polls(code: str) -> None:
    """No run fails or is described instead; the heartbeats show it, and soon after it all polls are made again."""
    aws = ListedAws.executing(range(30))
    aws.error = lambda _: refusal(code)

    async def scene(world: World) -> None:
        world.watch(*range(30))
        calls = await world.calls_in(3600)
        assert set(calls) == {LIST}
        assert calls[LIST] <= 3600 / 45 * 1.2 + 5
        assert not any(news.done() for news in world.news.values())
        assert str(world.subscriptions[4].trouble).startswith(
            f"{code}: text of AWS — ListPipelineExecutions [pipeline="
        )
        world.aws.error = lambda _: None
        await asyncio.sleep(60)
        assert {each.trouble for each in world.subscriptions.values()} == {None}

    run(aws, scene)


def test_refused_credentials_reach_every_watch_that_is_due() -> None:
    """A describe each would only be refused as well; the watches know for how long they wait it out."""
    aws = ListedAws.executing(range(30))
    aws.error = lambda _: refusal("ExpiredTokenException")

    async def scene(world: World) -> None:
        world.watch(*range(30))
        await asyncio.sleep(2 * INTERVAL)
        assert world.aws.count() == {LIST: 1}
        told = f"ExpiredTokenException: text of AWS — ListPipelineExecutions [pipeline={PIPELINE}, "
        assert {str(news.exception()) for news in world.news.values()} == {f"{told}platform=default, region=us-east-1]"}

    run(aws, scene)


def test_a_describe_that_fails_concerns_only_its_run() -> None:
    """The others are polled as before."""

    async def scene(world: World) -> None:
        world.watch(*range(20))
        await asyncio.sleep(INTERVAL)
        world.aws.statuses[4] = "Stopped"
        world.aws.error = lambda method: refusal("ResourceNotFound") if method == DESCRIBE else None
        await asyncio.sleep(3 * INTERVAL)
        assert [number for number, news in world.news.items() if news.done()] == [4]
        assert isinstance(world.news[4].exception(), AwsError)
        assert world.subscriptions[3].polls in {3, 4}

    run(ListedAws.executing(range(20)), scene)


def test_a_list_that_lags_returns_no_old_status() -> None:
    """A run is being stopped, and the list does not know it yet: it is described until the two agree again."""
    aws = ListedAws(dict.fromkeys(range(10), "Executing") | {4: "Stopping"}, listed={4: "Executing"})

    async def scene(world: World) -> None:
        world.watch(*(number for number in range(10) if number != 4))
        world.watch(4, seen="Stopping")
        calls = await world.calls_in(20 * INTERVAL)
        assert not world.news[4].done()
        assert 18 <= calls[DESCRIBE] <= 25
        assert 18 <= calls[LIST] <= 25
        world.aws.listed.clear()
        await asyncio.sleep(2 * INTERVAL)
        assert set(await world.calls_in(10 * INTERVAL)) == {LIST}
        world.aws.statuses[4], world.aws.listed[4] = "Stopped", "Stopping"
        world.aws.listed[4] = "Executing"
        assert (await asyncio.wait_for(world.news[4], 2.3 * INTERVAL)).sagemaker_status == "Stopped"

    run(aws, scene)


def test_runs_that_no_list_shows_are_described() -> None:
    """New executions may be missing for a while; when lists show them, lists are enough."""
    aws = ListedAws(dict.fromkeys(range(10), "Executing"), listed=dict.fromkeys(range(10)))

    async def scene(world: World) -> None:
        world.watch(*range(10))
        calls = await world.calls_in(20 * INTERVAL)
        assert calls[DESCRIBE] >= 10 * 18
        assert calls[LIST] <= 12
        world.aws.listed.clear()
        await asyncio.sleep(300)
        assert set(await world.calls_in(10 * INTERVAL)) == {LIST}

    run(aws, scene)


def test_an_end_that_lists_never_show_is_found_all_the_same() -> None:
    """However often the list seems right, a run is described now and then."""
    aws = ListedAws.executing(range(10))

    async def scene(world: World) -> None:
        world.watch(*range(10))
        await asyncio.sleep(60)
        world.aws.statuses[4], world.aws.listed[4] = "Succeeded", "Executing"
        assert (await asyncio.wait_for(world.news[4], 2000)).sagemaker_status == "Succeeded"
        assert world.aws.count()[DESCRIBE] <= 10

    run(aws, scene)


def test_an_unknown_status_slows_its_own_run_only() -> None:
    """It may last for ever."""

    async def scene(world: World) -> None:
        world.watch(0, seen="Paused", interval=INTERVAL)
        await asyncio.sleep(600)
        assert world.aws.count()[DESCRIBE] <= 8
        world.watch(*range(1, 20))
        await asyncio.sleep(2 * INTERVAL)
        polls = world.subscriptions[1].polls
        await asyncio.sleep(100)
        assert world.subscriptions[1].polls - polls >= 18

    run(ListedAws({0: "Paused"} | dict.fromkeys(range(1, 20), "Executing")), scene)


def test_an_execution_that_is_woken_is_described_at_once() -> None:
    """In the midst of a backoff, and no other execution with it."""
    aws = ListedAws.executing(range(30))
    aws.error = lambda method: refusal("ThrottlingException") if method == LIST else None

    async def scene(world: World) -> None:
        world.watch(*range(30))
        await asyncio.sleep(120)
        world.aws.statuses[9] = "Stopping"
        world.poller.wake(PIPELINE_EXECUTION, arn(9))
        await asyncio.sleep(0)
        assert world.aws.woken == 1
        assert (await asyncio.wait_for(world.news[9], 2 * LATENCY_SECONDS)).sagemaker_status == "Stopping"
        assert world.aws.count()[DESCRIBE] == 1
        world.poller.wake(PIPELINE_EXECUTION, arn(9, "arn:aws:sagemaker:us-east-1:111122223333:pipeline/other"))

    run(aws, scene)


def test_two_watches_of_one_execution_both_return() -> None:
    """Two workflows may follow the same one."""

    async def scene(world: World) -> None:
        world.watch(5)
        first = world.news[5]
        world.watch(5)
        await asyncio.sleep(1)
        world.aws.statuses[5] = "Stopped"
        world.poller.wake(PIPELINE_EXECUTION, arn(5))
        ends = await asyncio.gather(first, world.news[5])
        assert [end.sagemaker_status for end in ends] == ["Stopped"] * 2

    run(ListedAws.executing(range(10)), scene)


def test_a_slow_aws_makes_no_queue_of_describes() -> None:
    """An execution has one describe in flight, however long it takes; `activities.aws.calls` bounds them all."""
    aws = ListedAws.executing(range(3))
    aws.error = lambda method: refusal("AccessDeniedException") if method == LIST else None
    aws.latency = 12

    async def scene(world: World) -> None:
        world.watch(*range(3))
        await asyncio.sleep(240)
        assert 3 * 12 <= world.aws.count()[DESCRIBE] <= 3 * 20

    run(aws, scene)


def test_a_thousand_describes_are_begun_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop has its turn in between, and all are begun at the same time of its clock."""
    batches: list[int] = []
    describe_due = group.Group._describe_due  # noqa: SLF001 — what is begun between two turns of the loop

    def counted(self: group.Group, now: float) -> None:
        before = len(asyncio.all_tasks())
        describe_due(self, now)
        batches.append(len(asyncio.all_tasks()) - before)

    monkeypatch.setattr(group.Group, "_describe_due", counted)
    aws = ListedAws.executing(range(1000))
    aws.error = lambda method: refusal("AccessDeniedException") if method == LIST else None

    async def scene(world: World) -> None:
        world.watch(*range(1000), after=1)
        await asyncio.sleep(2)
        assert {each.polls for each in world.subscriptions.values()} == {1}
        assert max(batches) == 100
        assert len({moment for method, moment in world.aws.calls if method == DESCRIBE}) == 1

    run(aws, scene)


def test_a_defect_in_a_list_ends_the_watches_instead_of_keeping_them_waiting() -> None:
    """Temporal shows the failure and tries again."""
    aws = ListedAws.executing(range(5))
    aws.error = lambda _: ZeroDivisionError()

    async def scene(world: World) -> None:
        world.watch(*range(5))
        await asyncio.sleep(2 * INTERVAL)
        assert [type(news.exception()) for news in world.news.values()] == [ZeroDivisionError] * 5

    run(aws, scene)


@pytest.mark.parametrize("where", ["pages_to_read", "worth"])
def test_a_defect_in_the_timer_ends_the_watches_and_later_watches_are_polled(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event loop would only log it, and the watches would heartbeat on without a poll."""

    def defect(*_: object) -> None:
        raise ZeroDivisionError

    async def scene(world: World) -> None:
        world.watch(*range(5))
        with monkeypatch.context() as defective:
            defective.setattr(list_reading if where == "pages_to_read" else subscription, where, defect)
            await asyncio.sleep(2 * INTERVAL)
        assert [type(news.exception()) for news in world.news.values()] == [ZeroDivisionError] * 5
        world.watch(7)
        world.aws.statuses[7] = "Succeeded"
        assert (await asyncio.wait_for(world.news[7], 2 * INTERVAL)).sagemaker_status == "Succeeded"

    run(ListedAws.executing(range(10)), scene)


def test_a_defect_after_a_list_ends_the_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows a list is guarded as well as the list."""

    def defect(*_: object) -> None:
        raise ZeroDivisionError

    async def scene(world: World) -> None:
        monkeypatch.setattr(step_readings.StepReadings, "read", defect)
        world.watch(*range(5))
        await asyncio.sleep(2 * INTERVAL)
        assert [type(news.exception()) for news in world.news.values()] == [ZeroDivisionError] * 5

    run(ListedAws.executing(range(5)), scene)


def test_a_lost_poll_is_noticed() -> None:
    """Whatever lost it: a poll that is long overdue without a call in flight makes the watch stalled."""

    async def scene(world: World) -> None:
        world.watch(0, interval=60)
        watched = world.subscriptions[0]
        await asyncio.sleep(7 * 3600)
        assert not world.poller.is_stalled(PLATFORM, watched)
        watched.due = asyncio.get_running_loop().time() - 599
        assert not world.poller.is_stalled(PLATFORM, watched)
        watched.due -= 2
        assert world.poller.is_stalled(PLATFORM, watched)
        watched.describes += 1
        assert not world.poller.is_stalled(PLATFORM, watched)
        watched.due -= 6 * 3600
        assert world.poller.is_stalled(PLATFORM, watched)

    run(ListedAws.executing(range(5)), scene)


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_a_deferred_poll_is_not_lost(code: str) -> None:
    """Hours of throttling or refusals stall no watch."""
    aws = ListedAws.executing(range(30))
    aws.error = lambda method: refusal(code) if method == LIST else None

    async def scene(world: World) -> None:
        world.watch(*range(30))
        for _ in range(100):
            await asyncio.sleep(100)
            assert not any(world.poller.is_stalled(PLATFORM, each) for each in world.subscriptions.values())

    run(aws, scene)


def test_an_answer_that_cannot_be_read_ends_its_own_watch_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others of the pipeline go on to their ends."""
    aws = ListedAws.executing(range(5))
    aws.versions[0] = "no number"

    def read(kind: ResourceKind, answer: Answer) -> Observation:
        if answer["PipelineVersionId"] == aws.versions[0]:
            raise ValueError("a defect of the reader")
        return observation_of(kind, answer)

    monkeypatch.setattr(sources, "observation_of", read)

    async def scene(world: World) -> None:
        world.watch(0, seen=None)
        world.watch(*range(1, 5))
        await asyncio.sleep(2 * INTERVAL)
        assert isinstance(world.news[0].exception(), ValueError)
        world.aws.statuses[3] = "Succeeded"
        assert (await asyncio.wait_for(world.news[3], 2 * INTERVAL)).sagemaker_status == "Succeeded"
        assert not any(world.news[number].done() for number in (1, 2, 4))

    run(aws, scene)


def test_a_list_that_spells_arns_otherwise_serves_its_executions() -> None:
    """Some answers of AWS have names in lower case, others as they were given."""
    aws = ListedAws.executing(range(50))
    aws.spelling = str.upper

    async def scene(world: World) -> None:
        world.watch(*range(50))
        assert set(await world.calls_in(300)) == {LIST}
        world.poller.wake(PIPELINE_EXECUTION, arn(7).replace("churn", "Churn"))
        await asyncio.sleep(1)
        assert world.aws.woken == 1
        assert world.aws.asked == [(DESCRIBE, arn(7))]

    run(aws, scene)


def test_two_spellings_of_a_pipeline_make_one_group() -> None:
    """Runs that were started under either spelling share their lists."""

    async def scene(world: World) -> None:
        world.watch(*range(20))
        world.watch(*range(20, 40), pipeline=PIPELINE.replace("churn", "Churn"))
        calls = await world.calls_in(300)
        assert set(calls) == {LIST}
        assert calls[LIST] <= 300 / INTERVAL * 1.1

    run(ListedAws.executing(range(40)), scene)
