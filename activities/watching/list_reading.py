"""Reading the list of a group, and what its pages mean for the subscriptions."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog

from activities.aws.errors import AwsError
from activities.watching.list_availability import ListAvailability
from activities.watching.pace import spread
from activities.watching.pages import KnownPages, pages_to_read
from activities.watching.sources import Entry, Source
from activities.watching.subscription import Subscription

log = structlog.get_logger(__name__)

Wanted = dict[Subscription, float]
"""Subscriptions, and what a poll of each is worth."""


class ListReading:
    """The list of one group: where its executions stand there, and whether it may be read.

    Attributes:
        availability: Whether the list may be read.
    """

    def __init__(
        self,
        source: Source,
        subscriptions: Mapping[str, Sequence[Subscription]],
        *,
        describe: Callable[[Subscription, Entry], None],
        answered: Callable[[], None],
    ) -> None:
        """Prepare to read.

        Args:
            source: Calls AWS.
            subscriptions: The group's, by key.
            describe: Describes an execution because of its entry in the list.
            answered: Called for each page.
        """
        self.availability = ListAvailability(source.least_seconds_between_lists)
        self._source = source
        self._subscriptions = subscriptions
        self._describe = describe
        self._answered = answered
        self._pages = KnownPages()

    def pages_to_read(self, wanted: Wanted) -> int:
        """Return how many pages save more calls than they cost."""
        return pages_to_read(self._pages, [(each.created_at, value) for each, value in wanted.items()])

    async def read(self, wanted: Wanted, pages: int, *, woken: bool) -> None:
        """Read so many pages, fewer if all wanted executions were shown, more if they show that more are worth it.

        Raises:
            AwsError: AWS refused, or could not be asked.
        """
        missing = dict(wanted)
        page, token, factor = 0, None, spread()
        used: set[str] = set()
        self.availability.begins(_now())
        while page < pages and sum(missing.values()) > 1:
            found, token = await self._source.page(token, woken=woken)
            self._answered()
            self._listed(found, missing, factor)
            # A token that was used before leads to the pages that are known: the list ends here.
            token = None if token in used else token
            created = [each.created_at for each in found if each.created_at is not None]
            self._pages.learn(page, created, is_last=token is None)
            page += 1
            if token is None:
                break
            used.add(token)
            if page == pages:
                pages = self.pages_to_read(wanted)
        for subscription in missing:
            if self._pages.page_of(subscription.created_at) < page:
                subscription.not_listed(_now())
        self.availability.answered()

    def failed(self, error: AwsError, subscriptions: Sequence[Subscription]) -> None:
        """Decide what an error of the list means for the polls that waited for it."""
        now, kind, trouble = _now(), error.kind, error.explanation
        due = [each for each in subscriptions if each.is_due(now)]
        if error.rule.is_transient:
            is_first = self.availability.defer(now, min((each.poll_interval for each in subscriptions), default=0.0))
            for subscription in due:
                subscription.deferred(trouble, until=self.availability.deferred_until)
        elif error.rule.is_platform_wide:
            is_first = False  # the watches log it
            for subscription in due:
                subscription.failed(error)
        else:
            is_first = self.availability.refuse(now)
        if is_first:
            log.warning("pipeline_executions.list_failed", pipeline=self._source.listed_under, kind=kind, error=trouble)

    def _listed(self, found: Iterable[Entry], missing: Wanted, factor: float) -> None:
        polls, now = 0, _now()
        for entry in found:
            for subscription in self._subscriptions.get(entry.key, ()):
                polls += 1
                missing.pop(subscription, None)
                if subscription.listed(entry, now=now, factor=factor):
                    self._describe(subscription, entry)
        self._source.count_polls(polls)


def _now() -> float:
    return asyncio.get_running_loop().time()
