"""Temporal's schedule for a definition."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from temporalio.client import (
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
)

from contract.arns import pipeline_of
from contract.byte_limits import MAX_SUMMARY_BYTES, cut
from contract.names import SCHEDULE_MEMO, WorkflowType
from contract.time_zones import time_zone
from worker.schedules.definition import Overlap, ScheduleDefinition
from worker.schedules.expressions import read_expression
from worker.schedules.translation import Translation

_OVERLAPS: Final = {
    Overlap.SKIP: ScheduleOverlapPolicy.SKIP,
    Overlap.BUFFER_ONE: ScheduleOverlapPolicy.BUFFER_ONE,
    Overlap.BUFFER_ALL: ScheduleOverlapPolicy.BUFFER_ALL,
    Overlap.CANCEL_OTHER: ScheduleOverlapPolicy.CANCEL_OTHER,
    Overlap.ALLOW_ALL: ScheduleOverlapPolicy.ALLOW_ALL,
}
_IN_THE_MEMO: Final = frozenset({"when", "time_zone", "jitter", "overlap", "catch_up", "pause_on_failure"})


def overlap_policy(overlap: Overlap) -> ScheduleOverlapPolicy:
    """Return Temporal's own policy."""
    return _OVERLAPS[overlap]


def overlap_name(policy: ScheduleOverlapPolicy) -> str:
    """Return the name of a policy; also of one that is not ours to set."""
    return policy.name.lower().replace("_", "-")


class Building:
    """Builds the schedule of one definition."""

    def __init__(self, definition: ScheduleDefinition, owner: str | None, now: datetime) -> None:
        """Take the definition, the owner of its file, and the time of the apply."""
        self.definition = definition
        self.translations: list[Translation] = [read_expression(text) for text in definition.when]
        self._owner = owner
        self._now = now.astimezone(UTC).replace(microsecond=0)

    @property
    def once(self) -> datetime | None:
        """The one time of a schedule that has only a single `at(…)`."""
        if len(self.translations) != 1 or (time := self.translations[0].once) is None:
            return None
        return time.replace(tzinfo=time_zone(self.definition.time_zone))

    @property
    def is_over(self) -> bool:
        """Whether the one time has passed."""
        return self.once is not None and self.once <= self._now

    def schedule(self, remembered: Mapping[str, Any], state: ScheduleState | None = None) -> Schedule:
        """Build the schedule.

        Args:
            remembered: The memo of the schedule's present action; empty where there is none.
            state: Its present state, which stays but for what the definition says.
        """
        definition = self.definition
        rates_from = self._rates_from(remembered)
        return Schedule(
            action=self._action(rates_from, self.owner_of(remembered)),
            spec=self.spec(rates_from),
            policy=SchedulePolicy(
                overlap=overlap_policy(definition.overlap),
                catchup_window=definition.catch_up,
                pause_on_failure=definition.pause_on_failure,
            ),
            state=self._state(state),
        )

    def spec(self, rates_from: datetime) -> ScheduleSpec:
        """Build the times.

        Args:
            rates_from: The instant from which rates are counted.
        """
        definition = self.definition
        intervals = []
        for found in self.translations:
            if found.interval is not None:
                begins = found.interval.begins_with_the_schedule or definition.start_at is not None
                seconds = int(rates_from.timestamp()) % int(found.interval.every.total_seconds()) if begins else 0
                intervals.append(ScheduleIntervalSpec(found.interval.every, timedelta(seconds=seconds)))
        return ScheduleSpec(
            calendars=[calendar for found in self.translations for calendar in found.calendars],
            intervals=intervals,
            start_at=definition.start_at,
            end_at=definition.end_at,
            jitter=definition.jitter or None,
            time_zone_name=definition.time_zone,
        )

    def owner_of(self, remembered: Mapping[str, Any]) -> str | None:
        """Return the owner that the schedule is to have: the file's, else its present one."""
        present = remembered.get("owner")
        return self._owner or (present if isinstance(present, str) else None)

    def _rates_from(self, remembered: Mapping[str, Any]) -> datetime:
        """Return from when rates are counted: the start, or the first apply, since a later one must not move them."""
        if self.definition.start_at is not None:
            return self.definition.start_at
        try:
            return datetime.fromisoformat(remembered["rates_from"])
        except (KeyError, TypeError, ValueError):
            return self._now

    def _action(self, rates_from: datetime, owner: str | None) -> ScheduleActionStartWorkflow:
        definition = self.definition
        what = pipeline_of(definition.pipeline) if definition.pipeline else f"{definition.job} job"
        memo = definition.model_dump(mode="json", include=set(_IN_THE_MEMO))
        bounds = {"start": definition.start_at, "end": definition.end_at}
        return ScheduleActionStartWorkflow(
            WorkflowType.PIPELINE_RUN if definition.pipeline else WorkflowType.JOB_RUN,
            definition.run_input,
            id=definition.name,
            task_queue=definition.task_queue,
            memo={
                SCHEDULE_MEMO: {
                    **memo,
                    **{name: time.isoformat() for name, time in bounds.items() if time is not None},
                    "rates_from": rates_from.isoformat(),
                    "owner": owner,
                }
            },
            static_summary=cut(f"{what}, by the schedule {definition.name}", MAX_SUMMARY_BYTES),
        )

    def _state(self, present: ScheduleState | None) -> ScheduleState:
        state = present or ScheduleState()
        paused = state.paused if self.definition.paused is None else self.definition.paused
        # A clock that goes back in autumn has the time twice, and must not start it twice.
        is_single = self.once is not None
        return ScheduleState(
            note=state.note, paused=paused, limited_actions=is_single, remaining_actions=1 if is_single else 0
        )
