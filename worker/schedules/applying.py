"""Creating a schedule, or updating it in place, and saying what changed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from temporalio.client import Client, Schedule, ScheduleAlreadyRunningError, ScheduleUpdate, ScheduleUpdateInput

from contract.time_zones import time_zone
from worker.schedules.building import Building
from worker.schedules.definition import Overlap, ScheduleDefinition
from worker.schedules.differences import Change, changes
from worker.schedules.errors import ScheduleError
from worker.schedules.stored import StoredSchedule, read_schedule, stored_schedule
from worker.schedules.times import NextTime, next_doubled, next_times, schedule_with

SHOWN_TIMES = 5


class Outcome(StrEnum):
    """What an apply did, or would do."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FINISHED = "finished"
    """The one time of the schedule has passed: nothing will fire, and nothing was changed."""
    DELETED = "deleted"


@dataclass(frozen=True)
class Applied:
    """The outcome for one schedule.

    Attributes:
        name: The schedule.
        outcome: What was done.
        zone: The zone of its calendars.
        jitter: How much later than its nominal time a run may start.
        changes: What differs from before.
        next: The coming nominal times.
        notes: What a reader should know, as sentences.
    """

    name: str
    outcome: Outcome
    zone: str = "UTC"
    jitter: timedelta = timedelta()
    changes: list[Change] = field(default_factory=list)
    next: list[NextTime] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Applying:
    """Applies definitions."""

    def __init__(self, client: Client, now: datetime, *, owner: str | None, dry_run: bool) -> None:
        """Take where Temporal is, the time, the owner of the file, and whether nothing is to be changed."""
        self._client = client
        self._now = now
        self._owner = owner
        self._dry_run = dry_run

    async def apply(self, definition: ScheduleDefinition) -> Applied:
        """Create or update a schedule.

        Raises:
            ScheduleError: The schedule of that name starts something else, or is another file's.
        """
        building = Building(definition, self._owner, self._now)
        stored = await self.present(definition.name)
        if building.is_over and (stored is None or stored.when == definition.when):
            note = "Its time has passed: nothing will fire, and nothing was changed."
            return Applied(definition.name, Outcome.FINISHED, definition.time_zone, notes=[note])
        if stored is None:
            schedule = building.schedule({})
            if not self._dry_run:
                await self._create(definition.name, schedule)
            return await self._applied(building, Outcome.CREATED, schedule, [])
        schedule, found = _compared(building, stored)
        if found and not self._dry_run:
            await self._update(building)
        return await self._applied(building, Outcome.UPDATED if found else Outcome.UNCHANGED, schedule, found)

    async def present(self, name: str) -> StoredSchedule | None:
        """Read the schedule that an apply would update; None if it would create one.

        Raises:
            ScheduleError: The schedule of that name starts something else, is another file's, or is encrypted under a
                key that is not here.
        """
        stored = await read_schedule(self._client, name)
        if stored is not None and self._owner is not None and stored.owner not in {None, self._owner}:
            raise ScheduleError(
                f"The schedule '{name}' belongs to the owner '{stored.owner}', and this file to '{self._owner}'; "
                "choose another name, or delete the schedule first."
            )
        if stored is not None and stored.is_locked:
            raise ScheduleError(
                f"The schedule '{name}' cannot be updated, because it cannot be read here. {stored.unreadable}, or "
                "delete the schedule first."
            )
        return stored

    async def _create(self, name: str, schedule: Schedule) -> None:
        try:
            await self._client.create_schedule(name, schedule)
        except ScheduleAlreadyRunningError:
            raise ScheduleError(
                f"The schedule '{name}' was created by another client at the same moment; apply it again."
            ) from None

    async def _update(self, building: Building) -> None:
        async def updated(given: ScheduleUpdateInput) -> ScheduleUpdate:
            # Of the very state that the update is for: a pause in between stays.
            present = await stored_schedule(self._client, given.description)
            return ScheduleUpdate(building.schedule(present.memo, given.description.schedule.state))

        await self._client.get_schedule_handle(building.definition.name).update(updated)

    async def _applied(self, building: Building, outcome: Outcome, schedule: Schedule, found: list[Change]) -> Applied:
        definition = building.definition
        is_there = outcome is Outcome.UNCHANGED or not self._dry_run
        async with schedule_with(self._client, schedule.spec, definition.name if is_there else None) as asked:
            coming = await next_times(self._client, asked, self._now, definition.time_zone, SHOWN_TIMES)
            twice = await next_doubled(self._client, asked, self._now, definition.time_zone)
        notes = _notes(building, schedule)
        if not coming:
            notes.append("No times are left: nothing will fire.")
        if twice is not None and schedule.spec.calendars and building.once is None:
            wall = twice.astimezone(time_zone(definition.time_zone))
            notes.append(
                f"The clock goes back on {wall:%Y-%m-%d}: {wall:%H:%M} comes twice in {definition.time_zone}, and "
                "starts two runs; EventBridge starts one."
            )
        return Applied(definition.name, outcome, definition.time_zone, definition.jitter, found, coming, notes)


def _notes(building: Building, schedule: Schedule) -> list[str]:
    definition = building.definition
    found = [
        f"{text}: {note}"
        for text, translation in zip(definition.when, building.translations, strict=True)
        for note in translation.notes
    ]
    if definition.start_at is None and any(
        each.interval is not None and each.interval.begins_with_the_schedule for each in building.translations
    ):
        found.append("A rate without a start is counted from its first apply: EventBridge would run it at once.")
    if definition.overlap is Overlap.BUFFER_ALL and definition.run_input.get("on_failure") == "wait":
        found.append("A failed run that waits for a decision holds up all later ones, which are buffered.")
    if schedule.state.paused:
        found.append("The schedule is paused: nothing fires until it is resumed.")
    return found


def _compared(building: Building, stored: StoredSchedule) -> tuple[Schedule, list[Change]]:
    """Return a schedule as it is to be, and what differs from its present state."""
    present = stored.description.schedule
    schedule = building.schedule(stored.memo, present.state)
    found = changes(present, stored.when, stored.named_input, schedule, building.definition.when)
    if (owner := building.owner_of(stored.memo)) != stored.owner:
        found.append(Change(field="owner", before=stored.owner, after=owner))
    return schedule, found


async def prune(client: Client, owner: str, kept: set[str], *, dry_run: bool) -> list[Applied]:
    """Delete the schedules that a file with this owner made, and that are not in it any more."""
    found = []
    async for listed in await client.list_schedules():
        if listed.id in kept:
            continue
        try:
            stored = await read_schedule(client, listed.id)
        except ScheduleError:
            continue
        if stored is not None and stored.owner == owner:
            if not dry_run:
                await client.get_schedule_handle(listed.id).delete()
            found.append(Applied(listed.id, Outcome.DELETED))
    return found
