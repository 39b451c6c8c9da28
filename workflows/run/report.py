"""Keeping the run document and the run's state, and publishing each change of the document."""

from datetime import datetime
from typing import Final, Generic

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.models import FollowedExecution, Observation, Results
    from contract.retry import RetryMode
    from contract.run import ErrorName, Phase, RunDocument, RunStatus
    from workflows.run.attempts import attempt_begun, attempt_observed, attempt_refused
    from workflows.run.commands import Commands, State
    from workflows.run.failures import Failure
    from workflows.run.publication import Publication
    from workflows.run.scheduled import scheduled_start


MAX_CAUSE_CHARS: Final = 1000


class RunReport(Generic[State]):
    """The run document, and what each event of a run changes in it and in the run's state."""

    def __init__(self, commands: Commands[State]) -> None:
        self._commands = commands
        self._publication = Publication()

    @property
    def document(self) -> RunDocument:
        """The run document."""
        return self._commands.document

    def accepted(self, state: State) -> None:
        """Record that the run's input is valid and the execution is about to be started or found."""
        start = scheduled_start()
        self.document.platform, self.document.schedule = state.run_input.platform, start.schedule
        self.document.scheduled_time = state.run_input.scheduled_time or start.time
        self._commands.describe_input(state)
        self._enters(Phase.STARTING, "Run accepted")

    def continued(self, state: State) -> None:
        """Take the document over from the run before a continue-as-new."""
        self._commands.continues(state)
        self._publication.continued(self.document)
        self._changed("History continued in a new run")

    def waits_for_quota(self, refusal: str, until: datetime) -> None:
        """Record that AWS has no room, and when the start is tried again."""
        self.document.message = refusal
        why = "AWS refused the start for a quota; it is tried again until there is room"
        self._enters(Phase.WAITING_FOR_QUOTA, why, until)

    def start_deferred(self, refusal: str, until: datetime) -> None:
        """Record that AWS is unavailable, and when the start is tried again."""
        self.document.message = refusal
        why = "AWS could not be asked to start; it is tried again until it answers"
        self._enters(self.document.phase, why, until)

    def found(self, state: State, execution: FollowedExecution) -> None:
        """Record which execution this run follows from now on."""
        document = self.document
        if state.retry_mode is not None:
            attempt_begun(document, state.due_attempt, RetryMode.RESTART, state.failure, workflow.now())
            self._commands.forget_execution()
        document.run_id = execution.execution_arn
        self._commands.describe_execution(execution)
        for note in execution.notes:
            document.note(note)
        state.attempt_begun(execution)
        self._begins(state, execution.observed)

    def resumed(self, state: State) -> None:
        """Record that the execution goes on."""
        attempt_begun(self.document, state.due_attempt, RetryMode.RESUME, state.failure, workflow.now())
        state.attempt_resumed()
        self._begins(state, Observation(created_at=self.document.started_at))

    def _begins(self, state: State, seen: Observation) -> None:
        """Record the first observation of an attempt; an end that is known already comes again with its results."""
        self._take_results(Results())
        self.document.waits_until, self.document.error = None, None
        if self.document.phase is not Phase.STOPPING:
            self.document.phase = Phase.RUNNING
        self._show(state, Observation() if seen.has_ended else seen)

    def observed(self, state: State, seen: Observation) -> None:
        """Record what AWS reported of the execution."""
        state.observed(seen)
        self._show(state, seen)

    def _show(self, state: State, seen: Observation) -> None:
        document = self.document
        document.sagemaker_status = seen.sagemaker_status
        document.status = self._commands.status(seen) if seen.sagemaker_status else RunStatus.RUNNING
        document.started_at = seen.created_at
        document.ended_at = seen.last_modified_at if seen.has_ended else None
        self._commands.describe_observation(state, seen)
        if seen.results is not None:
            self._take_results(seen.results)
        document.message = self._message(seen)
        attempt_observed(document)
        self._changed(f"SageMaker reports {seen.sagemaker_status or 'nothing yet'}")

    def failed(self, state: State, failure: Failure) -> None:
        """Record why the attempt failed; whatever follows is published."""
        state.fails(failure)
        error = failure.errors[0] if failure.errors else failure.type
        self.document.error = ErrorName(name=error, cause=failure.message[:MAX_CAUSE_CHARS])

    def refused(self, state: State, failure: Failure) -> None:
        """Record that the attempt that was due could not be begun."""
        if state.due_attempt > 1:
            mode = state.retry_mode or RetryMode.RESTART
            attempt_begun(self.document, state.due_attempt, mode, state.failure, workflow.now())
            attempt_refused(self.document, failure.message, workflow.now())
        state.attempt_refused()
        self.document.message = failure.message
        self.failed(state, failure)

    def stopping(self, why: str) -> None:
        """Record that a stop is under way."""
        self._enters(Phase.STOPPING, why)

    def waits_for_retry(self, number: int, mode: RetryMode, until: datetime) -> None:
        """Record that the execution failed and when another attempt begins."""
        self._goes_on(Phase.WAITING_FOR_RETRY, f"Attempt {number} ({mode}) is to follow", until)

    def waits_for_decision(self, message: str, until: datetime) -> None:
        """Record that the execution failed and a person decides how to go on."""
        self.document.message = message
        self._goes_on(Phase.WAITING_FOR_DECISION, "A person's update 'retry' or 'give_up' is awaited", until)

    def waits_for_approval(self, message: str, until: datetime | None) -> None:
        """Record that the execution succeeded and a person decides about what it registered."""
        self.document.message = message
        self._goes_on(Phase.WAITING_FOR_APPROVAL, "The approval of model packages is awaited", until)

    def retries(self, number: int, mode: RetryMode, why: str) -> None:
        """Record that another attempt is about to begin, and why."""
        self._goes_on(Phase.STARTING, f"{why}: attempt {number} ({mode})")

    def note(self, text: str) -> None:
        """Record what a person should know and the run does not fail for."""
        self.document.note(text)
        self._changed(text)

    def closed(self, status: RunStatus, why: str, message: str | None = None) -> None:
        """Record the end of the run."""
        self.document.status = status
        if message is not None:
            self.document.message = message
        self._enters(Phase.CLOSED, why)

    def _goes_on(self, phase: Phase, why: str, until: datetime | None = None) -> None:
        # The run is not over: a client that reads the status alone must not take the attempt's end for the run's.
        self.document.status = RunStatus.RUNNING
        self._enters(phase, why, until)

    def _enters(self, phase: Phase, why: str, until: datetime | None = None) -> None:
        self.document.phase, self.document.waits_until = phase, until
        self._changed(why)

    def _take_results(self, results: Results) -> None:
        document = self.document
        # A stop that the input accepts as a success has no cause of a failure.
        document.causes = [] if document.status is RunStatus.SUCCESS else results.causes
        document.outputs = results.outputs
        document.billable_seconds = results.billable_seconds
        for note in results.notes:
            document.note(note)

    def _message(self, seen: Observation) -> str | None:
        if self.document.status is RunStatus.UNKNOWN:
            return (
                f"SageMaker reports the status '{seen.sagemaker_status}', which this version does not know; "
                "the run stays open and is polled more slowly"
            )
        if self.document.phase is Phase.STOPPING and not seen.has_ended:
            return self._commands.holds_up_stop() or seen.message
        return seen.message

    def _changed(self, why: str) -> None:
        self.document.record(workflow.now(), why)
        self._publication.publish(self.document, why)
