"""What one type of run asks of AWS: the only part in which the types differ."""

from typing import Any, Protocol, TypeVar

from temporalio import workflow
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.models import FollowedExecution, Observation, ResumeOutcome, StopOutcome
    from contract.failures import FailureType
    from contract.retry import RetryMode
    from contract.run import RunDocument, RunStatus
    from workflows.run.failures import Failure
    from workflows.run.state import RunInput, RunState

State = TypeVar("State", bound=RunState[RunInput])


class Commands(Protocol[State]):
    """The activities of one type of run, what their answers mean, and what its document says beside the common members.

    Each of find, start, resume, watch and stop schedules exactly one activity. Replays depend on that.

    Attributes:
        state_type: Model of what the run hands on to itself through a continue-as-new.
        run_timed_out: Type of the failure of a run whose timeout passed.
        default_mode: What a retry does where neither the input nor a person says it.
        noun: What people call that which an attempt starts.
    """

    state_type: type[State]
    run_timed_out: FailureType
    default_mode: RetryMode
    noun: str

    @property
    def document(self) -> RunDocument:
        """The run document."""

    def continues(self, state: State) -> None:
        """Take the document over from the run before a continue-as-new."""

    def read_input(self, arguments: tuple[Any, ...]) -> RunInput:
        """Read the workflow's arguments, decoded from JSON but not validated.

        Raises:
            ApplicationError: `InvalidInput`, naming the field and the remedy.
        """

    def describe_input(self, state: State) -> None:
        """Enter into the document what the input says of the execution."""

    def describe_execution(self, execution: FollowedExecution) -> None:
        """Enter into the document where the execution is, as far as its identifier says so."""

    def describe_observation(self, state: State, seen: Observation) -> None:
        """Enter into the document what was observed of the execution, beside status, times and message.

        `document.status` is that of the observation already.
        """

    def forget_execution(self) -> None:
        """Remove from the document what belongs to the execution of the attempt before."""

    def holds_up_stop(self) -> str | None:
        """Return what keeps a stop waiting; None where nothing is known to."""

    def status(self, seen: Observation) -> RunStatus:
        """Return what AWS's status means; one that this version does not know is `Unknown`."""

    def failure(self, state: State) -> Failure | None:
        """Return why the execution that has ended failed; None if it did not."""

    def attempt_timeout(self, state: State) -> float | None:
        """Return how many seconds an attempt may take; None for any time."""

    def obstacle(self, state: State, mode: RetryMode) -> str | None:
        """Return why the failed execution certainly cannot be retried in this mode; None if only AWS knows."""

    def find(self, state: State, execution_arn: str) -> ActivityHandle[FollowedExecution]:
        """Find the execution that the input says to follow."""

    def start(self, state: State) -> ActivityHandle[FollowedExecution]:
        """Start the execution of the attempt that is due."""

    def resume(self, state: State, execution: FollowedExecution) -> ActivityHandle[ResumeOutcome]:
        """Resume the execution that failed. It is not called where `obstacle` rules a resumption out."""

    def watch(self, state: State, execution: FollowedExecution) -> ActivityHandle[Observation]:
        """Watch the execution until its status or its steps differ from the last observation."""

    def stop(self, state: State, execution: FollowedExecution, why: str) -> ActivityHandle[StopOutcome]:
        """Stop the execution; `why` is for the people who read the summary."""
