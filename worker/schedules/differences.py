"""What an apply changes of a schedule."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel
from temporalio.client import Schedule, ScheduleActionStartWorkflow, ScheduleRange, ScheduleSpec

from worker.schedules.building import overlap_name
from worker.schedules.durations import duration_text

DEFAULT_CATCH_UP: Final = timedelta(days=365)
"""Temporal's own, where a schedule has none."""


class Change(BaseModel):
    """One difference; of the input's values only that they differ, since a value may be a secret."""

    field: str
    before: str | None = None
    after: str | None = None


def changes(
    before: Schedule, before_when: list[str], before_input: Any, after: Schedule, after_when: list[str]
) -> list[Change]:
    """Compare a schedule with what it is to be.

    Args:
        before: Temporal's present one.
        before_when: Its expressions.
        before_input: The input of its runs, decoded; None where it cannot be read.
        after: The one to be.
        after_when: Its expressions.
    """
    old, new = _facts(before, before_when), _facts(after, after_when)
    found = [Change(field=name, before=old[name], after=new[name]) for name in new if old[name] != new[name]]
    same_expressions = before_when == after_when
    if same_expressions and _times(before.spec) != _times(after.spec):
        found.append(Change(field="times", before="changed elsewhere", after="as the expressions say"))
    assert isinstance(after.action, ScheduleActionStartWorkflow)  # noqa: S101 — `building` makes no other
    return found + list(_input_changes(before_input, after.action.args[0], "input"))


def _facts(schedule: Schedule, when: list[str]) -> dict[str, str | None]:
    action, spec, policy = schedule.action, schedule.spec, schedule.policy
    assert isinstance(action, ScheduleActionStartWorkflow)  # noqa: S101 — `stored` reads no other
    return {
        "when": ", ".join(when),
        "time_zone": spec.time_zone_name or "UTC",
        "start": _instant(spec.start_at),
        "end": _instant(spec.end_at),
        "jitter": duration_text(spec.jitter or timedelta()),
        "overlap": overlap_name(policy.overlap),
        "catch_up": duration_text(policy.catchup_window or DEFAULT_CATCH_UP),
        "pause_on_failure": str(policy.pause_on_failure).lower(),
        "paused": str(schedule.state.paused).lower(),
        "runs": action.workflow,
        "task_queue": action.task_queue,
    }


def _instant(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _times(spec: ScheduleSpec) -> object:
    """Return the times in a form that two spellings of them share."""
    calendars = {
        tuple(
            _numbers(field, default)
            for field, default in (
                (each.second, 0),
                (each.minute, 0),
                (each.hour, 0),
                (each.day_of_month, None),
                (each.month, None),
                (each.year, None),
                (each.day_of_week, None),
            )
        )
        for each in spec.calendars
    }
    intervals = {(each.every, each.offset or timedelta()) for each in spec.intervals}
    return calendars, intervals, len(spec.cron_expressions), len(spec.skip)


def _numbers(ranges: Any, default: int | None) -> frozenset[int]:
    def numbers(each: ScheduleRange) -> range:
        return range(each.start, max(each.start, each.end) + 1, each.step or 1)

    found = frozenset(number for each in ranges for number in numbers(each))
    return found or (frozenset() if default is None else frozenset({default}))


def _input_changes(before: Any, after: Any, place: str) -> Iterator[Change]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from _input_changes(before.get(key), after.get(key), f"{place}.{key}")
    elif before != after:
        words = [None if value is None else "…" for value in (before, after)]
        yield Change(field=place, before=words[0], after=words[1])
