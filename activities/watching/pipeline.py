"""Looking at the open executions of one pipeline together: by its list where that takes fewer calls."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextvars import Context
from itertools import chain
from typing import Any, Final

import structlog

from activities.aws.errors import AwsError, Kind, classify
from activities.models import Observation
from activities.watching.intervals import JITTER, LONGEST_PAUSE_SECONDS, jittered, slowed_down, spread
from activities.watching.looks import Listed, Looks
from activities.watching.pages import KnownPages, pages_to_read
from activities.watching.step_readings import StepReadings
from activities.watching.subscription import Subscription

log = structlog.get_logger(__name__)

LISTS_AGAIN_AFTER_SECONDS: Final = 300.0
"""After AWS refused to list a pipeline: a missing permission, or a shared pipeline whose list is not shared."""

SAYS_WAIT: Final = {Kind.THROTTLED, Kind.UNAVAILABLE, Kind.SOURCE, Kind.CONFLICT}
"""Errors of a list that tell nothing about any run: the looks are put off."""

HITS_EVERY_LOOK: Final = {Kind.CREDENTIALS, Kind.SECRET, Kind.MISCONFIGURED}
"""Errors that describes would meet as well."""


Wanted = dict[Subscription, float]
"""Subscriptions, and what a look at each is worth."""

Describe = Callable[[str], Awaitable[Observation]]


class PipelinePoller:
    """The looks at one pipeline's executions.

    It rests on a timer, without a task. When a look is due, those that can be had together with it are made with it.
    """

    def __init__(self, looks: Looks, pipeline_arn: str) -> None:
        """Prepare a poller without subscriptions."""
        self._looks = looks
        self._steps = StepReadings(looks, self._spawn)
        self._pipeline_arn = pipeline_arn
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._pages = KnownPages()
        self._timer: asyncio.TimerHandle | None = None
        self._listing: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._not_before = 0.0
        self._gathers_until = 0.0
        self._describes_until = 0.0
        self._lists_put_off = 0

    @property
    def is_empty(self) -> bool:
        """Whether nobody is subscribed."""
        return not self._subscriptions

    def add(self, subscription: Subscription) -> None:
        """Let a subscription take part."""
        subscription.reschedule = self.reschedule
        self._subscriptions.setdefault(subscription.execution_arn, []).append(subscription)
        # Slower ones may have been gathering for long: nobody waits for more than a part of its own interval.
        longest = JITTER * subscription.interval
        self._gathers_until = min(self._gathers_until, asyncio.get_running_loop().time() + longest)

    def remove(self, subscription: Subscription) -> None:
        """Forget a subscription; with the last one, timer and calls end, too."""
        same = self._subscriptions[subscription.execution_arn]
        same.remove(subscription)
        if not same:
            del self._subscriptions[subscription.execution_arn]
        if self.is_empty:
            self._cancel_timer()
            for task in self._tasks:
                task.cancel()

    def wake(self, execution_arn: str) -> None:
        """Describe an execution now, whatever is under way, put off or refused."""
        for subscription in self._subscriptions.get(execution_arn, ()):
            self._describe(subscription, self._looks.describe_now)

    def reschedule(self, due: float) -> None:
        """Make sure that the next look comes when it is due, or as soon as looks are not put off."""
        if self._listing is not None:
            return
        due = max(due, self._not_before, self._gathers_until)
        if self._timer is None or due < self._timer.when():
            self._cancel_timer()
            # Not in the context of the activity that happens to be first, whose ids would stand in all our log events.
            self._timer = asyncio.get_running_loop().call_at(due, self._look, context=Context())

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _all(self) -> Iterator[Subscription]:
        return chain.from_iterable(self._subscriptions.values())

    def _look(self) -> None:
        """Make the looks that are due; the timer calls it."""
        self._timer = None
        now = asyncio.get_running_loop().time()
        if len(self._subscriptions) > 1:
            # Looks that fall due in quick succession are gathered, so that a burst of new watches needs few lists.
            self._gathers_until = now + JITTER * min(each.interval for each in self._all())
        if now >= self._describes_until:
            wanted = {each: value for each in self._all() if (value := each.worth_in_list(now))}
            if pages := self._pages_to_read(wanted):
                self._listing = self._spawn(self._list(wanted, pages))
                self._listing.add_done_callback(self._listed)
                return
        self._describe_due()

    def _pages_to_read(self, wanted: Wanted) -> int:
        return pages_to_read(self._pages, [(each.created_at, value) for each, value in wanted.items()])

    def _describe_due(self) -> None:
        now = asyncio.get_running_loop().time()
        for subscription in self._all():
            if subscription.is_due(now):
                self._describe(subscription, self._looks.describe)
        # Those under way are rescheduled when they come back.
        waiting = [subscription.due for subscription in self._all() if not subscription.describes]
        if waiting:
            self.reschedule(min(waiting))

    def _describe(self, subscription: Subscription, describe: Describe, *, confirms: Listed | None = None) -> None:
        """Describe one execution; `confirms` is the list's entry that led to it, if one did."""

        async def look() -> None:
            observed = None
            try:
                observed = await describe(subscription.execution_arn)
            except AwsError as error:
                subscription.failed(error)
            except Exception as error:  # noqa: BLE001 — a bug: its watch must not wait for ever, and is the only one
                subscription.give_up(error)
            else:
                now = asyncio.get_running_loop().time()
                if confirms is not None and confirms.sagemaker_status != observed.sagemaker_status:
                    subscription.doubt_lists(now)
                subscription.described(observed, now=now)
                self.reschedule(subscription.due)
                self._steps.earn()
            finally:
                subscription.describes -= 1
            if observed is not None:
                self._steps.read([subscription], observed)

        subscription.describes += 1
        self._spawn(look())

    async def _list(self, wanted: Wanted, pages: int) -> None:
        """Read so many pages, fewer if nothing is left to see, more if they show that more are worth it."""
        unseen = dict(wanted)
        page, token, factor = 0, None, spread()
        while page < pages and sum(unseen.values()) > 1:
            answer = await self._looks.page(self._pipeline_arn, token)
            self._steps.earn()
            self._note(answer.executions, unseen, factor)
            token = answer.next_token
            created = [each.created_at for each in answer.executions if each.created_at is not None]
            self._pages.learn(page, created, is_last=token is None)
            page += 1
            if token is None:
                break
            if page == pages:
                pages = self._pages_to_read(wanted)
        now = asyncio.get_running_loop().time()
        for subscription in unseen:
            if self._pages.page_of(subscription.created_at) < page and not subscription.describes:
                subscription.doubt_lists(now)

    def _note(self, executions: Iterable[Listed], unseen: Wanted, factor: float) -> None:
        now = asyncio.get_running_loop().time()
        found = 0
        for entry in executions:
            for subscription in self._subscriptions.get(entry.execution_arn, ()):
                found += 1
                unseen.pop(subscription, None)
                if subscription.listed(entry.sagemaker_status, entry.created_at, now=now, factor=factor):
                    self._describe(subscription, self._looks.describe, confirms=entry)
        self._looks.answered(found)

    def _listed(self, listing: asyncio.Task[None]) -> None:
        """Go on after a list."""
        self._listing = None
        if listing.cancelled():
            return
        error = listing.exception()
        if error is None:
            self._lists_put_off, self._describes_until = 0, 0.0
            self._steps.read(self._all())
        elif isinstance(error, AwsError):
            self._bear_with(error)
        else:
            return  # `_ended` has told everybody
        self._describe_due()

    def _bear_with(self, error: Exception) -> None:
        """Decide what a list's error means for those who waited for it."""
        now = asyncio.get_running_loop().time()
        kind = classify(error)
        trouble = self._looks.explain_page(error, self._pipeline_arn)
        due = [subscription for subscription in self._all() if subscription.is_due(now)]
        if kind in SAYS_WAIT:
            shortest = min((subscription.interval for subscription in self._all()), default=0.0)
            pause = jittered(slowed_down(shortest, self._lists_put_off, LONGEST_PAUSE_SECONDS))
            is_first = not self._lists_put_off
            self._lists_put_off += 1
            self._not_before = now + pause
            for subscription in due:
                subscription.put_off(trouble, until=self._not_before)
        elif kind in HITS_EVERY_LOOK:
            is_first = False  # each watch tells it
            for subscription in due:
                subscription.failed(error)
        else:
            is_first = not self._describes_until
            self._describes_until = now + LISTS_AGAIN_AFTER_SECONDS
        if is_first:
            log.warning("pipeline_executions.list_failed", pipeline=self._pipeline_arn, kind=kind, error=trouble)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if not isinstance(error, Exception) or isinstance(error, AwsError):
            return
        # A bug in what is done for all: no watch may wait for ever because of it. Temporal tells it and tries again.
        for subscription in self._all():
            subscription.give_up(error)
