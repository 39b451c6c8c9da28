"""Polls that events cause in one group: few for many events, and repeated while AWS does not show the change yet."""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from typing import Final

from activities.watching.subscription import Subscription
from activities.watching.timer import Timer

COALESCED_SECONDS: Final = 0.2
"""Events that come so soon after the first one are answered together."""

REPEATED_AFTER_SECONDS: Final = (1.0, 3.0, 10.0)
"""An event may outrun what describes and lists show; SageMaker documents no bound."""


class Woken:
    """The subscriptions that an event has come for, until a poll has shown a change or has been repeated in vain."""

    def __init__(
        self,
        poll: Callable[[Sequence[Subscription]], None],
        state: Callable[[Subscription], Hashable],
        failed: Callable[[Exception], None],
    ) -> None:
        """Prepare for events.

        Args:
            poll: Begins to poll some subscriptions; it reports each answer by `polled`.
            state: What is known of a subscription, such as its status; a change shows that a poll has found what the
                event was about.
            failed: Called with what `poll` raises.
        """
        self._poll = poll
        self._state = state
        self._timer = Timer(self._due, failed)
        self._due_at: dict[Subscription, float] = {}
        self._known: dict[Subscription, tuple[int, Hashable]] = {}

    def wake(self, subscription: Subscription, *, repeated: bool = True) -> None:
        """Poll a subscription soon, because an event has come for it.

        Args:
            subscription: Which.
            repeated: Whether to poll it again where nothing has changed.
        """
        self._known[subscription] = 0 if repeated else len(REPEATED_AFTER_SECONDS), self._state(subscription)
        self.poll_at(subscription, asyncio.get_running_loop().time() + COALESCED_SECONDS)

    def poll_at(self, subscription: Subscription, at: float) -> None:
        """Poll a woken subscription at a time, or earlier if that was the plan."""
        self._due_at[subscription] = min(at, self._due_at.get(subscription, at))
        self._timer.set(self._due_at[subscription])

    def is_last_poll(self, subscription: Subscription) -> bool:
        """Whether a poll of the subscription will not be repeated."""
        repeats, _ = self._known.get(subscription, (0, None))
        return repeats == len(REPEATED_AFTER_SECONDS)

    def polled(self, subscription: Subscription) -> None:
        """Plan the next poll of a woken subscription, after one was answered or has failed."""
        if subscription not in self._known or subscription in self._due_at:
            return
        repeats, state = self._known[subscription]
        if repeats == len(REPEATED_AFTER_SECONDS) or self._state(subscription) != state:
            del self._known[subscription]
            return
        self._known[subscription] = repeats + 1, state
        self.poll_at(subscription, asyncio.get_running_loop().time() + REPEATED_AFTER_SECONDS[repeats])

    def forget(self, subscription: Subscription) -> bool:
        """Poll a subscription no more; return whether an event for it is unanswered."""
        is_unanswered = self._known.pop(subscription, None) is not None
        self._due_at.pop(subscription, None)
        if not self._due_at:
            self._timer.cancel()
        return is_unanswered

    def _due(self) -> None:
        soon = asyncio.get_running_loop().time() + COALESCED_SECONDS / 2
        due = [subscription for subscription, at in self._due_at.items() if at <= soon]
        for subscription in due:
            del self._due_at[subscription]
        if self._due_at:
            self._timer.set(min(self._due_at.values()))
        self._poll(due)
