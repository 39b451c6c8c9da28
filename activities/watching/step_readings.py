"""Reading the steps of one pipeline's executions: where it is worth most, within what it may cost."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from itertools import islice
from typing import Any, Final

import structlog

from activities.aws.errors import AwsError, Kind
from activities.models import Observation
from activities.results.changes import has_changes
from activities.results.reading import Step, pages_of, read_steps
from activities.watching.pace import LONGEST_PAUSE_SECONDS, REFUSED_FOR_SECONDS, jittered
from activities.watching.sources import Source
from activities.watching.step_turns import Allowance, StepTurns
from activities.watching.subscription import Subscription
from activities.watching.woken import COALESCED_SECONDS, Woken

log = structlog.get_logger(__name__)

STEPS_COMPARED_AT_ONCE: Final = 200
"""About 5 ms of work, after which the event loop has its turn."""

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class StepReadings:
    """Makes fewer calls for steps than were made for statuses; the first reading of each execution is extra."""

    def __init__(self, source: Source, spawn: Spawn, failed: Callable[[Exception], None]) -> None:
        """Prepare the readings.

        Args:
            source: Calls AWS.
            spawn: Runs a reading in the background.
            failed: Called with a defect.
        """
        self._source = source
        self._spawn = spawn
        self._allowance = Allowance()
        self._not_before = 0.0
        self._trouble: Kind | None = None
        self._woken = Woken(self._read_woken, lambda subscription: subscription.news.is_awaited, failed)

    def earn(self) -> None:
        """Record a call that was made for statuses."""
        self._allowance.earn()

    def read(self, candidates: Iterable[Subscription], observed: Observation | None = None) -> None:
        """Read the steps of those candidates that have waited longest.

        No steps are read while a describe is in flight, which may show the end, or once there is news: after an end
        the watch reads the steps itself, and after other news the next watch reads them.

        Args:
            candidates: The executions whose steps may be read.
            observed: What a describe has just answered, if there is only one candidate.
        """
        now = asyncio.get_running_loop().time()
        if now < self._not_before:
            return
        waiting = (each for each in candidates if each.news.is_awaited and not each.describes)
        due = [(turns, each) for each in waiting if (turns := each.steps) is not None and turns.are_due(now)]
        for turns, subscription in sorted(due, key=lambda each: each[0].waits_since):
            if not turns.is_first:
                if not self._allowance.has_credit:
                    return
                self._allowance.spend(1)
            turns.begin(now)
            self._spawn(self._read(subscription, turns, observed))
            if self._trouble is not None:
                # A single reading finds out whether the trouble is over.
                self._not_before = now + LONGEST_PAUSE_SECONDS
                return

    def wake(self, subscription: Subscription) -> None:
        """Read the steps of an execution soon, because an event has come for one of them."""
        if subscription.steps is not None and subscription.news.is_awaited:
            self._woken.wake(subscription)

    def forget(self, subscription: Subscription) -> None:
        """Read no steps of an execution any more."""
        self._woken.forget(subscription)

    def _read_woken(self, woken: Sequence[Subscription]) -> None:
        """Read steps that events have come for. Events are few, so this needs no credit, but keeps to the pauses."""
        now = asyncio.get_running_loop().time()
        for subscription in woken:
            turns = subscription.steps
            if turns is None or not subscription.news.is_awaited:
                continue
            if turns.in_flight or subscription.describes:
                self._woken.poll_at(subscription, now + COALESCED_SECONDS)
            elif (pause_ends := max(self._not_before, turns.not_before_by_event)) > now:
                self._woken.poll_at(subscription, pause_ends)
            else:
                turns.begin(now)
                self._spawn(self._read(subscription, turns, None))

    async def _read(self, subscription: Subscription, turns: StepTurns, observed: Observation | None) -> None:
        try:
            steps = await read_steps(self._source.calls, self._source.platform, subscription.arn)
            self._allowance.spend(pages_of(steps) - 1)
            self._trouble, self._not_before, turns.trouble = None, 0.0, None
            if await _have_changed(steps, turns):
                # The workflow gets a whole observation, and a list has shown only a part of it.
                observed = observed or await self._source.describe(subscription.arn)
                subscription.described(observed, now=asyncio.get_running_loop().time(), steps=steps)
        except AwsError as error:
            self._failed(error, turns)
        except Exception as error:
            # Steps are optional: an answer that cannot be read concerns neither the status nor other executions.
            log.exception("pipeline_execution.steps_not_read", execution_arn=subscription.arn)
            turns.unreadable(f"The steps cannot be read: {type(error).__name__}", asyncio.get_running_loop().time())
        finally:
            turns.in_flight = False
            self._woken.polled(subscription)

    def _failed(self, error: AwsError, turns: StepTurns) -> None:
        """Defer all readings: no watch ends because of steps."""
        now, kind = asyncio.get_running_loop().time(), error.kind
        transient = error.rule.is_transient
        self._not_before = now + jittered(LONGEST_PAUSE_SECONDS if transient else REFUSED_FOR_SECONDS)
        turns.trouble = error.explanation
        known, self._trouble = self._trouble, kind
        if not transient and kind is not known:
            log.warning("pipeline_execution.steps_not_read", kind=kind, error=turns.trouble)


async def _have_changed(steps: Iterable[Step], turns: StepTurns) -> bool:
    """Return whether any step is not as it was seen, without stalling the event loop for thousands of steps."""
    remaining = iter(steps)
    while batch := list(islice(remaining, STEPS_COMPARED_AT_ONCE)):
        if has_changes(batch, turns.seen, turns.digests):
            return True
        await asyncio.sleep(0)
    return False
