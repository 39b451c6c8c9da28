"""What the commands of `schedule` do with Temporal."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client

from worker.cli.connection import Connection
from worker.cli.outcome import CommandError
from worker.schedules.applying import Applied, Applying, prune
from worker.schedules.backfilling import Backfilled, Backfilling, Wanted
from worker.schedules.definition import Overlap, ScheduleDefinition
from worker.schedules.errors import ScheduleError
from worker.schedules.files import read_schedule_file
from worker.schedules.stored import StoredSchedule, read_schedule
from worker.schedules.triggering import Triggered, trigger_run
from worker.schedules.viewing import ScheduleView, list_schedules, view_schedule


@asynccontextmanager
async def connected(connection: Connection) -> AsyncIterator[Client]:
    """Connect, and turn what a person can correct into an error of the command."""
    try:
        yield await connection.open()
    except ScheduleError as error:
        raise CommandError(str(error)) from None


async def required(client: Client, connection: Connection, name: str) -> StoredSchedule:
    """Read a schedule.

    Raises:
        CommandError: There is none of that name.
    """
    stored = await read_schedule(client, name)
    if stored is None:
        raise CommandError(f"There is no schedule '{name}'. '{connection.command('schedule', 'list')}' lists them.")
    return stored


async def apply_one(connection: Connection, definition: ScheduleDefinition, *, dry_run: bool) -> list[Applied]:
    """Apply one definition."""
    async with connected(connection) as client:
        return [await Applying(client, datetime.now(UTC), owner=None, dry_run=dry_run).apply(definition)]


async def apply_file(connection: Connection, path: Path, *, with_prune: bool, dry_run: bool) -> list[Applied]:
    """Apply a file: nothing of it, unless all of it can be applied."""
    try:
        file = read_schedule_file(path)
    except ScheduleError as error:
        raise CommandError(str(error)) from None
    if with_prune and file.owner is None:
        raise CommandError(f'{path}: --prune deletes what the owner of the file made; write owner = "…" at its head.')
    async with connected(connection) as client:
        applying = Applying(client, datetime.now(UTC), owner=file.owner, dry_run=dry_run)
        problems = []
        for definition in file.schedules:
            try:
                await applying.present(definition.name)
            except ScheduleError as error:
                problems.append(f"{path}: {error}")
        if problems:
            raise ScheduleError("\n".join(problems))
        found = [await applying.apply(definition) for definition in file.schedules]
        if with_prune and file.owner is not None:
            kept = {definition.name for definition in file.schedules}
            found += await prune(client, file.owner, kept, dry_run=dry_run)
        return found


async def show(connection: Connection, name: str) -> ScheduleView:
    """Report a schedule."""
    async with connected(connection) as client:
        return await view_schedule(client, await required(client, connection, name), datetime.now(UTC))


async def show_all(connection: Connection) -> Sequence[ScheduleView]:
    """Report all schedules that start runs of ours."""
    async with connected(connection) as client:
        return await list_schedules(client, datetime.now(UTC))


async def pause(connection: Connection, name: str, note: str | None) -> int:
    """Pause a schedule; return how many starts are buffered, which it may drop."""
    async with connected(connection) as client:
        stored = await required(client, connection, name)
        await client.get_schedule_handle(name).pause(note=note or "Paused by polysync-sagemaker")
        return stored.buffered


async def resume(connection: Connection, name: str, note: str | None) -> None:
    """Resume a schedule."""
    async with connected(connection) as client:
        await required(client, connection, name)
        await client.get_schedule_handle(name).unpause(note=note or "Resumed by polysync-sagemaker")


async def trigger(connection: Connection, name: str, overlap: Overlap | None) -> Triggered:
    """Start a run now, whose nominal time is now."""
    async with connected(connection) as client:
        return await trigger_run(client, await required(client, connection, name), overlap)


async def delete(connection: Connection, name: str) -> StoredSchedule:
    """Delete a schedule; return what it was."""
    async with connected(connection) as client:
        stored = await required(client, connection, name)
        await client.get_schedule_handle(name).delete()
        return stored


async def backfill(connection: Connection, name: str, wanted: Wanted) -> Backfilled:
    """Start the runs of past times."""
    async with connected(connection) as client:
        stored = await required(client, connection, name)
        return await Backfilling(client, stored, datetime.now(UTC)).run(wanted)
