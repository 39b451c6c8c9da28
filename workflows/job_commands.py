"""The commands of a job run: its activities, each with its input, options and the summary that people read."""

from typing import Any, Final

from temporalio import workflow
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.job_models import DescribeJobRequest, StartJobRequest, StopJobRequest, WatchJobRequest
    from activities.jobs import JobActivities
    from activities.models import FollowedExecution, Observation, ResumeOutcome, StopOutcome
    from activities.resources.kind import LEAST_SECONDS_BETWEEN_LISTS
    from activities.resources.observation import mark_of
    from contract.failures import FailureType
    from contract.job_document import JobIdentity, JobRunDocument
    from contract.job_kinds import OUT_OF_TIME
    from contract.job_run import JobRunInput, NameMode
    from contract.names import watch_task_queue
    from contract.retry import MAX_ATTEMPTS, RetryMode
    from contract.run import Phase, RunStatus
    from contract.secret_reference import is_secret_reference
    from contract.states_language import QUOTA_NAMES, THROTTLING_NAMES, needless
    from contract.texts import texts
    from workflows.policies import job_start_activity, short_activity, watch_activity
    from workflows.run.failures import Failure, names_of, timed_out
    from workflows.run.job_input import read_job_input
    from workflows.run.scheduled import scheduled_start
    from workflows.run.state import RunState
    from workflows.run.tokens import job_suffix, retry_token

ACCEPTS_BOTH_SPELLINGS: Final = "accepts-both-spellings"
"""Patch: `accept_stopped` compares without regard to case, so that a run may end where it would have been retried."""


class JobRunState(RunState[JobRunInput]):
    """What a job run must remember."""

    document: JobRunDocument


class JobCommands:
    """Implements `workflows.run.commands.Commands` for jobs."""

    state_type: type[JobRunState] = JobRunState
    run_timed_out = FailureType.JOB_RUN_TIMED_OUT
    default_mode = RetryMode.RESTART
    noun = "job"

    def __init__(self) -> None:
        self.document = JobRunDocument()
        self._notes: list[str] = []
        self._accepts: bool | list[str] = False

    def continues(self, state: JobRunState) -> None:
        """Take the document over from the run before a continue-as-new."""
        self.document = state.document
        self._accepts = state.run_input.accept_stopped

    def read_input(self, arguments: tuple[Any, ...]) -> JobRunInput:
        """Read a `JobRunInput`, or a Task state of Step Functions."""
        run_input, self._notes = read_job_input(arguments, scheduled_start())
        return run_input

    def describe_input(self, state: JobRunState) -> None:
        """Enter the kind of job, and what of the input has no effect."""
        run_input = state.run_input
        self._accepts = run_input.accept_stopped
        self.document.job = JobIdentity(kind=run_input.job)
        for note in [*self._notes, *_notes(run_input)]:
            self.document.note(note)

    def describe_execution(self, execution: FollowedExecution) -> None:
        """Enter the job's name, region, console page and log."""
        document = self.document
        if document.job is not None:
            document.job.name = execution.name
        document.region, document.monitor_url = execution.region, execution.console_url
        document.log_url = execution.log_url

    def describe_observation(self, state: JobRunState, seen: Observation) -> None:  # noqa: ARG002 — part of the port
        """Enter secondary status and progress."""
        self.document.secondary_status = seen.secondary_status
        self.document.progress = seen.job_progress or self.document.progress

    def forget_execution(self) -> None:
        """Remove what belongs to the job of the attempt before."""
        self.document.secondary_status, self.document.progress = None, None

    def holds_up_stop(self) -> str | None:
        """Return None: nothing is known to hold up the stop of a job."""
        return None

    def status(self, seen: Observation) -> RunStatus:
        """Return what the activity took the status for; a stop of others may be a success by the input."""
        status = seen.status or RunStatus.UNKNOWN
        is_stopped = seen.has_ended and (seen.sagemaker_status or "").casefold() == "stopped"
        return RunStatus.SUCCESS if is_stopped and self._is_accepted(seen) else status

    def _is_accepted(self, seen: Observation) -> bool:
        if self.document.phase is Phase.STOPPING or not self._accepts:
            return False
        status = seen.secondary_status or seen.sagemaker_status or ""
        if self._accepts is True or status in self._accepts:
            return True
        # Some kinds of jobs are Stopped, and some STOPPED.
        is_other_spelling = status.casefold() in [word.casefold() for word in self._accepts]
        return is_other_spelling and workflow.patched(ACCEPTS_BOTH_SPELLINGS)

    def failure(self, state: JobRunState) -> Failure | None:
        """Return why the job failed, with the names that its cause answers to."""
        document = self.document
        if document.status is RunStatus.CANCELLED and state.attempt_timed_out:
            limit = f"{state.run_input.attempt_timeout:g} s"
            return timed_out(
                FailureType.JOB_ATTEMPT_TIMED_OUT,
                f"The attempt's timeout of {limit} passed and its job was stopped. Give it a longer attempt_timeout.",
            )
        if document.status is not RunStatus.FAILED:
            return None
        message = document.message or f"The job ended as {document.sagemaker_status}"
        reason = state.execution.observed.failure_reason if state.execution else None
        ran_out = document.secondary_status in OUT_OF_TIME
        kind = FailureType.JOB_RAN_OUT_OF_TIME if ran_out else FailureType.JOB_FAILED
        names = names_of(document.causes, reason)
        if ran_out:
            names = list(dict.fromkeys([f"SageMaker.{document.secondary_status}", *names]))
        return Failure(kind, message, names)

    def attempt_timeout(self, state: JobRunState) -> float | None:
        """Return the input's limit."""
        return state.run_input.attempt_timeout

    def obstacle(self, state: JobRunState, mode: RetryMode) -> str | None:
        """Return what is known to rule a resumption or a restart out."""
        if mode is RetryMode.RESUME:
            return "a job cannot be resumed"
        if state.run_input.job_arn is not None:
            return "this run follows a job, and does not know what it was created with; start a new run"
        if state.run_input.name is NameMode.EXACT and state.execution is not None:
            return "a second job cannot have the same exact name; start a new run, or leave name at 'unique'"
        return None

    def find(self, state: JobRunState, execution_arn: str) -> ActivityHandle[FollowedExecution]:
        """Find the job that the input says to follow, or describe one beside its watch."""
        return workflow.start_activity_method(
            JobActivities.describe_job,
            DescribeJobRequest(
                platform=state.run_input.platform,
                job=state.run_input.job,
                job_arn=execution_arn,
                is_of_open_run=state.is_under_way,
                created_at=state.execution.observed.created_at if state.is_under_way and state.execution else None,
                secrets=_secrets(state),
            ),
            **short_activity(f"Find {execution_arn}"),
        )

    def start(self, state: JobRunState) -> ActivityHandle[FollowedExecution]:
        """Start the job of the attempt that is due."""
        run_input = state.run_input
        is_first = state.retry_mode is None
        token = state.start_token if is_first else retry_token(state.start_token, state.due_attempt, RetryMode.RESTART)
        attempt = "" if is_first else f", attempt {state.due_attempt}"
        return workflow.start_activity_method(
            JobActivities.start_job,
            StartJobRequest(
                platform=run_input.platform,
                job=run_input.job,
                suffix=job_suffix(token),
                owner=state.start_token,
                name_if_none=workflow.info().workflow_id,
                may_be_known=state.was_reset,
                scheduled=scheduled_start(),
            ),
            **job_start_activity(f"Start a {run_input.job} job{attempt}"),
        )

    def resume(self, state: JobRunState, execution: FollowedExecution) -> ActivityHandle[ResumeOutcome]:
        """Not possible, as `obstacle` says.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError

    def watch(self, state: JobRunState, execution: FollowedExecution) -> ActivityHandle[Observation]:
        """Watch the job until its status differs from the last observation, or until it is further."""
        observed = execution.observed
        seen_status = None if observed.has_ended else observed.sagemaker_status
        return workflow.start_activity_method(
            JobActivities.watch_job,
            WatchJobRequest(
                platform=state.run_input.platform,
                job=state.run_input.job,
                job_arn=execution.execution_arn,
                seen_status=seen_status,
                seen_mark=mark_of(observed),
                poll_interval=state.run_input.poll_interval or execution.poll_interval,
                outputs=state.run_input.outputs,
                secrets=_secrets(state),
                created_at=observed.created_at,
                release_warm_pool=state.run_input.release_warm_pool,
            ),
            **watch_activity(
                f"Watch {execution.name}, last seen: {seen_status or 'not yet'}",
                task_queue=watch_task_queue(workflow.info().task_queue),
                heartbeat_timeout=execution.heartbeat_timeout,
            ),
        )

    def stop(self, state: JobRunState, execution: FollowedExecution, why: str) -> ActivityHandle[StopOutcome]:
        """Stop the job; `why` is for the people who read the summary."""
        return workflow.start_activity_method(
            JobActivities.stop_job,
            StopJobRequest(
                platform=state.run_input.platform,
                job=state.run_input.job,
                job_arn=execution.execution_arn,
                created_at=None if state.run_input.has_unique_name else execution.observed.created_at,
            ),
            **short_activity(f"Stop {execution.name}: {why}"),
        )


def _notes(run_input: JobRunInput) -> list[str]:
    """Return what a person should know about the input."""
    notes = []
    if run_input.poll_interval is not None and run_input.poll_interval < LEAST_SECONDS_BETWEEN_LISTS:
        notes.append(
            f"The jobs of one kind are listed every {LEAST_SECONDS_BETWEEN_LISTS:g} s at most, which bounds "
            "poll_interval where many jobs are watched."
        )
    if isinstance(run_input.retry, list):
        if names := needless(run_input.retry):
            notes.append(
                f"Throttling and outages are retried without a retrier; that for {', '.join(names)} is used for "
                "requests that AWS refuses."
            )
        rules = [rule for rule in run_input.retry if not THROTTLING_NAMES.issuperset(rule.error_equals)]
        if any(
            rule.max_attempts >= MAX_ATTEMPTS and not set(QUOTA_NAMES).issuperset(rule.error_equals) for rule in rules
        ):
            notes.append(f"A run has at most {MAX_ATTEMPTS} attempts, whatever MaxAttempts says.")
    return notes


def _secrets(state: JobRunState) -> list[str]:
    return [text for _, text in texts(state.run_input.request) if is_secret_reference(text)]
