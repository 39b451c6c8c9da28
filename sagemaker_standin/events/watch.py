import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sagemaker_standin.events.bus import EventBus
from sagemaker_standin.events.details import Event, execution_event, job_event, step_event
from sagemaker_standin.jobs.job import End, Job, JobView
from sagemaker_standin.service import Service
from sagemaker_standin.state import OPEN_EXECUTION, Execution

_INTERVAL_SECONDS: Final = 0.05


@dataclass
class _SeenJob:
    """A job as it was seen last: nothing happens to it before `quiet_until` as long as `plan` stays."""

    marks: tuple[Any, ...]
    plan: tuple[End | None, float | None]
    quiet_until: float


class Changes:
    """What has changed in the world since it was last asked; what there was at first is no change."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._executions: dict[str, str] = {}
        self._steps: dict[tuple[str, str], tuple[str, int]] = {}
        self._jobs: dict[Job, _SeenJob] = {}
        self.take()

    def take(self) -> list[Event]:
        """The events of all changes until now, of steps and jobs before those of their executions."""
        now = self._service.advance()
        return [*self._of_jobs(now), *self._of_executions()]

    def _of_executions(self) -> Iterator[Event]:
        clock = self._service.world.clock
        for execution in self._service.world.executions.values():
            previous, status = self._executions.get(execution.id), str(execution.visible_status)
            if status == previous and status not in OPEN_EXECUTION:
                continue
            yield from self._of_steps(execution)
            if status != previous:
                self._executions[execution.id] = status
                yield execution_event(execution, previous, clock)

    def _of_steps(self, execution: Execution) -> Iterator[Event]:
        for run in execution.steps.values():
            previous = self._steps.get((execution.id, run.name))
            seen = (str(run.status), run.attempt)
            if seen != previous:
                self._steps[execution.id, run.name] = seen
                status = None if previous is None else previous[0]
                yield step_event(execution, run, status, self._service.world.clock)

    def _of_jobs(self, now: float) -> Iterator[Event]:
        for job in self._service.world.jobs.ever():
            seen = self._jobs.get(job)
            plan = (job.end, job.stopping_at)
            if job.created_at > now or (
                seen is not None and seen.plan == plan and now < seen.quiet_until and job.resource != "model-package"
            ):
                continue
            view = JobView(job, now, self._service.world.clock.real)
            marks = (view.status_before_deletion, view.secondary, job.request.get("ModelApprovalStatus"))
            self._jobs[job] = _SeenJob(marks, plan, _next_change(job, now))
            event = None if seen is not None and seen.marks == marks else job_event(view)
            if event is not None:
                yield event


def _next_change(job: Job, now: float) -> float:
    """The simulated instant of the job's next change, as far as it is planned."""
    changes = [] if job.end is None else [job.end.at]
    changes += [] if job.stopping_at is None else [job.stopping_at]
    begins_at = job.created_at
    for phase in job.course.phases:
        begins_at += phase.seconds
        changes.append(begins_at)
    return min((at for at in changes if at > now), default=math.inf)


class EventSource:
    """SageMaker as a source of events: one for each change, while the bus is on.

    Args:
        service: where the changes are.
        bus: where the events go.
    """

    def __init__(self, service: Service, bus: EventBus) -> None:
        self._service = service
        self.bus = bus
        self._changes: Changes | None = None

    def switch(self, values: dict[str, Any]) -> dict[str, Any]:
        """Set switches of `bus.Deliveries`; events begin with what changes from now on."""
        self._send()
        self.bus.switch(values)
        self._send()
        return self.bus.shown()

    async def run(self) -> None:
        """Send what there is to send, until cancelled."""
        while True:
            self._send()
            await asyncio.sleep(_INTERVAL_SECONDS)

    def _send(self) -> None:
        if not self.bus.is_on:
            self._changes = None
            return
        self._changes = self._changes or Changes(self._service)
        for event in self._changes.take():
            self.bus.emit(event)
