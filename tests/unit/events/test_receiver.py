"""What receivers do with messages, alone and several on one queue, in virtual time."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from activities.aws.errors import AwsError
from activities.events.messages import Event, Unusable
from activities.events.owners import owner_key
from activities.events.queue import Message
from activities.events.receiver import Outcome, Receiver
from activities.events.trust import GRACE_SECONDS
from activities.events.wakeups import WakeUps
from activities.metrics import Metrics
from tests.unit.events.memory_queue import MemoryQueue
from tests.unit.polling.listed_aws import refusal
from tests.unit.virtual_time import in_virtual_time

PLATFORM = "prod"
PLACE = "arn:aws:sagemaker:us-east-1:111122223333"


class CountedMetrics(Metrics):
    """Counts what became of messages."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: Counter[str] = Counter()
        self.works: list[bool] = []

    def event_received(self, platform: str, outcome: str) -> None:
        """Count a message."""
        assert platform == PLATFORM
        self.outcomes[outcome] += 1

    def event_queue_works(self, platform: str, *, works: bool) -> None:
        """Record whether the queue works."""
        assert platform == PLATFORM
        self.works.append(works)


def event(name: str) -> Event:
    """Something happened to a training job."""
    return Event((f"training-job/{name}",))


class Process:
    """One receiver, and what waits for events beside it."""

    def __init__(self, queue: MemoryQueue) -> None:
        self.metrics = CountedMetrics()
        self.wake_ups = WakeUps(self.metrics)
        self.receiver = Receiver(queue, [PLATFORM], self.wake_ups, self.metrics)
        self.woken_at: dict[str, list[float]] = {}
        self._listening = ExitStack()

    def listen(self, *names: str) -> None:
        """Wait for events for jobs."""
        for name in names:
            moments = self.woken_at.setdefault(name, [])

            def wake(_: Event, moments: list[float] = moments) -> None:
                moments.append(asyncio.get_running_loop().time())

            arn = f"{PLACE}:training-job/{name.upper()}"
            self._listening.enter_context(self.wake_ups.listening(PLATFORM, arn, wake))


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Let receivers run in the background."""
    tasks = [asyncio.create_task(process.receiver.run()) for process in processes]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()


def play(scene: Callable[[MemoryQueue], Awaitable[None]]) -> None:
    """Play a scene with a new queue."""

    async def begin() -> None:
        await scene(MemoryQueue())

    in_virtual_time(begin())


def test_an_event_wakes_what_waits_for_it() -> None:
    """Wherever AWS and the event differ in spelling; the message is deleted."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)
        process.listen("kmeans-1")
        with running(process):
            await asyncio.sleep(50)
            queue.send(event("kmeans-1"))
            await asyncio.sleep(0.1)
        assert queue.is_empty
        assert len(process.woken_at["kmeans-1"]) == 1
        assert process.metrics.outcomes == {Outcome.WOKEN: 1}
        assert queue.receives == 4, "long polls of 20 s"

    play(scene)


def test_what_wakes_nothing_is_deleted() -> None:
    """At once where no process can want it."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)
        process.listen("a")
        with running(process):
            for content, age in ((Unusable.UNREADABLE, 0), (Unusable.UNKNOWN, 0), (event("a"), 301)):
                queue.send(content, age=age)
            await asyncio.sleep(0.2)
            assert queue.is_empty
            assert process.metrics.outcomes == {Outcome.UNREADABLE: 1, Outcome.UNKNOWN: 1, Outcome.OLD: 1}
            assert process.woken_at == {"a": []}

    play(scene)


def test_events_of_jobs_go_no_further_than_the_watch_of_their_pipeline() -> None:
    """Also some seconds after it; a job that is watched itself is woken, and jobs of others are handed back."""

    async def scene(queue: MemoryQueue) -> None:
        process, execution = Process(queue), f"{PLACE}:pipeline/churn/execution/abcdefghijkl"
        owners = (owner_key(execution.upper()),)
        process.listen("followed")
        with running(process):
            with process.wake_ups.listening(PLATFORM, execution, lambda _: None):
                for name in ("followed", "of-step"):
                    queue.send(Event((f"training-job/{name}",), owners=owners))
                await asyncio.sleep(1)
            assert process.metrics.outcomes == {Outcome.WOKEN: 1, Outcome.OF_OWNER: 1}
            queue.send(Event(("training-job/of-step",), owners=owners))
            await asyncio.sleep(GRACE_SECONDS + 1)
            assert (queue.is_empty, process.metrics.outcomes[Outcome.OF_OWNER]) == (True, 2)
            queue.send(Event(("training-job/of-step",), owners=owners, is_owned=True))
            queue.send(Event(("training-job/other",), owners=("execution/other",), is_owned=True))
            await asyncio.sleep(2)
            assert (queue.is_empty, process.metrics.outcomes[Outcome.OF_OWNER]) == (True, 4)
            assert process.metrics.outcomes[Outcome.HANDED_BACK] == 6
            queue.send(Event(("training-job/segmentation-1",), owners=("execution/segmentation",)))
            await asyncio.sleep(1)
            assert not queue.is_empty

    play(scene)


def test_what_another_process_may_wait_for_is_handed_back_for_a_while() -> None:
    """At once twenty times, then more and more rarely, for half a minute; also after a minute in a full queue."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)
        with running(process):
            number, sent_at = queue.send(event("b")), asyncio.get_running_loop().time()
            await asyncio.sleep(40)
            assert queue.is_empty
            assert queue.deleted_at[number] - sent_at == pytest.approx(34, abs=2)
            assert process.metrics.outcomes == {Outcome.HANDED_BACK: 26, Outcome.FOREIGN: 1}
            queue.send(event("b"), age=60)
            await asyncio.sleep(1)
            assert process.metrics.outcomes[Outcome.HANDED_BACK] > 26
            assert process.metrics.outcomes[Outcome.FOREIGN] == 1

    play(scene)


def test_an_event_between_two_watches_of_a_run_is_not_lost() -> None:
    """A watch that returns news is followed by another one, after a moment in which nothing waits."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)
        with running(process):
            queue.send(event("c"))
            await asyncio.sleep(1)
            process.listen("c")
            await asyncio.sleep(0.5)
        assert len(process.woken_at["c"]) == 1

    play(scene)


@pytest.mark.parametrize("rate", [5, 10, 20])
def test_many_events_that_no_process_waits_for_delay_others_by_little(rate: int) -> None:
    """Each of them is received about ten times, and one that is waited for must not stand behind all of them."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)
        sent_at: dict[str, float] = {}
        with running(process):
            for number in range(60 * rate):
                queue.send(event(f"foreign-{number}"))
                if number % (2 * rate) == 0:
                    name = f"own-{number}"
                    process.listen(name)
                    sent_at[name] = asyncio.get_running_loop().time()
                    queue.send(event(name))
                await asyncio.sleep(1 / rate)
            await asyncio.sleep(45)
        assert queue.is_empty
        delays = sorted(process.woken_at[name][0] - sent for name, sent in sent_at.items())
        assert len(delays) == 30
        assert delays[len(delays) // 2] < 0.5
        assert delays[-3] < 3
        assert delays[-1] < 15

    play(scene)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_several_processes_share_a_queue(count: int) -> None:
    """Each message finds the process that waits for it within two seconds, and is deleted there."""

    async def scene(queue: MemoryQueue) -> None:
        processes = [Process(queue) for _ in range(count)]
        sent_at: dict[str, float] = {}
        with running(*processes):
            for number in range(200):
                name = f"job-{number}"
                processes[number % count].listen(name)
                sent_at[name] = asyncio.get_running_loop().time()
                queue.send(event(name))
                await asyncio.sleep(0.1)
            await asyncio.sleep(3)
        assert queue.is_empty
        delays = [moments[0] - sent_at[name] for each in processes for name, moments in each.woken_at.items()]
        assert len(delays) == 200
        assert sorted(delays)[-3] < 2

    play(scene)


def test_ten_thousand_old_messages_delay_new_ones_by_little() -> None:
    """They are deleted in batches, as fast as SQS answers."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)
        process.listen("new")
        for number in range(10_000):
            queue.send(event(f"old-{number}"), age=3600)
        with running(process):
            await asyncio.sleep(1)
            queue.send(event("new"))
            await asyncio.sleep(60)
        assert queue.is_empty
        assert process.woken_at["new"]
        assert process.metrics.outcomes == {Outcome.OLD: 10_000, Outcome.WOKEN: 1}

    play(scene)


@pytest.mark.parametrize(
    "error",
    [
        refusal("AWS.SimpleQueueService.NonExistentQueue"),
        refusal("AccessDeniedException"),
        refusal("InternalFailure"),
        refusal("KMS.DisabledException"),
        ZeroDivisionError("a defect"),
    ],
    ids=lambda error: error.kind if isinstance(error, AwsError) else "defect",
)
def test_a_queue_that_fails_is_tried_again_and_said_once(error: Exception) -> None:
    """More and more rarely; messages that waited are received when it works again."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)
        process.listen("d")
        with capture_logs() as logs, running(process):
            await asyncio.sleep(30)
            queue.error = lambda: error
            await asyncio.sleep(1000)
            queue.error = lambda: None
            queue.send(event("d"))
            await asyncio.sleep(70)
        assert process.metrics.works == [True, False, True]
        assert [log["event"] for log in logs] == ["events.queue_works", "events.queue_failed", "events.queue_works"]
        assert process.woken_at["d"]
        assert queue.receives < 30

    play(scene)


@pytest.mark.parametrize("operation", ["delete", "hand_back"])
@pytest.mark.parametrize("kind", ["AccessDeniedException", "InternalFailure"])
def test_a_queue_that_may_be_read_but_not_changed_fails(
    operation: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its messages come again and again; what they are about is woken nevertheless."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)
        process.listen("d")

        async def refused(_: Sequence[Message]) -> None:
            raise refusal(kind)

        with capture_logs() as logs, running(process):
            await asyncio.sleep(30)
            with monkeypatch.context() as patched:
                patched.setattr(queue, operation, refused)
                queue.send(event("d" if operation == "delete" else "foreign"))
                await asyncio.sleep(25)
                assert process.metrics.works == [True, False]
            await asyncio.sleep(100)
        assert process.metrics.works == [True, False, True]
        assert [log["event"] for log in logs] == ["events.queue_works", "events.queue_failed", "events.queue_works"]
        assert bool(process.woken_at["d"]) is (operation == "delete")
        assert queue.is_empty

    play(scene)


def test_a_refused_hand_back_is_one_lasting_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """It delays no other message by more than a second or two, and the first message after the mend ends it."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)

        async def refused(_: Sequence[Message]) -> None:
            raise refusal("AccessDeniedException")

        with capture_logs() as logs, running(process):
            with monkeypatch.context() as patched:
                patched.setattr(queue, "hand_back", refused)
                for number in range(100):
                    queue.send(event(f"foreign-{number}"))
                    process.listen(f"own-{number}")
                    queue.send(event(f"own-{number}"))
                    await asyncio.sleep(7)
            assert process.metrics.works == [True, False]
            await asyncio.sleep(60)
            process.listen("mended")
            queue.send(event("mended"))
            await asyncio.sleep(1)
        assert process.metrics.works == [True, False, True]
        assert [log["event"] for log in logs] == ["events.queue_works", "events.queue_failed", "events.queue_works"]
        assert queue.is_empty
        delays = [process.woken_at[f"own-{number}"][0] - 7 * number for number in range(100)]
        assert max(delays) < 2

    play(scene)


def test_a_queue_that_fails_from_the_start_is_said_too() -> None:
    """A gauge that was never set would let no alert fire."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)
        queue.error = lambda: refusal("AWS.SimpleQueueService.NonExistentQueue")
        with running(process):
            await asyncio.sleep(5)
        assert process.metrics.works == [False]

    play(scene)


def test_a_single_lost_answer_is_no_trouble() -> None:
    """Messages wait in the queue, so nothing is lost with it."""

    async def scene(queue: MemoryQueue) -> None:
        process = Process(queue)
        errors: list[Exception | None] = [None, refusal("InternalFailure")]
        queue.error = lambda: errors.pop(0) if errors else None
        with running(process):
            await asyncio.sleep(100)
        assert process.metrics.works == [True]

    play(scene)


_MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(["ours", "theirs", "nobody's", Unusable.UNREADABLE, Unusable.UNKNOWN]),
        st.sampled_from([0, 0, 0, 29, 299, 301, 10_000]),
        st.integers(1, 2),
    ),
    max_size=30,
)


@settings(max_examples=50, deadline=None)
@given(_MESSAGES, st.integers(0, 3))
def test_whatever_comes_ends_and_what_is_new_arrives(messages: list[tuple[str, int, int]], failures: int) -> None:
    """Lost, doubled, reordered, late or garbage: the queue empties, and each new event wakes its own process."""

    async def scene(queue: MemoryQueue) -> None:
        mine, theirs = Process(queue), Process(queue)
        errors: list[Exception | None] = [refusal("InternalFailure")] * failures
        queue.error = lambda: errors.pop() if errors else None
        expected: set[tuple[Process, str]] = set()
        with running(mine, theirs):
            for number, (what, age, times) in enumerate(messages):
                process = {"ours": mine, "theirs": theirs}.get(what)
                name = f"job-{number}"
                if process is not None:
                    process.listen(name)
                if process is not None and age < 300:
                    expected.add((process, name))
                for _ in range(times):
                    queue.send(what if isinstance(what, Unusable) else event(name), age=age)
            await asyncio.sleep(100)
        assert queue.is_empty
        for process in (mine, theirs):
            woken = {name for name, moments in process.woken_at.items() if moments}
            new = {name for each, name in expected if each is process}
            assert woken <= new
            late = {name for name in new - woken if messages[int(name.removeprefix("job-"))][1] < 29}
            assert not late

    play(scene)
