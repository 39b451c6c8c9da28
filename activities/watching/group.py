"""Polling the open executions of one group together: by their list where that takes fewer calls."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator
from contextvars import Context
from itertools import chain
from typing import Any

import structlog

from activities.aws.errors import AwsError
from activities.watching.list_availability import ListAvailability
from activities.watching.news import News
from activities.watching.pace import DESCRIBES_BEGUN_AT_ONCE, FEW_DESCRIBES, JITTER, spread, stall_limit
from activities.watching.pages import KnownPages, pages_to_read
from activities.watching.sources import Entry, Source
from activities.watching.step_readings import StepReadings
from activities.watching.subscription import Subscription

log = structlog.get_logger(__name__)

Wanted = dict[Subscription, float]
"""Subscriptions, and what a poll of each is worth."""


class Group:
    """The subscriptions that one list call serves, such as all watched executions of one pipeline.

    It rests on a timer, without a task. When a poll is due, the polls that can be had together with it are made too.
    """

    def __init__(self, source: Source) -> None:
        """Prepare a group without subscriptions, whose calls are those of the source."""
        self._source = source
        self._steps = StepReadings(source, self._spawn)
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._pages = KnownPages()
        self._timer: asyncio.TimerHandle | None = None
        self._is_listing = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._list = ListAvailability(source.least_seconds_between_lists)
        self._debounced_until = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether there are no subscriptions."""
        return not self._subscriptions

    def add(self, subscription: Subscription) -> None:
        """Add a subscription."""
        self._subscriptions.setdefault(subscription.key, []).append(subscription)
        # The debounce may be that of slower subscriptions: none waits for more than a part of its own interval.
        self._debounced_until = min(self._debounced_until, _now() + JITTER * subscription.interval)

    def remove(self, subscription: Subscription) -> None:
        """Remove a subscription; with the last one, timer and calls end."""
        others = self._subscriptions[subscription.key]
        others.remove(subscription)
        if not others:
            del self._subscriptions[subscription.key]
        if self.is_empty:
            self._cancel_timer()
            for task in self._tasks:
                task.cancel()

    async def news(self, subscription: Subscription, *, after: float) -> News:
        """Wait until the execution has another status than the one seen, or other steps, or has ended.

        Args:
            subscription: A subscription of this group.
            after: Seconds until its first poll; the others follow at its interval.

        Raises:
            AwsError: AWS refused a poll, or could not be asked.
            Exception: The watch was given up: the worker shuts down, or has a defect.
        """
        news = subscription.news.wait()
        subscription.due = _now() + after
        self._poll_at(subscription.due)
        return await news

    def wake(self, key: str) -> None:
        """Describe an execution now, whatever is in flight, deferred or refused."""
        for subscription in self._subscriptions.get(key, ()):
            self._describe(subscription, woken=True)

    def is_stalled(self, subscription: Subscription) -> bool:
        """Whether a poll of the subscription was lost: it is long overdue."""
        overdue = _now() - max(subscription.due, self._list.deferred_until)
        return overdue > stall_limit(subscription.interval, in_flight=self._is_listing or subscription.describes > 0)

    def _poll_at(self, due: float) -> None:
        """Let the timer poll when a poll is due, or as soon as polls are not deferred."""
        if self._is_listing:
            return  # what is due afterwards is polled then
        self._set_timer(max(due, self._list.deferred_until, self._debounced_until))

    def _set_timer(self, at: float) -> None:
        if self._timer is None or at < self._timer.when():
            self._cancel_timer()
            # Not in the context of the activity that happens to be first, whose ids would be in all our log events.
            self._timer = asyncio.get_running_loop().call_at(at, self._timer_fired, context=Context())

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _timer_fired(self) -> None:
        self._timer = None
        try:
            self._poll(_now())
        except Exception as error:  # noqa: BLE001 — the loop would only log it, and nothing would be polled any more
            self._give_up(error)

    def _all(self) -> Iterator[Subscription]:
        return chain.from_iterable(self._subscriptions.values())

    def _poll(self, now: float) -> None:
        """Make the polls that are due."""
        if len(self._subscriptions) > 1:
            # Debounce: polls that fall due in quick succession, as of a burst of new watches, need only few lists.
            self._debounced_until = now + JITTER * min(each.interval for each in self._all())
        if self._list.may_be_read(now):
            wanted = {each: value for each in self._all() if (value := each.worth_in_list(now))}
            if pages := self._pages_to_read(wanted):
                self._is_listing = True
                self._spawn(self._poll_by_list(wanted, pages))
                return
        self._describe_due(now)

    def _pages_to_read(self, wanted: Wanted) -> int:
        return pages_to_read(self._pages, [(each.created_at, value) for each, value in wanted.items()])

    def _describe_due(self, now: float) -> None:
        due = [subscription for subscription in self._all() if subscription.is_due(now)]
        if len(due) > FEW_DESCRIBES and (next_list := self._list.is_due_after(now)) is not None:
            self._set_timer(next_list)
            return
        for subscription in due[:DESCRIBES_BEGUN_AT_ONCE]:
            self._describe(subscription)
        # A subscription with a describe in flight gets its next poll when the describe is answered.
        waiting = [subscription.due for subscription in self._all() if not subscription.describes]
        if len(due) > DESCRIBES_BEGUN_AT_ONCE:
            self._set_timer(now)
        elif waiting:
            self._poll_at(min(waiting))

    def _describe(self, subscription: Subscription, *, woken: bool = False, confirms: Entry | None = None) -> None:
        """Describe one execution; `confirms` is the entry of a list that led to it, if one did."""

        async def describe() -> None:
            observed = None
            try:
                observed = await self._source.describe(subscription.arn, woken=woken)
                subscription.described(observed, now=_now(), confirms=confirms)
            except AwsError as error:
                subscription.failed(error)
            except Exception as error:  # noqa: BLE001 — a defect that concerns one watch, which must not wait for ever
                subscription.news.give_up(error)
            finally:
                subscription.describes -= 1
            if observed is not None:
                self._poll_at(subscription.due)
                self._steps.earn()
                self._steps.read([subscription], observed)

        subscription.describes += 1
        self._spawn(describe())

    async def _poll_by_list(self, wanted: Wanted, pages: int) -> None:
        try:
            await self._read_list(wanted, pages)
        except AwsError as error:
            self._list_failed(error)
        else:
            self._list.answered()
            self._steps.read(self._all())
        finally:
            self._is_listing = False
        self._describe_due(_now())

    async def _read_list(self, wanted: Wanted, pages: int) -> None:
        """Read so many pages, fewer if all wanted executions were shown, more if they show that more are worth it."""
        missing = dict(wanted)
        page, token, factor = 0, None, spread()
        self._list.begins(_now())
        while page < pages and sum(missing.values()) > 1:
            found, token = await self._source.page(token)
            self._steps.earn()
            self._listed(found, missing, factor)
            created = [each.created_at for each in found if each.created_at is not None]
            self._pages.learn(page, created, is_last=token is None)
            page += 1
            if token is None:
                break
            if page == pages:
                pages = self._pages_to_read(wanted)
        for subscription in missing:
            if self._pages.page_of(subscription.created_at) < page:
                subscription.not_listed(_now())

    def _listed(self, found: Iterable[Entry], missing: Wanted, factor: float) -> None:
        polls, now = 0, _now()
        for entry in found:
            for subscription in self._subscriptions.get(entry.key, ()):
                polls += 1
                missing.pop(subscription, None)
                if subscription.listed(entry, now=now, factor=factor):
                    self._describe(subscription, confirms=entry)
        self._source.count_polls(polls)

    def _list_failed(self, error: AwsError) -> None:
        """Decide what an error of the list means for the polls that waited for it."""
        now, kind, trouble = _now(), error.kind, error.explanation
        due = [each for each in self._all() if each.is_due(now)]
        if error.rule.is_transient:
            is_first = self._list.defer(now, min((each.interval for each in self._all()), default=0.0))
            for subscription in due:
                subscription.deferred(trouble, until=self._list.deferred_until)
        elif error.rule.is_platform_wide:
            is_first = False  # the watches log it
            for subscription in due:
                subscription.failed(error)
        else:
            is_first = self._list.refuse(now)
        if is_first:
            log.warning("pipeline_executions.list_failed", pipeline=self._source.listed_under, kind=kind, error=trouble)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """End all watches of the group after a defect: Temporal shows it and tries each of them again."""
        for subscription in self._all():
            subscription.news.give_up(error)


def _now() -> float:
    return asyncio.get_running_loop().time()
