"""Reading the steps of one pipeline's executions, for whom it is worth most, within what it may cost."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

import structlog

from activities.aws.errors import AwsError, Kind, classify
from activities.models import Observation
from activities.results.reading import pages_of
from activities.watching.intervals import LONGEST_PAUSE_SECONDS, jittered
from activities.watching.looks import Looks
from activities.watching.step_turns import Allowance
from activities.watching.subscription import Subscription

log = structlog.get_logger(__name__)

READS_AGAIN_AFTER_SECONDS: Final = 300.0
"""After AWS refused to tell a step: a missing permission, most likely."""

PASSES: Final = {Kind.THROTTLED, Kind.UNAVAILABLE, Kind.SOURCE, Kind.CONFLICT}

Spawn = Callable[[Coroutine[Any, Any, None]], object]


class StepReadings:
    """Spends less on steps than was spent on statuses; each execution's first reading comes on top."""

    def __init__(self, looks: Looks, spawn: Spawn) -> None:
        """Prepare the readings.

        Args:
            looks: Looks at executions.
            spawn: Runs a reading in the background.
        """
        self._looks = looks
        self._spawn = spawn
        self._allowance = Allowance()
        self._not_before = 0.0
        self._trouble: Kind | None = None

    def earn(self) -> None:
        """Take note of a call that was made for statuses."""
        self._allowance.earn()

    def read(self, candidates: Iterable[Subscription], observed: Observation | None = None) -> None:
        """Read the steps of those who wait longest.

        Args:
            candidates: Whose steps may be read.
            observed: What a describe just said, if there is but one candidate.
        """
        now = asyncio.get_running_loop().time()
        if now < self._not_before:
            return
        due = (each for each in candidates if each.wants_steps(now))
        for subscription in sorted(due, key=lambda each: each.waits_for_steps_since):
            if not subscription.wants_first_steps:
                if not self._allowance.has_credit:
                    return
                self._allowance.spend(1)
            subscription.reads_steps(now)
            self._spawn(self._read(subscription, observed))
            if self._trouble is not None:
                # One of them tries whether it is over.
                self._not_before = now + LONGEST_PAUSE_SECONDS
                return

    async def _read(self, subscription: Subscription, observed: Observation | None) -> None:
        arn = subscription.execution_arn
        try:
            steps = await self._looks.steps(arn)
            self._allowance.spend(pages_of(steps) - 1)
            self._trouble, self._not_before = None, 0.0
            subscription.steps_trouble = None
            if subscription.has_news_in(steps):
                # The workflow is told all of an observation at once, and a list has shown little of it.
                observed = observed or await self._looks.describe(arn)
                subscription.described(observed, now=asyncio.get_running_loop().time(), steps=steps)
        except AwsError as error:
            self._bear_with(error, subscription)
        finally:
            subscription.steps_under_way = False

    def _bear_with(self, error: Exception, subscription: Subscription) -> None:
        """No watch ends for its steps: they are tried again later."""
        now, kind = asyncio.get_running_loop().time(), classify(error)
        self._not_before = now + jittered(LONGEST_PAUSE_SECONDS if kind in PASSES else READS_AGAIN_AFTER_SECONDS)
        subscription.steps_trouble = self._looks.explain_steps(error, subscription.execution_arn)
        known, self._trouble = self._trouble, kind
        if kind not in PASSES and kind is not known:
            log.warning("pipeline_execution.steps_not_read", kind=kind, error=subscription.steps_trouble)
