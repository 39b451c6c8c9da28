"""What a run must make of what happens to it, as simply as it can be told."""

from dataclasses import dataclass

from activities.aws.errors import Kind
from activities.models import START_DEFERRED
from contract.failures import FailureType
from contract.pipeline_document import TERMINAL_STATUSES, run_status
from contract.run import RunStatus

WORTH_ANOTHER_START = {Kind.QUOTA.value, START_DEFERRED}
"""Failures of a start after which it is made again."""


@dataclass
class RunModel:
    """What has happened to a run so far.

    Attributes:
        execution: ARN of the execution, once it is known.
        status: SageMaker's status last observed.
        found_ended_as: How the execution had ended when it became known, until a watch tells it with its results.
        failure: Type of the failure that ends the run whatever else happens.
        is_signalled: Whether the `cancel` signal came.
        is_cancelled: Whether Temporal was asked for the cancel.
        is_timed_out: Whether the run's time is over.
    """

    execution: str | None = None
    status: str | None = None
    found_ended_as: str | None = None
    failure: str | None = None
    is_signalled: bool = False
    is_cancelled: bool = False
    is_timed_out: bool = False

    def begun(self, execution: str, status: str | None) -> None:
        """An execution was started or found; how one has ended is told by the watch, with its results."""
        has_ended = status in TERMINAL_STATUSES
        self.execution, self.found_ended_as = execution, status if has_ended else None
        self.status = None if has_ended else status

    def seen(self, status: str) -> None:
        """A watch told a status."""
        self.status, self.found_ended_as = status, None

    def not_begun(self, failure: str) -> None:
        """No execution was started or found."""
        if failure not in WORTH_ANOTHER_START:
            self.failure = failure

    def lost_sight(self, failure: str, *, stop_is_under_way: bool) -> None:
        """A watch gave up; while a stop is under way only an execution that is gone ends the run.

        An end that is known counts without its results.
        """
        if self.found_ended_as is not None:
            self.seen(self.found_ended_as)
        elif failure == FailureType.EXECUTION_NOT_FOUND or not stop_is_under_way:
            self.failure = failure

    def did_not_return(self) -> None:
        """A watch of an execution whose end is known did not return in time, after a stop was wanted."""
        if self.found_ended_as is not None:
            self.seen(self.found_ended_as)

    @property
    def stop_is_wanted(self) -> bool:
        """Whether somebody or something wants the end."""
        return self.is_signalled or self.is_cancelled or self.is_timed_out

    @property
    def has_ended(self) -> bool:
        """Whether the execution is known to have ended."""
        return self.status in TERMINAL_STATUSES

    def closings(self, *, is_starting: bool) -> set[tuple[str, str]]:
        """Tell how the run may have closed by now; none if it must be open.

        Args:
            is_starting: Whether a start is under way, which may yet begin an execution.

        Returns:
            The way, and the status or the failure's type, of each.
        """
        if self.failure:
            return {("failed", self.failure)}
        if self.execution is None:
            return self._cancelled() if self.stop_is_wanted and not is_starting else set()
        match run_status(self.status) if self.has_ended else None:
            case None:
                return set()
            case RunStatus.FAILED:
                return {("failed", FailureType.PIPELINE_EXECUTION_FAILED)}
            case RunStatus.CANCELLED:
                return self._cancelled()
            case status:
                return {("completed", status)}

    def _cancelled(self) -> set[tuple[str, str]]:
        if self.is_timed_out and not self.is_signalled and not self.is_cancelled:
            return {("failed", FailureType.PIPELINE_RUN_TIMED_OUT)}
        if not self.is_cancelled:
            return {("completed", RunStatus.CANCELLED)}
        # The SDK shows a workflow the signals of a task before the rest: a run with nothing under way has closed then.
        closes_at_signal = self.is_signalled and self.execution is None
        canceled = ("canceled", RunStatus.CANCELLED.value)
        return {canceled, ("completed", RunStatus.CANCELLED)} if closes_at_signal else {canceled}
