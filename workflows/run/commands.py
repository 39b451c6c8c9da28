"""What one type of run asks of AWS: the only part in which the types differ."""

from typing import Any, Protocol, TypeVar

from temporalio import workflow
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.models import FollowedExecution, Observation, ResumeOutcome, StopOutcome
    from contract.failures import FailureType
    from contract.retry import RetryMode
    from contract.run import RunDocument, RunStatus
    from workflows.run.state import RunInput, RunState

Input = TypeVar("Input", bound=RunInput)


class Commands(Protocol[Input]):
    """The activities of one type of run, and what their answers mean.

    Each of find, start, resume, watch and stop schedules exactly one activity. Replays depend on that.

    Attributes:
        state_type: Model of what the run hands on to itself through a continue-as-new.
        execution_failed: Type of the failure of a run whose execution failed.
        run_timed_out: Type of the failure of a run whose timeout passed.
    """

    state_type: type[RunState[Input]]
    execution_failed: FailureType
    run_timed_out: FailureType

    def read_input(self, arguments: tuple[Any, ...]) -> Input:
        """Read the workflow's arguments, decoded from JSON but not validated.

        Raises:
            ApplicationError: `InvalidInput`, naming the field and the remedy.
        """

    def describe_input(self, document: RunDocument, run_input: Input) -> None:
        """Enter into the document what the input says of the execution."""

    def describe_execution(self, document: RunDocument, execution: FollowedExecution) -> None:
        """Enter into the document where the execution is, as far as its identifier says so."""

    def status(self, sagemaker_status: str | None) -> RunStatus:
        """Map AWS's status; one that this version does not know is `Unknown`."""

    def obstacle(self, state: RunState[Input], mode: RetryMode) -> str | None:
        """Return why the failed execution certainly cannot be retried in this mode; None if only AWS knows."""

    def find(self, state: RunState[Input], execution_arn: str) -> ActivityHandle[FollowedExecution]:
        """Find the execution that the input says to follow."""

    def start(self, state: RunState[Input]) -> ActivityHandle[FollowedExecution]:
        """Start the execution of the attempt that is due."""

    def resume(self, state: RunState[Input], execution: FollowedExecution) -> ActivityHandle[ResumeOutcome]:
        """Resume the execution that failed. It is not called where `obstacle` rules a resumption out."""

    def watch(self, state: RunState[Input], execution: FollowedExecution) -> ActivityHandle[Observation]:
        """Watch the execution until its status or its steps differ from the last observation."""

    def stop(self, state: RunState[Input], execution: FollowedExecution, why: str) -> ActivityHandle[StopOutcome]:
        """Stop the execution; `why` is for the people who read the summary."""
