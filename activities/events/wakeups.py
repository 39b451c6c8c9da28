"""What waits for events in this process, by platform and ARN."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Final, NamedTuple

from activities.aws.platforms import Platform
from activities.events.messages import Event
from activities.events.owners import WatchedOwners, owner_key
from activities.events.trust import GRACE_SECONDS, EventRecord
from activities.metrics import Metrics
from activities.resources.kind import ResourceKind
from contract.arns import resource_key

Wake = Callable[[Event], None]

REMEMBERED_EVENTS: Final = 10_000
FORGOTTEN_AT_ONCE: Final = 2
"""With each event that is remembered, so that their number cannot grow for long."""


class Came(NamedTuple):
    """An event that came before the watch of its resource began."""

    at: float
    """When, by the event loop's clock."""
    is_unanswered: bool
    """Whether the watch before was woken by it, and returned before a poll could show what it was about."""


class WakeUps:
    """Takes events to what waits for them. An event is no fact: it is only a reason to ask AWS now."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        """Begin with nothing that waits.

        Args:
            metrics: Counts ends without events; left out, they are not counted.
        """
        self._metrics = metrics or Metrics()
        self._waiting: dict[tuple[str, str], list[Wake]] = {}
        self._records: dict[tuple[str, str], EventRecord] = {}
        self._receiving: set[str] = set()
        self._came_for_nothing: dict[tuple[str, str], Came] = {}
        self._last_event_at: dict[str, datetime] = {}
        self._owners = WatchedOwners()

    @contextmanager
    def listening(self, platform: str, arn: str, wake: Wake) -> Iterator[None]:
        """Call a function with each event for a resource, as long as the block runs.

        Args:
            platform: The name of the platform whose queue brings the events.
            arn: The resource, in any spelling of AWS: such as an execution, a job or a model package.
            wake: What to call, on the event loop; it must return at once.
        """
        name, owner = (platform, resource_key(arn)), (platform, owner_key(arn))
        self._waiting.setdefault(name, []).append(wake)
        self._owners.begin(owner)
        for record in self._records_of(platform):
            record.is_watched(resource_key(arn))
        try:
            yield
        finally:
            others = self._waiting[name]
            others.remove(wake)
            if not others:
                del self._waiting[name]
            self._owners.end(owner)

    def wake(self, platforms: Iterable[str], event: Event) -> bool:
        """Deliver an event; return whether this process waits for it, or has waited for it until just now.

        Args:
            platforms: Names of the platforms whose queue has brought the event.
            event: What has happened.
        """
        is_ours = False
        for platform in platforms:
            self._last_event_at[platform] = datetime.now(UTC)
            for key in event.keys:
                wakes = tuple(self._waiting.get((platform, key), ()))
                for wake in wakes:
                    wake(event)
                # An event that wakes a resumed run may be that of the end before.
                is_late = self._came_late(platform, key, event)
                is_known = bool(wakes) or is_late
                if not is_known and not event.is_of_step:
                    self._remember(platform, key, Came(asyncio.get_running_loop().time(), is_unanswered=False))
                is_ours |= is_known
        return is_ours

    def watches_owner(self, platforms: Iterable[str], event: Event) -> bool:
        """Return whether this process watches what a job belongs to, which has events of its own."""
        return any((platform, owner) in self._owners for platform in platforms for owner in event.owners)

    def unanswered(self, platform: str, arn: str, came_at: float) -> None:
        """Keep an event for the next watch of a resource, because the watch that it woke has returned other news."""
        self._remember(platform, resource_key(arn), Came(came_at, is_unanswered=True))

    def came_before(self, platform: str, arn: str) -> Came | None:
        """Return the event that came before the watch of a resource; None if none came in the last seconds.

        A run is not watched for a moment whenever its workflow takes note of something.
        """
        came = self._came_for_nothing.pop((platform, resource_key(arn)), None)
        return came if came is not None and asyncio.get_running_loop().time() - came.at <= GRACE_SECONDS else None

    def last_event_at(self, platform: str) -> datetime | None:
        """Return when the last event of a platform came, ours or not; None if none has come."""
        return self._last_event_at.get(platform)

    def record(self, platform: Platform, kind: ResourceKind) -> EventRecord | None:
        """Return how the ends of a kind on a platform come to be known; None where no events can come."""
        if platform.events is None or kind.event is None:
            return None
        name = platform.name, kind.noun
        if name not in self._records:
            self._records[name] = EventRecord(
                platform.events.reconcile_interval,
                missed=partial(self._metrics.ended_without_event, *name),
                changed=partial(self._metrics.events_replace_polls, *name),
            )
            self._records[name].receiving(works=platform.name in self._receiving)
        return self._records[name]

    def receiving(self, platforms: Iterable[str], *, works: bool) -> None:
        """Record whether the queue of some platforms can be read."""
        for platform in platforms:
            self._metrics.event_queue_works(platform, works=works)
            (self._receiving.add if works else self._receiving.discard)(platform)
            for record in self._records_of(platform):
                record.receiving(works=works)

    def close(self) -> None:
        """Wait for no more events."""
        for record in self._records.values():
            record.close()

    def _remember(self, platform: str, key: str, came: Came) -> None:
        now, remembered = asyncio.get_running_loop().time(), self._came_for_nothing
        remembered.pop((platform, key), None)
        remembered[platform, key] = came
        # The oldest are the first.
        for name, (came_at, _) in tuple(islice(remembered.items(), FORGOTTEN_AT_ONCE)):
            if now - came_at > GRACE_SECONDS or len(remembered) > REMEMBERED_EVENTS:
                del remembered[name]

    def _came_late(self, platform: str, key: str, event: Event) -> bool:
        return any(record.came(key, of_step=event.is_of_step) for record in self._records_of(platform))

    def _records_of(self, platform: str) -> Iterator[EventRecord]:
        return (record for (name, _), record in self._records.items() if name == platform)
