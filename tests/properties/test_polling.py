"""Whatever AWS's executions, lists and refusals do: what each watch returns, and at what cost."""

import asyncio
import math
from collections import Counter
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from activities.resources.table import PIPELINE_EXECUTION
from activities.watching.pace import (
    JITTER,
    LONGEST_INTERVAL_SECONDS,
    LONGEST_PAUSE_SECONDS,
    LONGEST_WITHOUT_DESCRIBE_SECONDS,
)
from activities.watching.pages import PAGE_SIZE
from activities.watching.poller import SharedPoller
from contract.arns import pipeline_arn
from contract.pipeline_document import TERMINAL_STATUSES
from tests.conftest import EXAMPLES
from tests.properties.simulated_aws import (
    DESCRIBE,
    LIST,
    Execution,
    SimulatedAws,
    now,
)
from tests.properties.watch import CALLS_SECONDS, Watch
from tests.unit.virtual_time import VirtualTimeLoop

EVERYTHING_IS_FOUND_SECONDS: Final = 2 * LONGEST_WITHOUT_DESCRIBE_SECONDS

FAULTS: Final = {
    "throttled": dict.fromkeys((LIST, DESCRIBE), "ThrottlingException"),
    "down": dict.fromkeys((LIST, DESCRIBE), "InternalFailure"),
    "lists throttled": {LIST: "ThrottlingException"},
    "lists denied": {LIST: "AccessDeniedException"},
    "describes throttled": {DESCRIBE: "ThrottlingException"},
    "credentials expired": dict.fromkeys((LIST, DESCRIBE), "ExpiredTokenException"),
}

pipelines = st.sampled_from(["churn", "fraud"])
intervals = st.sampled_from([5.0, 30.0, 400.0])
open_statuses = st.sampled_from(["Executing", "Stopping", "Paused"])
ends = st.sampled_from(sorted(TERMINAL_STATUSES))
numbers = st.integers(0, 10**6)


class SharedPolls(RuleBasedStateMachine):
    """Watches on one poller, and AWS."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=VirtualTimeLoop)
        self.aws = SimulatedAws()
        self.poller = SharedPoller(self.aws)
        self.watches: dict[Watch, asyncio.Task[None]] = {}
        self.gone: list[Watch] = []
        self.most_watches: Counter[str] = Counter()
        self.all_is_well_from = 0.0

    @initialize(lag=st.sampled_from([0.0, 0.0, 8.0, 90.0]), watched=st.lists(intervals, max_size=5))
    def begins(self, lag: float, watched: list[float]) -> None:
        """Some executions of a pipeline are watched already, and lists show everything later by the lag."""
        self.aws.lag = lag
        for interval in watched:
            self.execution_starts("churn", interval, 0.0)
        self.time_passes(15.0)

    @rule(pipeline=pipelines, interval=intervals, hidden=st.sampled_from([0.0, 20.0]))
    def execution_starts(self, pipeline: str, interval: float, hidden: float) -> None:
        """A run starts an execution and watches it."""

        async def start() -> None:
            execution = self.aws.start(pipeline, "Executing", hidden=hidden)
            self._watch(execution, interval, None)

        self.runner.run(start())

    @rule(pipeline=pipelines, count=st.sampled_from([1, PAGE_SIZE - 1, PAGE_SIZE + 1]))
    def others_come_and_go(self, pipeline: str, count: int) -> None:
        """Executions that are not watched here push the others down in the list."""

        async def start() -> None:
            for _ in range(count):
                self.aws.start(pipeline, "Succeeded")

        self.runner.run(start())

    @precondition(lambda self: self.open_executions)
    @rule(number=numbers, interval=intervals, knows=st.booleans())
    def watch_joins(self, number: int, interval: float, *, knows: bool) -> None:
        """Another run follows the same execution, or a watch comes from a worker that was lost."""

        async def join() -> None:
            execution = self._one_of(number)
            self._watch(execution, interval, execution.status if knows else None)

        self.runner.run(join())

    @precondition(lambda self: self.watches)
    @rule(number=numbers)
    def watch_leaves(self, number: int) -> None:
        """A run is terminated."""
        watch = list(self.watches)[number % len(self.watches)]
        self.watches.pop(watch).cancel()
        self.gone.append(watch)
        self.runner.run(asyncio.sleep(0))

    @precondition(lambda self: self.open_executions)
    @rule(number=numbers, status=open_statuses | ends)
    def execution_changes(self, number: int, status: str) -> None:
        """An execution has another status."""

        async def change() -> None:
            execution = self._one_of(number)
            if status != execution.status:
                execution.course.append((now(), status))

        self.runner.run(change())

    @precondition(lambda self: self.open_executions)
    @rule(number=numbers)
    def execution_is_stopped(self, number: int) -> None:
        """A stop changes the status and wakes the poller."""

        async def stop() -> None:
            execution = self._one_of(number)
            if execution.status != "Stopping":
                execution.course.append((now(), "Stopping"))
            self.poller.wake(PIPELINE_EXECUTION, execution.arn)

        self.runner.run(stop())

    @rule(fault=st.sampled_from(sorted(FAULTS)))
    def fault_begins(self, fault: str) -> None:
        """AWS refuses."""
        self.aws.faults = FAULTS[fault]

    @precondition(lambda self: self.aws.faults)
    @rule()
    def fault_ends(self) -> None:
        """AWS answers again; deferred polls are made after the pause."""

        async def end() -> None:
            self._answer_again()

        self.runner.run(end())

    @rule(seconds=st.sampled_from([0.02, 0.3, 2.0, 15.0, 120.0, 600.0]))
    def time_passes(self, seconds: float) -> None:
        """And nothing else happens."""
        self.runner.run(asyncio.sleep(seconds))

    @precondition(lambda self: not self.aws.faults)
    @rule(intervals=st.integers(1, 5))
    def quiet_time_passes(self, intervals: int) -> None:
        """Polls cost no more calls than a describe by each watch would."""
        self.runner.run(self._quiet_time(intervals))

    async def _quiet_time(self, intervals: int) -> None:
        longest = max((watch.interval for watch in self.watching), default=1.0)
        await asyncio.sleep(3 * (LONGEST_INTERVAL_SECONDS + longest))
        watching, before, seconds = self.watching, len(self.aws.calls), intervals * longest
        await asyncio.sleep(seconds)
        polls = sum(seconds / (watch.interval * (1 - JITTER)) + 1 for watch in watching)
        # However often the list seems right, a run is described now and then.
        rare = len(watching) * (1 + seconds / (LONGEST_WITHOUT_DESCRIBE_SECONDS * (1 - JITTER)))
        assert len(self.aws.calls) - before <= polls + rare

    @invariant()
    def what_is_true_is_returned_in_time(self) -> None:
        """Wherever AWS has answered long enough."""
        at = self.runner.get_loop().time()
        for watch, task in self.watches.items():
            if task.done():
                task.result()
                assert watch.seen == watch.execution.status
            elif watch.seen != watch.execution.status:
                assert at <= self._deadline(watch), f"{watch} should know"

    @invariant()
    def no_more_pages_are_read_than_runs_are_watched(self) -> None:
        """A page costs as much as a describe."""
        for method, arn, first in self.aws.calls:
            assert method != LIST or first // PAGE_SIZE < self.most_watches[arn]
        self.aws.calls.clear()

    def teardown(self) -> None:
        """Everything ends, every watch returns, and nothing is left."""
        self.runner.run(self._everything_ends())
        self.runner.close()

    async def _everything_ends(self) -> None:
        if self.aws.faults:
            self._answer_again()
        for execution in self.open_executions:
            execution.course.append((now(), "Succeeded"))
        await asyncio.sleep(EVERYTHING_IS_FOUND_SECONDS)
        for watch, task in self.watches.items():
            assert task.done(), f"{watch} never returned"
            task.result()
            assert watch.returned[-1:] == [watch.execution.status]
            assert watch.returned.count(watch.execution.status) == 1
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert [timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()] == []  # type: ignore[attr-defined]  # noqa: SLF001 — no public way

    @property
    def open_executions(self) -> list[Execution]:
        """Executions that have not ended."""
        return [each for each in self.aws.executions.values() if not each.has_ended]

    @property
    def watching(self) -> list[Watch]:
        """Watches that have not seen an end."""
        return [watch for watch, task in self.watches.items() if not task.done()]

    def _answer_again(self) -> None:
        self.aws.faults = {}
        self.all_is_well_from = now() + LONGEST_PAUSE_SECONDS * (1 + JITTER) + CALLS_SECONDS

    def _deadline(self, watch: Watch) -> float:
        """Return when a watch must know the present status: after a refusal, a pause and its interval later."""
        if self.aws.faults:
            return math.inf
        return max(
            watch.must_know_by(self.aws.lag),
            self.all_is_well_from + watch.interval * (1 + 2 * JITTER),
        )

    def _one_of(self, number: int) -> Execution:
        return self.open_executions[number % len(self.open_executions)]

    def _watch(self, execution: Execution, interval: float, seen: str | None) -> None:
        watch = Watch(execution, interval, seen, self._deadline)
        self.watches[watch] = asyncio.create_task(watch.follow(self.poller))
        arn = pipeline_arn(execution.arn)
        watched = [each for each in self.watching if pipeline_arn(each.execution.arn) == arn]
        self.most_watches[arn] = max(self.most_watches[arn], len(watched))


TestSharedPolls = SharedPolls.TestCase
# One course has as many steps as there are examples of other properties.
TestSharedPolls.settings = settings(max_examples=EXAMPLES // 2)
