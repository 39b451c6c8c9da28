"""The poller that the watches of a worker share."""

from collections.abc import Iterator
from contextlib import contextmanager

from activities.aws.platforms import Platform
from activities.metrics import Metrics
from activities.resources.kind import ResourceKind
from activities.watching.group import Group
from activities.watching.sources import PollingCalls, Source, key_of
from activities.watching.subscription import Subscription
from contract.arns import pipeline_arn


class SharedPoller:
    """Polls for all watches of a process, with as few calls as possible."""

    def __init__(self, calls: PollingCalls, metrics: Metrics | None = None) -> None:
        """Prepare a poller without subscriptions.

        Args:
            calls: Reaches AWS.
            metrics: Counts the polls; left out, they are not counted.
        """
        self._calls = calls
        self._metrics = metrics or Metrics()
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
        if name not in self._groups:
            listed_under = _listed_under(subscription.kind, subscription.arn)
            source = Source(self._calls, platform, subscription.kind, listed_under, self._metrics)
            self._groups[name] = Group(source)
        group = self._groups[name]
        group.add(subscription)
        try:
            yield group
        finally:
            group.remove(subscription)
            if group.is_empty:
                del self._groups[name]

    def is_stalled(self, platform: Platform, subscription: Subscription) -> bool:
        """Whether a poll of a subscription that is served was lost: it is long overdue."""
        group = self._groups.get(_name(platform, subscription))
        return group is not None and group.is_stalled(subscription)

    def wake(self, kind: ResourceKind, arn: str) -> None:
        """Poll an execution or job now, because something has happened to it; nothing is done if it is not watched."""
        listed_under = _listed_under(kind, arn).casefold()
        for (_, of), group in self._groups.items():
            if of == listed_under:
                group.wake(key_of(arn))


def _name(platform: Platform, subscription: Subscription) -> tuple[str, str]:
    return platform.name, _listed_under(subscription.kind, subscription.arn).casefold()


def _listed_under(kind: ResourceKind, arn: str) -> str:
    """Return what names the group of an execution or job: what one list call serves."""
    # AWS's pattern for PipelineName admits ARNs. The name in an execution's ARN may have lost its capitals.
    return pipeline_arn(arn) if kind.listing and kind.listing.group else kind.noun
