"""What a run must remember when its history is continued in a new run."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.models import FollowedExecution, Observation
from contract.failures import FailureType
from contract.handed_on import has_room, read_handed_on, to_hand_on
from contract.outputs import Output
from contract.retry import OnFailure, RetryMode, RetryPolicy
from contract.run import RunDocument
from contract.spelling import HANDED_ON
from contract.states_language import Catcher, Retrier
from workflows.run.failures import Failure
from workflows.run.stop_wish import StopWish
from workflows.run.tokens import start_token, stop_token, was_reset


@runtime_checkable
class RunInput(Protocol):
    """What the inputs of all types of runs have in common; `contract` says what each field means."""

    @property
    def platform(self) -> str:
        """See `contract`."""

    @property
    def execution_arn(self) -> str | None:
        """See `contract`."""

    @property
    def client_request_token(self) -> str | None:
        """See `contract`."""

    @property
    def scheduled_time(self) -> datetime | None:
        """See `contract`."""

    @property
    def timeout(self) -> float | None:
        """See `contract`."""

    @property
    def outputs(self) -> Mapping[str, Output]:
        """See `contract`."""

    @property
    def retry(self) -> RetryPolicy | Sequence[Retrier] | None:
        """See `contract`."""

    @property
    def catch(self) -> Sequence[Catcher]:
        """See `contract`."""

    @property
    def on_failure(self) -> OnFailure:
        """See `contract`."""

    @property
    def decision_timeout(self) -> float:
        """See `contract`."""


Input_co = TypeVar("Input_co", bound=RunInput, covariant=True)


class RunState(BaseModel, Generic[Input_co]):
    """Everything that a run must remember; it travels through continue-as-new.

    Workers of two versions read each other's state during a rolling upgrade: new fields have defaults, unknown fields
    are ignored.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    run_input: Input_co
    start_token: str
    stop_token: str
    run_started_at: datetime
    was_reset: bool = False
    """Whether this run, or one that it continues, was reset: executions may exist under its tokens already."""
    quota_refusals: int = 0
    """Times that AWS refused to begin an attempt for a quota or was unavailable; each lengthens the next wait."""
    execution: FollowedExecution | None = None
    """The execution that is followed, or was until the attempt failed; None before the first start."""
    seen_steps: dict[str, str] = Field(default_factory=dict)
    """Marks of all steps as last observed, including the steps for which the document has no room."""
    seen_digests: dict[str, str] = Field(default_factory=dict)
    """Digests of what those steps may show late, as last observed (`Observation.step_digests`)."""
    attempt: int = 1
    """Number of the attempt that began last; 1 also before it has."""
    retry_mode: RetryMode | None = None
    """How the next attempt is to begin; None while none is due."""
    failure: str | None = None
    """Why the last attempt failed; None while it is under way."""
    failure_type: str | None = None
    """The type of that failure; None in the states of older workers, whose only type is that of the execution."""
    errors: list[str] = Field(default_factory=list)
    """The names that the failure answers to."""
    is_final: bool = False
    """Whether Temporal must not retry the workflow after that failure."""
    may_be_retried: bool = True
    """Whether another attempt may follow that failure."""
    is_of_execution: bool = True
    """Whether an execution failed; else the attempt was refused, or could not be followed."""
    retries_by_rule: dict[int, int] = Field(default_factory=dict)
    """How often each retrier has retried, by its position."""
    attempt_began_at: datetime | None = None
    """When the execution of the attempt was found."""
    attempt_timed_out: bool = False
    """Whether the attempt is being stopped because its time is over."""
    not_resumable: str | None = None
    """Why AWS does not resume the execution that failed; None if AWS was not asked."""
    waits_seen_at: dict[str, datetime] = Field(default_factory=dict)
    """When each Callback step with a timeout was first seen to wait, where AWS shows no start of it."""
    approval_awaited_from: datetime | None = None
    """From when the time for the approval counts; None until it is waited for."""
    document: RunDocument

    @property
    def is_under_way(self) -> bool:
        """Whether there is an execution to follow."""
        return self.execution is not None and self.retry_mode is None

    @property
    def due_attempt(self) -> int:
        """Number of the attempt that is to begin."""
        return self.attempt + 1 if self.retry_mode is not None else self.attempt

    @classmethod
    def new(cls, run_input: RunInput, document: RunDocument) -> Self:
        """Return the state of a run that has done nothing yet."""
        return cls(
            run_input=run_input,
            start_token=run_input.client_request_token or start_token(),
            stop_token=stop_token(),
            run_started_at=workflow.now(),
            was_reset=was_reset(),
            document=document,
        )

    def attempt_begun(self, execution: FollowedExecution) -> None:
        """Remember the execution that a start began or found."""
        self.seen_steps, self.seen_digests = {}, {}
        self.execution = execution
        self.attempt_began_at = workflow.now()
        self._begun()

    def attempt_refused(self) -> None:
        """Remember that the attempt that was due could not be begun."""
        self.attempt = self.due_attempt
        self.retry_mode, self.quota_refusals = None, 0

    def fails(self, failure: Failure) -> None:
        """Remember why the attempt failed."""
        self.failure, self.failure_type = failure.message, failure.type
        self.errors, self.is_final = failure.errors, failure.is_final
        self.may_be_retried, self.is_of_execution = failure.may_be_retried, failure.is_of_execution

    @property
    def error(self) -> ApplicationError:
        """The failure of the run, if no attempt follows."""
        kind = self.failure_type or FailureType.PIPELINE_EXECUTION_FAILED
        return ApplicationError(self.failure or "", type=kind, non_retryable=self.is_final)

    def count_retry(self, rule: int) -> int:
        """Count a retry by a rule; return how many there were before."""
        before = self.retries_by_rule.get(rule, 0)
        self.retries_by_rule[rule] = before + 1
        return before

    def attempt_resumed(self) -> None:
        """Remember that the execution goes on: what was observed of its end counts no more."""
        if self.execution is not None:
            self.execution.observed = Observation(created_at=self.execution.observed.created_at)
        self._begun()

    def _begun(self) -> None:
        self.attempt = self.due_attempt
        self.retry_mode, self.failure, self.not_resumable, self.quota_refusals = None, None, None, 0
        self.failure_type, self.errors, self.is_final, self.attempt_timed_out = None, [], False, False
        self.may_be_retried, self.is_of_execution = True, True
        self.waits_seen_at, self.approval_awaited_from = {}, None

    def observed(self, seen: Observation) -> None:
        """Remember an observation, without what the document keeps of it."""
        self.seen_steps |= {step.seen_key: step.mark for step in seen.steps}
        digests = self.seen_digests | seen.step_digests
        self.seen_digests = {key: digest for key, digest in digests.items() if digest}
        if self.execution is not None:
            kept_elsewhere: dict[str, Any] = {"steps": [], "step_digests": {}, "progress": None, "results": None}
            self.execution.observed = seen.model_copy(update=kept_elsewhere)

    @classmethod
    def handed_on(cls, arguments: tuple[Any, ...], previous_run_id: str) -> Self | None:
        """Read the state that the previous run handed on; None if this run does not continue it.

        A cron run and a workflow retry come after another run, too, and after a continue-as-new they even get that
        run's state as their argument. Only the run that wrote the state is named in it.
        """
        carried = read_handed_on(arguments[0]) if len(arguments) == 1 else None
        return cls.read(carried.state) if carried and carried.by == previous_run_id else None

    @classmethod
    def read(cls, state: str) -> Self:
        """Read a written state.

        Raises:
            ValidationError: This version cannot read it.
        """
        # The input refuses unknown fields from callers, but one from a newer worker's run was valid there.
        return cls.model_validate_json(state, extra="ignore", context=HANDED_ON)

    @classmethod
    def callers_arguments(cls, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Recover the caller's input from what a cron run or a workflow retry was given."""
        carried = read_handed_on(arguments[0]) if len(arguments) == 1 else None
        if carried is not None:
            with suppress(ValidationError):
                return (cls.read(carried.state).run_input,)
        return arguments

    def to_hand_on(self, run_id: str) -> dict[str, Any]:
        """Write the state as the argument of a continue-as-new by the run `run_id`."""
        return to_hand_on(self.model_dump_json(), run_id)

    def continue_as_new_if_suggested(self, wish: StopWish) -> None:
        """Continue in a new run when the history is long."""
        # Never with a stop wanted: a cancel request does not travel into the next run; nor does an update under way.
        is_free = not wish.is_wanted and workflow.all_handlers_finished()
        if not workflow.info().is_continue_as_new_suggested() or not is_free:
            return
        argument = self.to_hand_on(workflow.info().run_id)
        # A history may grow for long after the suggestion, and a state that the server refuses would end the run.
        if has_room(argument):
            # What was upserted into the memo travels only if it is handed on (tried).
            workflow.continue_as_new(argument, memo=workflow.memo())
