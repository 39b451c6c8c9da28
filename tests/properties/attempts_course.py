"""A run whose executions fail, and what must hold of its further attempts: each costs money."""

from collections.abc import Callable
from functools import partial
from typing import Final

from temporalio.exceptions import ApplicationError

from activities.aws.errors import Kind
from activities.models import START_DEFERRED, FollowedExecution, Observation, ResumeOutcome, StopOutcome
from contract.failures import FailureType
from contract.names import CANCEL_SIGNAL, GIVE_UP_UPDATE, RETRY_UPDATE, STATUS_QUERY, ActivityType
from contract.pipeline_document import PipelineRunDocument
from contract.retry import OnFailure, RetryMode, RetryPolicy
from contract.run import Phase, RunStatus
from tests.properties.driven_workflow import Activity, DrivenWorkflow
from workflows.pipeline_run import SageMakerPipelineRun

PIPELINE: Final = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn"
BEGINNINGS: Final = (ActivityType.START, ActivityType.RETRY)
ENDS: Final = ("Succeeded", "Failed", "Stopped")
REFUSALS: Final = (Kind.QUOTA.value, START_DEFERRED, FailureType.ACCESS_DENIED.value)
RARE: Final = (
    "the signal comes",
    "the cancel is requested",
    "somebody gives it up",
    "the watch sees Executing",
    "the watch sees Succeeded",
    "the watch sees Stopped",
    *(f"the attempt is refused: {refusal}" for refusal in REFUSALS),
    "the server suggests to continue as new",
    "the worker is lost, and another replays",
)
"""What most runs had better be spared, or hardly one would come to its second attempt."""
CLOSINGS: Final = {
    "Succeeded": ("completed", RunStatus.SUCCESS.value),
    "Failed": ("failed", FailureType.PIPELINE_EXECUTION_FAILED.value),
}


class AttemptsCourse:
    """One run, and what AWS did for it.

    Attributes:
        executions: The execution that AWS gave for each token of a start.
        attempts: Attempts that AWS began.
    """

    def __init__(self, *, retry: RetryPolicy | None, on_failure: OnFailure) -> None:
        """Begin a run with these answers to a failure."""
        self.executions: dict[str, str] = {}
        self.attempts = 0
        self._policy, self._on_failure = retry, on_failure
        self._execution: str | None = None
        self._status: str | None = None
        self._accepted: set[str] = set()
        self._decided: RetryMode | None = None
        self._insisted = 0
        self._is_resumable = True
        self._first_refusal: str | None = None
        self._is_signalled = self._is_cancelled = False
        self._checked = 0
        given = {"pipeline_name": "churn", "on_failure": on_failure, "retry": retry.model_dump() if retry else None}
        self.run = DrivenWorkflow(SageMakerPipelineRun, given)

    def possible(self) -> dict[str, Callable[[], object]]:
        """Tell what may happen next, each under the words in which a failure tells it."""
        if self.run.closing is not None:
            return {}
        events: dict[str, Callable[[], object]] = {
            **self._answers(),
            "the server suggests to continue as new": self.run.suggest_continue_as_new,
            "the worker is lost, and another replays": self.run.move_to_another_worker,
            "the signal comes": self._signal,
            "somebody wants it resumed": partial(self._insist, RetryMode.RESUME),
            "somebody wants it restarted": partial(self._insist, RetryMode.RESTART),
            "somebody gives it up": self._give_up,
        }
        if not self._is_cancelled:
            events["the cancel is requested"] = self._cancel
        if self.run.timers:
            events["the next timer fires"] = self.run.fire_next_timer
        return events

    def _answers(self) -> dict[str, Callable[[], None]]:
        events: dict[str, Callable[[], None]] = {}
        for activity in self.run.activities.values():
            match activity.type:
                case ActivityType.START:
                    events["AWS gives an execution"] = partial(self._start, activity)
                case ActivityType.RETRY:
                    events["AWS resumes the execution"] = partial(self._resume, activity)
                    events["AWS does not resume the execution"] = partial(self._do_not_resume, activity)
                case ActivityType.WATCH:
                    for status in ("Executing", *ENDS):
                        events[f"the watch sees {status}"] = partial(self._see, activity, status)
                case ActivityType.DESCRIBE:
                    events["the execution is described"] = partial(self._describe, activity)
                case ActivityType.STOP:
                    events["the stop is answered"] = partial(
                        self.run.complete, activity, StopOutcome(accepted=True, why="text of AWS")
                    )
            for refusal in REFUSALS if activity.type in BEGINNINGS else ():
                events[f"the attempt is refused: {refusal}"] = partial(self._refuse, activity, refusal)
        return events

    def _start(self, start: Activity) -> None:
        token = start.input["client_request_token"]
        # As AWS does it: a token that was used gives the execution that it began.
        self._execution = self.executions.setdefault(token, f"{PIPELINE}/execution/{len(self.executions):012}")
        self._begun(start)
        observed = Observation(sagemaker_status="Executing")
        followed = FollowedExecution(
            execution_arn=self._execution, poll_interval=30, heartbeat_timeout=60, observed=observed
        )
        self.run.complete(start, followed)

    def _describe(self, describe: Activity) -> None:
        observed = Observation(sagemaker_status="Executing")
        arn = describe.input["execution_arn"]
        self.run.complete(
            describe, FollowedExecution(execution_arn=arn, poll_interval=30, heartbeat_timeout=60, observed=observed)
        )

    def _resume(self, resumption: Activity) -> None:
        self._begun(resumption)
        self.run.complete(resumption, ResumeOutcome(resumed=True, why="text of AWS"))

    def _begun(self, beginning: Activity) -> None:
        self.attempts += 1
        self._accepted.add(beginning.input["client_request_token"])
        self._status, self._decided, self._is_resumable = "Executing", None, True

    def _do_not_resume(self, resumption: Activity) -> None:
        self._is_resumable = False
        self.run.complete(resumption, ResumeOutcome(resumed=False, why="it is too old"))

    def _refuse(self, beginning: Activity, kind: str) -> None:
        if not self.attempts and kind == FailureType.ACCESS_DENIED:
            self._first_refusal = kind
        self.run.fail(beginning, ApplicationError(f"text of {kind}", type=kind, non_retryable=True))

    def _see(self, watch: Activity, status: str) -> None:
        self._status = status
        self.run.complete(watch, Observation(sagemaker_status=status))
        if status == "Failed":
            self._a_failure_is_answered_as_the_input_says()

    def _signal(self) -> None:
        self._is_signalled = True
        self.run.signal(CANCEL_SIGNAL)

    def _cancel(self) -> None:
        self._is_cancelled = True
        self.run.cancel()

    def _insist(self, mode: RetryMode) -> None:
        waits = self._document.phase is Phase.WAITING_FOR_DECISION
        can_be = mode is RetryMode.RESTART or self._is_resumable or self._may_restart_instead
        if waits and can_be:
            self._insisted, self._decided = self._insisted + 1, mode
        refused = self.run.update(RETRY_UPDATE, {"mode": mode})
        assert refused == ("NotWaiting" if not waits else None if can_be else "NotRetryable")

    def _give_up(self) -> None:
        waits = self._document.phase is Phase.WAITING_FOR_DECISION
        refused = self.run.update(GIVE_UP_UPDATE)
        assert refused == (None if waits else "NotWaiting")
        assert not waits or self.run.closing is not None

    def check(self) -> None:
        """Check all that must hold, whatever happened."""
        pending = [activity.type for activity in self.run.activities.values()]
        assert len([kind for kind in pending if kind not in (ActivityType.STOP, ActivityType.DESCRIBE)]) <= 1
        assert ActivityType.DESCRIBE not in pending or self._stop_is_wanted
        assert pending.count(ActivityType.STOP) <= 1
        for activity in self.run.scheduled[self._checked :]:
            if activity.type in BEGINNINGS:
                self._an_attempt_is_due(activity)
        self._checked = len(self.run.scheduled)
        self._there_are_no_more_attempts_than_wanted()
        if self.run.closing is None:
            self._it_waits_for_something()
        else:
            self._it_tells_the_true_end()

    def _a_failure_is_answered_as_the_input_says(self) -> None:
        """Retries come first, then the wait for a person; a stop that is wanted ends the run instead."""
        phase = self._document.phase
        if self._stop_is_wanted:
            assert phase is Phase.CLOSED
        elif self._policy is not None and self.attempts < self._policy.max_attempts:
            begins = any(activity.type in BEGINNINGS for activity in self.run.activities.values())
            assert begins or phase is Phase.WAITING_FOR_RETRY
        else:
            assert phase is (Phase.WAITING_FOR_DECISION if self._on_failure is OnFailure.WAIT else Phase.CLOSED)

    def _an_attempt_is_due(self, beginning: Activity) -> None:
        """None is begun after a stop was wanted, beside another, after another end than a failure, or twice."""
        token = beginning.input["client_request_token"]
        assert not self._stop_is_wanted
        assert self._status in (None, "Failed")
        assert token not in self._accepted
        for each in self.run.scheduled:
            if each.type in BEGINNINGS and each.input["client_request_token"] == token:
                assert (each.type, each.input) == (beginning.type, beginning.input)
        if self.attempts:
            assert beginning.type == self._wanted_beginning
        if beginning.type == ActivityType.RETRY:
            assert beginning.input["execution_arn"] == self._execution

    def _there_are_no_more_attempts_than_wanted(self) -> None:
        automatic = self._policy.max_attempts if self._policy else 1
        assert self.attempts <= automatic + self._insisted
        assert len(self.executions) <= self.attempts

    def _it_waits_for_something(self) -> None:
        document = self._document
        assert self.run.activities or self.run.timers
        assert self._status not in ("Succeeded", "Stopped")
        assert self._status != "Failed" or not self._stop_is_wanted or self.run.activities
        if document.phase is Phase.WAITING_FOR_RETRY:
            assert self._policy is not None
            assert self.attempts < self._policy.max_attempts
        if document.phase is Phase.WAITING_FOR_DECISION:
            assert self._on_failure is OnFailure.WAIT
        if document.phase in (Phase.WAITING_FOR_RETRY, Phase.WAITING_FOR_DECISION):
            assert self._status == "Failed"
            assert document.waits_until is not None

    def _it_tells_the_true_end(self) -> None:
        closing = self.run.closing
        assert closing is not None
        document = PipelineRunDocument.model_validate(closing.document)
        cancelled = ("canceled" if self._is_cancelled else "completed", RunStatus.CANCELLED.value)
        if not self.attempts:
            expected = ("failed", self._first_refusal) if self._first_refusal else cancelled
        else:
            assert self._status in ENDS
            expected = CLOSINGS.get(self._status or "", cancelled)
        assert (closing.way, closing.failure_type or document.status) == expected
        assert (document.phase, document.run_id) == (Phase.CLOSED, self._execution)
        assert len(document.attempts) == (self.attempts if self.attempts > 1 else 0)

    @property
    def _wanted_beginning(self) -> ActivityType:
        """How a person wants the attempt that is due, or else the input; AWS may have made the one impossible."""
        mode = self._decided or (self._policy.mode if self._policy else None)
        may_resume = mode is RetryMode.RESUME and (self._is_resumable or not self._may_restart_instead)
        return ActivityType.RETRY if may_resume else ActivityType.START

    @property
    def _may_restart_instead(self) -> bool:
        return self._policy is not None and self._policy.restart_if_not_resumable

    @property
    def _stop_is_wanted(self) -> bool:
        return self._is_signalled or self._is_cancelled

    @property
    def _document(self) -> PipelineRunDocument:
        return PipelineRunDocument.model_validate(self.run.query(STATUS_QUERY))
