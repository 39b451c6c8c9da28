"""A workflow that is driven by hand, in this process: one event at a time, as by Temporal's server and the SDK's core.

The workflow is the real one, in the sandbox that the worker uses; it is activated as the worker activates it
(`temporalio.worker.WorkflowInstance`). Its time is a number, so that days take no time.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto import activity_result as results
from temporalio.bridge.proto import workflow_activation as activation
from temporalio.bridge.proto import workflow_commands as commands
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.exceptions import ApplicationError
from temporalio.worker import WorkflowInstance

from contract.names import ActivityType
from tests.properties.workflow_instances import Definition, evict, new_instance, run_id_of, timestamp
from workflows.payloads import data_converter

Job = activation.WorkflowActivationJob
Command = commands.WorkflowCommand

NOON: Final = datetime(2026, 11, 21, 12, tzinfo=UTC)
BETWEEN_EVENTS: Final = timedelta(milliseconds=10)
_CONVERTER: Final = data_converter.payload_converter


@dataclass(frozen=True)
class Activity:
    """An activity as the workflow scheduled it; its input as JSON."""

    seq: int
    type: str
    input: Any


@dataclass(frozen=True)
class Timer:
    """A timer as the workflow started it."""

    fires_at: datetime
    summary: str


@dataclass(frozen=True)
class Closing:
    """How a workflow closed: `completed`, `failed` or `canceled`, with its result or its failure's type and details."""

    way: str
    document: Any = None
    failure_type: str | None = None


@dataclass
class _Run:
    """One run of the chain; each but the first continues the one before."""

    instance: WorkflowInstance
    original_run_id: str | None = None
    patches: list[str] = field(default_factory=list)
    activations: list[activation.WorkflowActivation] = field(default_factory=list)
    completions: list[WorkflowActivationCompletion] = field(default_factory=list)


class DrivenWorkflow:
    """One workflow through all its runs.

    Attributes:
        activities: Those that are scheduled and have no result yet.
        scheduled: All that ever were, in their order.
        timers: Those that run.
        upserted: The present search attributes.
        closing: How it closed; None while it is open.
        runs: How many runs there were.
    """

    def __init__(self, definition: type, *arguments: Any, was_reset: bool = False) -> None:
        self.activities: dict[int, Activity] = {}
        self.scheduled: list[Activity] = []
        self.timers: dict[int, Timer] = {}
        self.upserted: dict[str, Any] = {}
        self.closing: Closing | None = None
        self.runs = 0
        self._suggests_continue_as_new = False
        self._definition = Definition.must_from_class(definition)
        self._now = NOON
        self._held: list[Job] | None = None
        self._refused: str | None = None
        self._event_ids = count(1)
        self._to_cancel: list[Activity] = []
        self._begin(_CONVERTER.to_payloads(arguments), run_id_of(0) if was_reset else None)

    def complete(self, activity: Activity, result: Any) -> None:
        """Let an activity succeed."""
        success = results.Success(result=_CONVERTER.to_payload(result))
        self._resolve(activity, results.ActivityResolution(completed=success))

    def fail(self, activity: Activity, error: ApplicationError) -> None:
        """Let an activity fail for good."""
        failed = results.Failure()
        failure = failed.failure
        failure.message = "Activity task failed"
        failure.activity_failure_info.activity_type.name = activity.type
        data_converter.failure_converter_class().to_failure(error, _CONVERTER, failure.cause)
        self._resolve(activity, results.ActivityResolution(failed=failed))

    def signal(self, name: str, *arguments: Any) -> None:
        """Send a signal."""
        payloads = _CONVERTER.to_payloads(arguments)
        event_id = next(self._event_ids)
        self._happens(
            Job(
                signal_workflow=activation.SignalWorkflow(
                    signal_name=name, input=payloads, originating_event_id=event_id
                )
            )
        )

    def cancel(self, reason: str = "") -> None:
        """Ask for the cancel as Temporal itself does."""
        self._happens(Job(cancel_workflow=activation.CancelWorkflow(reason=reason)))

    def update(self, name: str, *arguments: Any) -> str | None:
        """Send an update while a worker is there; the type of the failure by which it is refused, None if it is not."""
        asked = activation.DoUpdate(
            id="update",
            protocol_instance_id=str(next(self._event_ids)),
            name=name,
            input=_CONVERTER.to_payloads(arguments),
            run_validator=True,
        )
        self._refused = None
        self._activate([Job(do_update=asked)])
        return self._refused

    def fire_next_timer(self) -> Timer:
        """Let time pass until the next timer fires; that timer."""
        seq = min(self.timers, key=lambda each: self.timers[each].fires_at)
        timer = self.timers.pop(seq)
        self._now = max(self._now, timer.fires_at)
        self._happens(Job(fire_timer=activation.FireTimer(seq=seq)))
        return timer

    def suggest_continue_as_new(self) -> None:
        """From now on, tell the workflow that its history is long."""
        self._suggests_continue_as_new = True

    @property
    def is_held(self) -> bool:
        """Whether what happens is held back from the workflow."""
        return self._held is not None

    def hold(self) -> None:
        """Hold back what happens from now on, as while no worker is there."""
        self._held = []

    def release(self) -> None:
        """Let all that was held back reach the workflow in one task."""
        jobs, self._held = self._held, None
        if jobs:
            self._activate(jobs)

    def query(self, name: str) -> Any:
        """Ask the workflow; the answer as JSON."""
        asked = activation.QueryWorkflow(query_id="query", query_type=name)
        completion = self._run.instance.activate(self._activation([Job(query_workflow=asked)]))
        assert completion.HasField("successful"), completion.failed
        (answer,) = completion.successful.commands
        return _CONVERTER.from_payload(answer.respond_to_query.succeeded.response)

    def move_to_another_worker(self) -> None:
        """Lose the worker: another one replays the history, and must give the same commands.

        Raises:
            AssertionError: It gives others.
        """
        lost, first = self._run.instance, self._run.activations[0]
        self._run.instance = new_instance(self._definition, first, original_run_id=self._run.original_run_id)
        evict(lost, self._run.activations[0].run_id)
        patches = [Job(notify_has_patch=activation.NotifyHasPatch(patch_id=patch)) for patch in self._run.patches]
        for each, before in zip(self._run.activations, self._run.completions, strict=True):
            replayed = activation.WorkflowActivation()
            replayed.CopyFrom(each)
            replayed.is_replaying = True
            # As the SDK's core, which finds the markers in the history.
            replayed.jobs.extend(patches)
            patches = []
            assert self._run.instance.activate(replayed) == before, "the replay takes another course"

    def leave(self) -> None:
        """End without a trace."""
        evict(self._run.instance, self._run.activations[0].run_id)

    def _begin(self, arguments: list[Payload], original_run_id: str | None = None) -> None:
        self.runs += 1
        self.timers.clear()
        first = activation.InitializeWorkflow(
            workflow_type=self._definition.name or "",
            workflow_id="run",
            arguments=arguments,
            randomness_seed=self.runs,
            continued_from_execution_run_id=run_id_of(self.runs - 1) if self.runs > 1 else "",
            first_execution_run_id=run_id_of(1),
            start_time=timestamp(self._now),
        )
        jobs = [Job(initialize_workflow=first)]
        instance = new_instance(self._definition, self._activation(jobs), original_run_id=original_run_id)
        self._run = _Run(instance, original_run_id)
        self._activate(jobs)

    def _resolve(self, activity: Activity, result: results.ActivityResolution) -> None:
        del self.activities[activity.seq]
        self._happens(Job(resolve_activity=activation.ResolveActivity(seq=activity.seq, result=result)))

    def _cancelled(self, activity: Activity) -> None:
        """Tell the workflow that an activity is cancelled, as the core does at once where it is only tried."""
        cancelled = results.Cancellation()
        cancelled.failure.message = "Activity cancelled"
        cancelled.failure.activity_failure_info.activity_type.name = activity.type
        cancelled.failure.cause.canceled_failure_info.SetInParent()
        self._resolve(activity, results.ActivityResolution(cancelled=cancelled))

    def _happens(self, job: Job) -> None:
        if self._held is None:
            self._activate([job])
        else:
            self._held.append(job)

    def _activate(self, jobs: list[Job]) -> None:
        run = self._run
        run.activations.append(self._activation(jobs))
        run.completions.append(run.instance.activate(run.activations[-1]))
        completion = run.completions[-1]
        assert completion.HasField("successful"), f"the workflow task fails: {completion.failed.failure}"
        self._now += BETWEEN_EVENTS
        pending = deque(completion.successful.commands)
        while pending and self.closing is None and run is self._run:
            self._obey(pending.popleft())
        while self._to_cancel and self.closing is None and run is self._run:
            self._cancelled(self._to_cancel.pop())

    def _obey(self, command: Command) -> None:
        match command.WhichOneof("variant"):
            case "schedule_activity":
                scheduled = command.schedule_activity
                (given,) = _CONVERTER.from_payloads(scheduled.arguments)
                activity = Activity(scheduled.seq, scheduled.activity_type, given)
                self.activities[activity.seq] = activity
                self.scheduled.append(activity)
            case "start_timer":
                timer = command.start_timer
                fires_at = self._now + timer.start_to_fire_timeout.ToTimedelta()
                self.timers[timer.seq] = Timer(fires_at, _text(command.user_metadata.summary))
            case "cancel_timer":
                # It may have fired in this very task.
                self.timers.pop(command.cancel_timer.seq, None)
            case "request_cancel_activity":
                self._to_cancel.append(self.activities[command.request_cancel_activity.seq])
            case "upsert_workflow_search_attributes":
                upserted = command.upsert_workflow_search_attributes.search_attributes.indexed_fields
                self.upserted |= {name: _CONVERTER.from_payload(value) for name, value in upserted.items()}
            case "update_response":
                failure = command.update_response.rejected
                self._refused = failure.application_failure_info.type if failure.message else self._refused
            case "set_patch_marker":
                self._run.patches.append(command.set_patch_marker.patch_id)
            case "modify_workflow_properties":
                pass
            case "continue_as_new_workflow_execution":
                self._continue_as_new(list(command.continue_as_new_workflow_execution.arguments))
            case _:
                self.closing = self._closing_by(command)

    def _closing_by(self, command: Command) -> Closing:
        match command.WhichOneof("variant"):
            case "complete_workflow_execution":
                result = command.complete_workflow_execution.result
                return Closing("completed", _CONVERTER.from_payload(result))
            case "fail_workflow_execution":
                failure = command.fail_workflow_execution.failure
                details = _CONVERTER.from_payloads(failure.application_failure_info.details.payloads)
                return Closing("failed", next(iter(details), None), failure.application_failure_info.type)
            case "cancel_workflow_execution":
                return Closing("canceled", self.query("status"))
            case other:
                raise AssertionError(f"nobody expects the command {other}")

    def _continue_as_new(self, arguments: list[Payload]) -> None:
        left_alone = [each.type for each in self.activities.values() if each.type != ActivityType.WATCH_PACKAGE]
        assert not left_alone, "activities are left alone by a continue-as-new"
        self.activities.clear()
        self.leave()
        self._suggests_continue_as_new = False
        self._begin(arguments)

    def _activation(self, jobs: list[Job]) -> activation.WorkflowActivation:
        return activation.WorkflowActivation(
            run_id=run_id_of(self.runs),
            timestamp=timestamp(self._now),
            jobs=jobs,
            continue_as_new_suggested=self._suggests_continue_as_new,
        )


def _text(summary: Payload) -> str:
    return str(_CONVERTER.from_payload(summary)) if summary.data else ""
