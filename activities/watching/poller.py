"""The poller that the watches of a worker share."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from activities.aws.platforms import Platform
from activities.events.wakeups import WakeUps
from activities.metrics import Metrics
from activities.resources.kind import ResourceKind
from activities.watching.group import Group
from activities.watching.sources import PollingCalls, Source
from activities.watching.subscription import Subscription
from contract.arns import resource_key


class SharedPoller:
    """Polls for all watches of a process, with as few calls as possible."""

    def __init__(self, calls: PollingCalls, metrics: Metrics | None = None, wake_ups: WakeUps | None = None) -> None:
        """Prepare a poller without subscriptions.

        Args:
            calls: Reaches AWS.
            metrics: Counts the polls; left out, they are not counted.
            wake_ups: Brings events; left out, ends are found by polls alone.
        """
        self._calls = calls
        self._metrics = metrics or Metrics()
        self._wake_ups = wake_ups or WakeUps()
        self._groups: dict[tuple[str, str], Group] = {}

    @contextmanager
    def serving(self, platform: Platform, subscription: Subscription) -> Iterator[Group]:
        """Poll for a subscription as long as the block runs.

        Args:
            platform: Where the execution runs.
            subscription: What to poll, and how often.

        Returns:
            The subscription's group, on which its news are awaited.
        """
        name = _name(platform, subscription)
        # Events replace polls as soon as and as long as they have proved themselves.
        subscription.events = events = self._wake_ups.record(platform, subscription.kind)
        group = self._groups.get(name) or self._begin(name, platform, subscription)
        group.add(subscription)
        try:
            with self._wake_ups.listening(platform.name, subscription.arn, partial(group.happened, subscription)):
                if (came := self._wake_ups.came_before(platform.name, subscription.arn)) is not None:
                    group.happened_before(subscription, came)
                yield group
        finally:
            is_unanswered = group.remove(subscription)
            if is_unanswered and subscription.event_at is not None and not subscription.has_ended:
                self._wake_ups.unanswered(platform.name, subscription.arn, subscription.event_at)
            if group.is_empty:
                del self._groups[name]
                if events is not None:
                    events.when_lost.discard(group.hurry)

    def is_stalled(self, platform: Platform, subscription: Subscription) -> bool:
        """Whether a poll of a subscription that is served was lost: it is long overdue."""
        group = self._groups.get(_name(platform, subscription))
        return group is not None and group.is_stalled(subscription)

    def wake(self, kind: ResourceKind, arn: str) -> None:
        """Poll an execution or job now, because something has happened to it; nothing is done if it is not watched."""
        listed_under = _listed_under(kind, arn).casefold()
        for (_, of), group in self._groups.items():
            if of == listed_under:
                group.wake(resource_key(arn))

    def _begin(self, name: tuple[str, str], platform: Platform, first: Subscription) -> Group:
        listed_under = _listed_under(first.kind, first.arn)
        group = Group(Source(self._calls, platform, first.kind, listed_under, self._metrics))
        if first.events is not None:
            first.events.when_lost.add(group.hurry)
        self._groups[name] = group
        return group


def _name(platform: Platform, subscription: Subscription) -> tuple[str, str]:
    return platform.name, _listed_under(subscription.kind, subscription.arn).casefold()


def _listed_under(kind: ResourceKind, arn: str) -> str:
    """Return what names the group of an execution or job: what one list call serves."""
    # AWS's patterns for the names of groups admit ARNs. The name in an execution's ARN may have lost its capitals.
    return kind.listing.group_of(arn) if kind.listing and kind.listing.group else kind.noun
