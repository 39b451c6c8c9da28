"""Polling the open executions of one group together: by their list where that takes fewer calls."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain

from activities.aws.errors import AwsError
from activities.events.messages import Event
from activities.events.wakeups import Came
from activities.watching.background import Background
from activities.watching.list_reading import ListReading, Wanted
from activities.watching.news import News
from activities.watching.pace import (
    DESCRIBES_BEGUN_AT_ONCE,
    FEW_DESCRIBES,
    JITTER,
    any_moment_within,
    stall_limit,
)
from activities.watching.sources import Entry, Source
from activities.watching.step_readings import StepReadings
from activities.watching.subscription import Subscription
from activities.watching.timer import Timer
from activities.watching.woken import Woken


class Group:
    """The subscriptions that one list call serves, such as all watched executions of one pipeline.

    It rests on a timer, without a task. When a poll is due, the polls that can be had together with it are made too.
    """

    def __init__(self, source: Source) -> None:
        """Prepare a group without subscriptions, whose calls are those of the source."""
        self._source = source
        self._background = Background(self._give_up)
        self._steps = StepReadings(source, self._background.spawn, self._give_up)
        self._woken = Woken(self._poll_woken, lambda subscription: subscription.sagemaker_status, self._give_up)
        self._subscriptions: dict[str, list[Subscription]] = {}
        self._timer = Timer(lambda: self._poll(_now()), self._give_up)
        self._is_listing = False
        self._list = ListReading(
            source,
            self._subscriptions,
            describe=lambda subscription, entry: self._describe(subscription, confirms=entry),
            answered=self._steps.earn,
        )
        self._debounced_until = 0.0

    @property
    def is_empty(self) -> bool:
        """Whether there are no subscriptions."""
        return not self._subscriptions

    def add(self, subscription: Subscription) -> None:
        """Add a subscription."""
        self._subscriptions.setdefault(subscription.key, []).append(subscription)
        # The debounce may be that of slower subscriptions: none waits for more than a part of its own interval.
        self._debounced_until = min(self._debounced_until, _now() + JITTER * subscription.poll_interval)

    def remove(self, subscription: Subscription) -> bool:
        """Remove a subscription; with the last one, timer and calls end. Return whether an event is unanswered."""
        others = self._subscriptions[subscription.key]
        others.remove(subscription)
        is_unanswered = self._woken.forget(subscription)
        self._steps.forget(subscription)
        if not others:
            del self._subscriptions[subscription.key]
        if self.is_empty:
            self._timer.cancel()
            self._background.cancel()
        return is_unanswered

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

    def happened(self, subscription: Subscription, event: Event) -> None:
        """Ask AWS soon, because an event says that something has happened to an execution or to one of its steps."""
        if event.is_of_step:
            self._steps.wake(subscription)
        else:
            subscription.event_at = _now()
            self._woken.wake(subscription)

    def happened_before(self, subscription: Subscription, came: Came) -> None:
        """Ask AWS, because an event came before the watch began: once, since most often it was that of the start."""
        subscription.event_at = came.at
        self._woken.wake(subscription, repeated=came.is_unanswered)

    def hurry(self) -> None:
        """Poll all at their own intervals again, because events do not replace polls any more."""
        now = _now()
        for subscription in self._all():
            subscription.due = min(subscription.due, now + any_moment_within(subscription.poll_interval))
        self._poll_at(min((subscription.due for subscription in self._all()), default=now))

    def is_stalled(self, subscription: Subscription) -> bool:
        """Whether a poll of the subscription was lost: it is long overdue."""
        overdue = _now() - max(subscription.due, self._list.availability.deferred_until)
        return overdue > stall_limit(subscription.interval, in_flight=self._is_listing or subscription.describes > 0)

    def _poll_at(self, due: float) -> None:
        """Let the timer poll when a poll is due, or as soon as polls are not deferred."""
        if self._is_listing:
            return  # what is due afterwards is polled then
        self._timer.set(max(due, self._list.availability.deferred_until, self._debounced_until))

    def _all(self) -> Iterator[Subscription]:
        return chain.from_iterable(self._subscriptions.values())

    def _poll(self, now: float) -> None:
        """Make the polls that are due."""
        if self._is_listing:
            return  # a list for events, after which they are made
        if len(self._subscriptions) > 1:
            # Debounce: polls that fall due in quick succession, as of a burst of new watches, need only few lists.
            self._debounced_until = now + JITTER * min(each.poll_interval for each in self._all())
        if self._list.availability.may_be_read(now):
            wanted = {each: value for each in self._all() if (value := each.worth_in_list(now))}
            if pages := self._list.pages_to_read(wanted):
                self._begin_list(wanted, pages)
                return
        self._describe_due(now)

    def _poll_woken(self, woken: Sequence[Subscription]) -> None:
        """Answer events: that of one execution by a describe, those of many by a list where that takes fewer calls."""
        now = _now()
        if now < (deferred_until := self._list.availability.deferred_until):
            for subscription in woken:
                self._woken.poll_at(subscription, deferred_until)
            return
        if len(woken) > 1 and not self._is_listing and self._list.availability.may_be_read(now):
            wanted = {
                each: 1.0
                for each in woken
                if not each.describes and each.trust.is_worth_a_list(now) and not self._woken.is_last_poll(each)
            }
            if pages := self._list.pages_to_read(wanted):
                self._begin_list(wanted, pages, woken=True)
                woken = [each for each in woken if each not in wanted]
        for subscription in woken[:DESCRIBES_BEGUN_AT_ONCE]:
            self._describe(subscription, woken=True)
        for subscription in woken[DESCRIBES_BEGUN_AT_ONCE:]:
            self._woken.poll_at(subscription, now)

    def _describe_due(self, now: float) -> None:
        due = [subscription for subscription in self._all() if subscription.is_due(now)]
        if len(due) > FEW_DESCRIBES and (next_list := self._list.availability.is_due_after(now)) is not None:
            self._timer.set(next_list)
            return
        for subscription in due[:DESCRIBES_BEGUN_AT_ONCE]:
            self._describe(subscription)
        # A subscription with a describe in flight gets its next poll when the describe is answered.
        waiting = [subscription.due for subscription in self._all() if not subscription.describes]
        if len(due) > DESCRIBES_BEGUN_AT_ONCE:
            self._timer.set(now)
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
                self._woken.polled(subscription)
            if observed is not None:
                self._poll_at(subscription.due)
                self._steps.earn()
                self._steps.read([subscription], observed)

        subscription.describes += 1
        self._background.spawn(describe())

    def _begin_list(self, wanted: Wanted, pages: int, *, woken: bool = False) -> None:
        self._is_listing = True
        self._background.spawn(self._poll_by_list(wanted, pages, woken=woken))

    async def _poll_by_list(self, wanted: Wanted, pages: int, *, woken: bool) -> None:
        try:
            await self._list.read(wanted, pages, woken=woken)
        except AwsError as error:
            self._list.failed(error, list(self._all()))
        else:
            self._steps.read(self._all())
        finally:
            self._is_listing = False
        for subscription in wanted:
            if not subscription.describes:
                self._woken.polled(subscription)
        self._describe_due(_now())

    def _give_up(self, error: Exception) -> None:
        """End all watches of the group after a defect: Temporal shows it and tries each of them again."""
        for subscription in self._all():
            subscription.news.give_up(error)


def _now() -> float:
    return asyncio.get_running_loop().time()
