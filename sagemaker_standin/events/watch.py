import asyncio
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sagemaker_standin.events.bus import EventBus
from sagemaker_standin.events.details import Event, execution_event, job_event, step_event
from sagemaker_standin.jobs.job import End, Job, JobView
from sagemaker_standin.service import Service
from sagemaker_standin.state import Execution

_INTERVAL_SECONDS: Final = 0.1


@dataclass(frozen=True)
class _SeenJob:
    """A job as it was seen last: nothing happens to it before `quiet_until` as long as its plan stays."""

    marks: tuple[Any, ...]
    end: End | None
    stopping_at: float | None
    quiet_until: float

    def is_still(self, job: Job, now: float) -> bool:
        """Whether nothing can have happened."""
        return now < self.quiet_until and job.end is self.end and job.stopping_at == self.stopping_at


class Changes:
    """What has changed in the world since it was last asked; what there was at first is no change."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._executions: dict[str, str] = {}
        self._steps: dict[tuple[str, str], tuple[str, int]] = {}
        self._jobs: dict[Job, _SeenJob | None] = {}
        service.world.stirred.update(service.world.executions)
        self._jobs.update(dict.fromkeys(service.world.jobs.ever()))
        self.take()

    def take(self) -> list[Event]:
        """The events of all changes until now, of steps and jobs before those of their executions."""
        now = self._service.advance()
        return [*self._of_jobs(now), *self._of_executions()]

    def _of_executions(self) -> Iterator[Event]:
        world, clock = self._service.world, self._service.world.clock
        stirred, world.stirred = world.stirred, {}
        for execution in stirred.values():
            previous, status = self._executions.get(execution.id), str(execution.visible_status)
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
        registry = self._service.world.jobs
        self._jobs.update(dict.fromkeys(registry.take_added()))
        for job, seen in list(self._jobs.items()):
            if job.created_at <= now and not (seen is not None and seen.is_still(job, now)):
                yield from self._of_job(job, seen, now)

    def _of_job(self, job: Job, seen: _SeenJob | None, now: float) -> Iterator[Event]:
        # The training jobs that a stopped tuning job would have made never exist.
        if seen is None and self._service.world.jobs.find(job.resource, job.name) is not job:
            del self._jobs[job]
            return
        view, is_package = JobView(job, now, self._service.world.clock.real), job.resource == "model-package"
        marks = (view.status_before_deletion, view.secondary, job.request.get("ModelApprovalStatus"))
        if view.end is not None and not is_package:
            del self._jobs[job]
        else:
            # An approval may change at any moment.
            quiet_until = now if is_package else _next_change(job, now)
            self._jobs[job] = _SeenJob(marks, job.end, job.stopping_at, quiet_until)
        if seen is None or seen.marks != marks:
            event = job_event(view)
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
