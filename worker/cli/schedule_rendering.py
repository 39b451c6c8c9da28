"""Schedules on the screen."""

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from contract.run import RunStatus
from contract.templates import DEFAULT_ZONE
from worker.cli.screen import fact_lines, print_json, print_whole_lines, status_text, table
from worker.schedules.applying import Applied, Outcome
from worker.schedules.backfilling import Backfilled
from worker.schedules.differences import Change
from worker.schedules.durations import duration_text
from worker.schedules.viewing import ComingTime, PastStart, ScheduleView, coming_time

_STYLES = {Outcome.CREATED: "green", Outcome.UPDATED: "yellow", Outcome.DELETED: "red"}


def applied_json(applied: Applied, *, dry_run: bool) -> dict[str, object]:
    """Return the outcome of an apply as JSON."""
    return {
        "name": applied.name,
        "outcome": applied.outcome,
        "dry_run": dry_run,
        "changes": [change.model_dump() for change in applied.changes],
        "next": [each.model_dump(mode="json") for each in _coming(applied)],
        "notes": applied.notes,
    }


def applied_screen(applied: Applied, *, dry_run: bool) -> RenderableType:
    """Show what an apply did, what changed, and the coming times."""
    would = "would be " if dry_run and applied.outcome in _STYLES else ""
    head = Text.assemble((applied.name, "bold"), " ", (f"{would}{applied.outcome}", _STYLES.get(applied.outcome, "")))
    return Group(
        head,
        *(_change_line(change) for change in applied.changes),
        *_time_lines(_coming(applied), applied.zone),
        *([Text(f"  each run starts up to {duration_text(applied.jitter)} later")] if applied.jitter else []),
        *(Text(f"  Note: {note}") for note in applied.notes),
    )


def _coming(applied: Applied) -> list[ComingTime]:
    return [coming_time(each.time, applied.zone, is_doubled=each.is_doubled) for each in applied.next]


def _change_line(change: Change) -> Text:
    match change.before, change.after:
        case None, after:
            return Text(f"  + {change.field}{'' if after == '…' else f': {after}'}", style="green")
        case before, None:
            return Text(f"  - {change.field}{'' if before == '…' else f': {before}'}", style="red")
        case "…", "…":
            return Text(f"  ~ {change.field}", style="yellow")
    return Text(f"  ~ {change.field}: {change.before} -> {change.after}", style="yellow")


def _time_lines(times: Sequence[ComingTime], zone: str, head: str = "Next") -> Iterable[Text]:
    if not times:
        return
    twice = "; ! is a time that the clock shows twice" if any(each.is_doubled for each in times) else ""
    is_utc = zone == DEFAULT_ZONE
    yield Text(f"  {head}, in {'UTC' if is_utc else f'{zone} and in UTC'}{twice}", style="dim")
    for each in times:
        mark = "!" if each.is_doubled else " "
        yield Text(f"  {mark} {'' if is_utc else f'{each.local}   '}{each.time:%Y-%m-%dT%H:%M:%SZ}")


def schedule_screen(view: ScheduleView) -> RenderableType:
    """Show one schedule."""
    facts = [
        ("When", ", ".join(view.when) or "no times"),
        ("Time zone", view.time_zone),
        ("Runs", f"{view.what or 'not readable'} ({view.runs} on {view.task_queue})"),
        ("Input", view.unreadable and f"{view.unreadable}."),
        ("State", "paused" if view.paused else "active"),
        ("Note", view.note),
        ("Overlap", view.overlap),
        ("Catch-up", view.catch_up),
        ("Jitter", view.jitter if view.jitter != "0s" else None),
        ("Pause on failure", "yes" if view.pause_on_failure else None),
        ("Start", view.start and f"{view.start:%Y-%m-%d %H:%M:%S} UTC"),
        ("End", view.end and f"{view.end:%Y-%m-%d %H:%M:%S} UTC"),
        ("Owner", view.owner),
        ("Open runs", str(view.open_runs) if view.open_runs else None),
        ("Buffered", f"{view.buffered}; a pause drops those that are not of a backfill" if view.buffered else None),
        ("Missed", f"{view.missed}, longer ago than the catch-up when they could start" if view.missed else None),
        ("Skipped", f"{view.skipped}, while an earlier run was open" if view.skipped else None),
        ("Attention", _held_up(view)),
    ]
    shown = [(name, Text(value)) for name, value in facts if value]
    return Group(
        Text(view.name, style="bold"),
        *fact_lines(shown),
        *_time_lines(view.next, view.time_zone, "Next" if view.jitter == "0s" else "Next, with the jitter"),
        *([] if view.next else [Text("  Nothing will fire: no times are left.")]),
        *([Text("  Last runs", style="dim")] if view.last else []),
        *(_past_line(each) for each in view.last),
    )


def _past_line(start: PastStart) -> Text:
    started = f"started {start.started_at:%Y-%m-%d %H:%M:%S} UTC"
    return Text.assemble(f"    {start.workflow_id}  ", _status(start.status), f"  {started}")


def _status(status: str | None) -> Text:
    return status_text(RunStatus(status)) if status in set(RunStatus) else Text(status or "-")


def _held_up(view: ScheduleView) -> str | None:
    waits = isinstance(view.run_input, dict) and view.run_input.get("on_failure") == "wait"
    if view.overlap == "buffer-all" and waits:
        return "a failed run that waits for a decision holds up all later ones"
    return None


def schedules_screen(views: Sequence[ScheduleView]) -> RenderableType:
    """Lay the schedules out as a table."""
    if not views:
        return Text("No schedules.", style="dim")
    shown = table("SCHEDULE", "WHEN", "TIME ZONE", "RUNS", "STATE", "NEXT (UTC)", "LAST")
    for view in views:
        shown.add_row(
            view.name,
            ", ".join(view.when) or "-",
            view.time_zone,
            view.what or ("not readable" if view.unreadable else "-"),
            "paused" if view.paused else "active",
            f"{view.next[0].time:%Y-%m-%d %H:%M:%S}" if view.next else "-",
            _status(view.last[0].status if view.last else None),
        )
    return Group(shown, *(Text(f"{view.name}: {view.unreadable}.") for view in views if view.unreadable))


def times_text(backfilled: Backfilled, *, dry_run: bool) -> str:
    """Write what a backfill started, time by time."""
    there = f"{len(backfilled.there)} have a run already" if backfilled.there else ""
    if not backfilled.asked:
        return f"{backfilled.name}: nothing is missing; {there or 'there are no times in this range'}."
    waiting = len(backfilled.asked) - backfilled.started
    done = (
        f"{len(backfilled.asked)} would be started"
        if dry_run
        else f"{backfilled.started} started{f', {waiting} buffered' if waiting else ''}"
    )
    head = "; ".join(part for part in (f"{backfilled.name}: {done}", there) if part)
    return "\n".join([f"{head}.", *(f"  {time:%Y-%m-%dT%H:%M:%SZ}" for time in backfilled.asked)])


def print_applied(found: Sequence[Applied], *, as_json: bool, dry_run: bool) -> None:
    """Print what was applied, or would be."""
    if as_json:
        print_json([applied_json(applied, dry_run=dry_run) for applied in found])
        return
    for applied in found:
        print_whole_lines(applied_screen(applied, dry_run=dry_run))
    if not found:
        print_whole_lines(Text("No schedules in the file."))
