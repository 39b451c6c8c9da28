"""A run to which things happen, and what must hold whatever happened."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from temporalio.exceptions import ApplicationError

from activities.aws.errors import Kind
from activities.models import FollowedExecution, Observation, StopOutcome
from contract.failures import FailureType
from contract.names import CANCEL_SIGNAL, STATUS_ATTRIBUTE, STATUS_QUERY, ActivityType
from contract.pipeline_document import PipelineRunDocument, run_status
from contract.run import MAX_HISTORY, Phase, RunStatus
from tests.properties.driven_workflow import Activity, DrivenWorkflow
from tests.properties.run_model import WORTH_ANOTHER_START, RunModel
from workflows.pipeline_run import SageMakerPipelineRun

ARN: Final = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdef123456"
BEGINNINGS: Final = {ActivityType.START.value, ActivityType.DESCRIBE.value}
OPEN_STATUSES: Final = ("Executing", "Stopping", "Paused")
ENDS: Final = ("Succeeded", "Failed", "Stopped", "Stopped")
REFUSALS: Final = (FailureType.ACCESS_DENIED.value, FailureType.PIPELINE_NOT_FOUND.value)
LOSSES: Final = (FailureType.EXECUTION_NOT_FOUND.value, Kind.ACCESS.value)

Events = dict[str, Callable[[], None]]
"""What may happen next, each under the words in which a failure tells it."""


class RunCourse:
    """One run, and the model of what it must do."""

    def __init__(self, *, timeout: float | None, follows: bool) -> None:
        """Begin, with an execution to start or with one to follow."""
        fields: dict[str, Any] = {"execution_arn": ARN} if follows else {"parameters": {"depth": 5}}
        self.run = DrivenWorkflow(SageMakerPipelineRun, {"pipeline_name": "churn", "timeout": timeout, **fields})
        self.model = RunModel()
        self._most_starts: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the run can still be told something."""
        return self.run.closing is None

    def possible(self) -> Events:
        """Tell what may happen next; nothing happens to a run that has closed."""
        if not self.is_open:
            return {}
        return self._answers_to_starts() | self._news() | self._wishes() | self._of_workers()

    def _answers_to_starts(self) -> Events:
        events: Events = {}
        for start in self._beginnings:
            for status in (None, *OPEN_STATUSES, "Succeeded"):
                events[f"AWS gives an execution, {status}"] = partial(self._begin, start, status)
            for refusal in (*(WORTH_ANOTHER_START if start.type == ActivityType.START else ()), REFUSALS[0]):
                events[f"the start is refused: {refusal}"] = partial(self._refuse, start, refusal)
        return events

    def _news(self) -> Events:
        events: Events = {}
        for check in self._checks:
            events["the execution is described beside its watch"] = partial(self._describe, check)
        for watch in self._open(ActivityType.WATCH):
            for number, status in enumerate(OPEN_STATUSES + ENDS):
                events[f"the watch sees {status} ({number})"] = partial(self._see, watch, status)
            for loss in LOSSES if not self._signal_is_unseen else ():
                events[f"the watch gives up: {loss}"] = partial(self._lose, watch, loss)
        # Held back together with the end of a watch, it would be open which of them the workflow notices first.
        for stop in self._open(ActivityType.STOP) if not self.run.is_held else ():
            outcome = StopOutcome(accepted=True, why="text of AWS")
            events["the stop is answered"] = partial(self.run.complete, stop, outcome)
        return events

    def _wishes(self) -> Events:
        # See `_signal_is_unseen`; the same two events may come in the other order.
        watch_is_answered = self.run.is_held and self._was_watched and not self._open(ActivityType.WATCH)
        events: Events = {} if watch_is_answered else {"the signal comes": self._signal}
        # The server takes a cancel request once.
        if not self.model.is_cancelled:
            events["the cancel is requested"] = self._cancel
        if self.run.timers:
            events["the next timer fires"] = self._let_time_pass
        return events

    def _of_workers(self) -> Events:
        if self.run.is_held:
            return {"the workers are back": self.run.release}
        return {
            "the server suggests to continue as new": self.run.suggest_continue_as_new,
            "the worker is lost, and another replays": self.run.move_to_another_worker,
            "the workers are away": self.run.hold,
        }

    def _begin(self, start: Activity, status: str | None) -> None:
        self.model.begun(ARN, status)
        observed = Observation(sagemaker_status=status)
        self.run.complete(
            start, FollowedExecution(execution_arn=ARN, poll_interval=30, heartbeat_timeout=60, observed=observed)
        )

    def _refuse(self, start: Activity, kind: str) -> None:
        self.model.not_begun(kind)
        self.run.fail(start, _failure(kind))

    def _describe(self, check: Activity) -> None:
        observed = Observation(sagemaker_status="Executing")
        self.run.complete(
            check, FollowedExecution(execution_arn=ARN, poll_interval=30, heartbeat_timeout=60, observed=observed)
        )

    def _see(self, watch: Activity, status: str) -> None:
        self.model.seen(status)
        self.run.complete(watch, Observation(sagemaker_status=status))

    def _lose(self, watch: Activity, kind: str) -> None:
        self.model.lost_sight(kind, stop_is_under_way=bool(self._open(ActivityType.STOP)))
        self.run.fail(watch, _failure(kind))

    def _signal(self) -> None:
        self._wants_no_more_starts(self._starts)
        self.model.is_signalled = True
        self.run.signal(CANCEL_SIGNAL, {"reason": "wrong data"})

    def _cancel(self) -> None:
        self._wants_no_more_starts(self._starts)
        self.model.is_cancelled = True
        self.run.cancel()

    def _let_time_pass(self) -> None:
        starts_before = self._starts
        summary = self.run.fire_next_timer().summary
        if summary == "Time for the watch to return what the execution left behind":
            self.model.did_not_return()
        if summary == "Timeout of the run":
            self.model.is_timed_out = True
            # Told at once that a wait is over, the workflow may notice that first.
            if not self.run.is_held:
                self._wants_no_more_starts(starts_before)

    def _wants_no_more_starts(self, so_far: int) -> None:
        if self._most_starts is None:
            self._most_starts = so_far

    def check(self) -> None:
        """Check all that must hold, as far as the workflow has been told what happened."""
        self._one_thing_is_done_at_a_time()
        self._one_execution_is_begun()
        self._a_stop_is_sent_once_and_only_if_it_is_wanted()
        if not self.run.is_held:
            self._it_is_closed_as_the_model_says()
            self._status_tells_what_is_known()

    def _one_thing_is_done_at_a_time(self) -> None:
        watches, stops = self._open(ActivityType.WATCH), self._open(ActivityType.STOP)
        assert len(self._beginnings) + len(watches) <= 1
        assert len(self._checks) <= (1 if self.model.stop_is_wanted else 0)
        assert len(stops) <= 1
        assert len(self._beginnings) + len(watches) + len(stops) + len(self._checks) == len(self.run.activities)

    def _one_execution_is_begun(self) -> None:
        """Every start is the same under the same token; none comes after the execution is known or a stop is wanted."""
        assert self._most_starts is None or self._starts <= self._most_starts
        first_watch = (
            [each.type for each in self.run.scheduled].index(ActivityType.WATCH) if self._was_watched else None
        )
        beginnings = [each for each in self.run.scheduled[:first_watch] if each.type in BEGINNINGS]
        assert all(each.input == beginnings[0].input for each in beginnings)
        assert first_watch is None or all(each.type != ActivityType.START for each in self.run.scheduled[first_watch:])

    def _a_stop_is_sent_once_and_only_if_it_is_wanted(self) -> None:
        stops = [each for each in self.run.scheduled if each.type == ActivityType.STOP]
        assert len(stops) <= 1
        assert all(self.model.stop_is_wanted and each.input["execution_arn"] == ARN for each in stops)

    def _it_is_closed_as_the_model_says(self) -> None:
        """Or open, and then it waits for AWS or for a timer, and a stop that is wanted has been sent."""
        expected = self.model.closings(is_starting=bool(self._beginnings))
        closing = self.run.closing
        if closing is not None:
            document = PipelineRunDocument.model_validate(closing.document)
            assert (closing.way, closing.failure_type or document.status) in expected
            assert (document.phase, document.run_id) == (Phase.CLOSED, self.model.execution)
            assert self.run.upserted[STATUS_ATTRIBUTE.name] == document.status
            return
        assert not expected
        if self.model.execution:
            pauses = any(timer.summary == "Pause before the next watch" for timer in self.run.timers.values())
            assert self._open(ActivityType.WATCH) or pauses
            assert self._was_stopped == (self.model.stop_is_wanted and self.model.found_ended_as is None)
        else:
            assert self._beginnings or self.run.timers

    def _status_tells_what_is_known(self) -> None:
        """At any time, also after the end."""
        document = PipelineRunDocument.model_validate(self.run.query(STATUS_QUERY))
        assert (document.run_id, document.sagemaker_status) == (self.model.execution, self.model.status)
        assert (document.phase is Phase.CLOSED) == (not self.is_open)
        assert len(document.history) <= MAX_HISTORY
        if self.is_open:
            assert document.status is (run_status(self.model.status) if self.model.status else RunStatus.RUNNING)

    @property
    def _beginnings(self) -> list[Activity]:
        """The start, or the look that finds the execution, while it is under way."""
        return self._open(ActivityType.START) + ([] if self._was_watched else self._open(ActivityType.DESCRIBE))

    @property
    def _checks(self) -> list[Activity]:
        """Describes of an execution that is being stopped, beside its watch."""
        return self._open(ActivityType.DESCRIBE) if self._was_watched else []

    @property
    def _starts(self) -> int:
        return sum(each.type == ActivityType.START for each in self.run.scheduled)

    @property
    def _signal_is_unseen(self) -> bool:
        """Whether a signal is held back; its stop then comes before what else the workflow is told at once."""
        return self.run.is_held and self.model.is_signalled and not self._was_stopped

    @property
    def _was_stopped(self) -> bool:
        return any(each.type == ActivityType.STOP for each in self.run.scheduled)

    @property
    def _was_watched(self) -> bool:
        return any(each.type == ActivityType.WATCH for each in self.run.scheduled)

    def _open(self, kind: ActivityType) -> list[Activity]:
        return [each for each in self.run.activities.values() if each.type == kind]


def _failure(kind: str) -> ApplicationError:
    return ApplicationError(f"text of {kind}", type=kind, non_retryable=True)
