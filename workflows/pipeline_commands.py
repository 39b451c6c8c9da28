"""The commands of a pipeline run: its activities, each with its input, options and the summary that people read."""

from contextlib import suppress
from typing import Any

from temporalio import workflow
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.executions import ExecutionActivities
    from activities.models import (
        DescribeRequest,
        FollowedExecution,
        Observation,
        ResumeOutcome,
        ResumeRequest,
        StartRequest,
        StopOutcome,
        StopRequest,
        WatchRequest,
    )
    from activities.watching.watch import WatchActivities
    from contract.arns import ExecutionArn, pipeline_of
    from contract.failures import FailureType
    from contract.names import watch_task_queue
    from contract.open_gates import MAX_GATES, callback_gates, held_up_by
    from contract.pipeline_document import PipelineRunDocument, run_status
    from contract.pipeline_run import PipelineRunInput
    from contract.rerun import Rerun
    from contract.retry import RetryMode
    from contract.run import RunStatus
    from contract.secret_reference import is_secret_reference
    from contract.steps import merge_steps
    from workflows.gates.first_sight import see_waits
    from workflows.policies import short_activity, watch_activity
    from workflows.run.failures import Failure, names_of
    from workflows.run.run_input import read_run_input
    from workflows.run.scheduled import scheduled_start
    from workflows.run.state import RunState
    from workflows.run.tokens import retry_token


class PipelineRunState(RunState[PipelineRunInput]):
    """What a pipeline run must remember."""

    document: PipelineRunDocument


class PipelineCommands:
    """Implements `workflows.run.commands.Commands` for pipeline executions."""

    state_type: type[PipelineRunState] = PipelineRunState
    run_timed_out = FailureType.PIPELINE_RUN_TIMED_OUT
    default_mode = RetryMode.RESUME
    noun = "execution"

    def __init__(self) -> None:
        self.document = PipelineRunDocument()

    def continues(self, state: PipelineRunState) -> None:
        """Take the document over from the run before a continue-as-new."""
        self.document = state.document

    def read_input(self, arguments: tuple[Any, ...]) -> PipelineRunInput:
        """Read a `PipelineRunInput`."""
        return read_run_input(arguments, PipelineRunInput, scheduled_start())

    def describe_input(self, state: PipelineRunState) -> None:
        """Enter the pipeline's name, also where the input has its ARN, so that a search finds all runs of it."""
        self.document.pipeline_name = pipeline_of(state.run_input.pipeline_name)

    def describe_execution(self, execution: FollowedExecution) -> None:
        """Enter region and console page. An ARN of an unknown form is no reason to lose the execution."""
        with suppress(ValueError):
            arn = ExecutionArn.parse(execution.execution_arn)
            self.document.region = arn.pipeline.region
            name = self.document.pipeline_name or arn.pipeline.name
            self.document.monitor_url = arn.monitor_url(name)
            if execution.studio_domain is not None:
                self.document.studio_url = arn.studio_url(execution.studio_domain, name)

    def describe_observation(self, state: PipelineRunState, seen: Observation) -> None:
        """Enter version, steps and progress."""
        document = self.document
        if seen.pipeline_version_id is not None:
            document.pipeline_version_id = seen.pipeline_version_id
            document.pipeline_version_aliases = seen.pipeline_version_aliases
        document.steps = merge_steps(document.steps, seen.steps)
        document.steps_left_out = max(len(state.seen_steps) - len(document.steps), 0)
        may_wait = [] if seen.has_ended else document.steps
        see_waits(state, may_wait)
        gates = callback_gates(may_wait, state.run_input.callbacks, state.waits_seen_at)
        document.gates, document.gates_left_out = gates[:MAX_GATES], max(len(gates) - MAX_GATES, 0)
        document.progress = seen.progress or document.progress
        if seen.has_ended and document.progress is not None:
            document.progress = document.progress.at_the_end(succeeded=document.status is RunStatus.SUCCESS)

    def forget_execution(self) -> None:
        """Remove version and steps of the attempt before."""
        document = self.document
        document.pipeline_version_id, document.pipeline_version_aliases = None, []
        document.steps, document.steps_left_out, document.progress = [], 0, None
        document.gates, document.gates_left_out, document.model_packages = [], 0, []

    def holds_up_stop(self) -> str | None:
        """Return which steps a stop waits for."""
        return held_up_by(self.document.steps, self.document.gates)

    def status(self, seen: Observation) -> RunStatus:
        """Map PipelineExecutionStatus."""
        return run_status(seen.sagemaker_status)

    def failure(self, state: PipelineRunState) -> Failure | None:
        """Return why the execution failed, with the names that its steps' causes answer to."""
        document = self.document
        if document.status is not RunStatus.FAILED:
            return None
        message = document.message or f"The execution ended as {document.sagemaker_status}"
        reason = state.execution.observed.failure_reason if state.execution else None
        return Failure(FailureType.PIPELINE_EXECUTION_FAILED, message, names_of(document.causes, reason))

    def attempt_timeout(self, state: PipelineRunState) -> float | None:  # noqa: ARG002 — part of the port
        """Return no limit: a pipeline's attempts have none of their own."""
        return None

    def obstacle(self, state: PipelineRunState, mode: RetryMode) -> str | None:
        """Return what is known to rule a resumption or a restart out."""
        if mode is RetryMode.RESUME:
            # AWS documentation, "RetryPipelineExecution": an execution that a Fail step ended cannot be retried.
            failed = [step.name for step in state.document.steps if step.type == "Fail" and step.status == "Failed"]
            named = next((f"the Fail step '{name}'" for name in failed if name), "a Fail step")
            return f"it ended in {named}" if failed else None
        follows = state.run_input.execution_arn is not None
        if follows and state.execution is not None and state.execution.selected_steps is not None:
            return "this run follows an execution of selected steps, which it cannot start again; start a new run"
        return None

    def find(self, state: PipelineRunState, execution_arn: str) -> ActivityHandle[FollowedExecution]:
        """Find the execution that the input says to follow."""
        return workflow.start_activity_method(
            ExecutionActivities.describe_pipeline_execution,
            DescribeRequest(
                platform=state.run_input.platform,
                execution_arn=execution_arn,
                is_of_open_run=state.is_under_way,
                secrets=_secrets(state),
            ),
            **short_activity(f"Find {execution_arn}"),
        )

    def start(self, state: PipelineRunState) -> ActivityHandle[FollowedExecution]:
        """Start the execution of the attempt that is due."""
        run_input = state.run_input
        request = StartRequest.of(
            run_input,
            client_request_token=state.start_token
            if state.retry_mode is None
            else retry_token(state.start_token, state.due_attempt, RetryMode.RESTART),
            # The caller's own token may come from an earlier run, and a run that was reset has started before.
            token_may_be_known=run_input.client_request_token is not None or state.was_reset,
            may_be_known=state.was_reset,
        )
        if run_input.execution_arn is not None:
            # Only AWS knows the parameters of an execution that this run merely follows.
            request.rerun = Rerun(execution_arn=run_input.execution_arn)
        return workflow.start_activity_method(
            ExecutionActivities.start_pipeline_execution,
            request,
            **short_activity(f"Start {run_input.pipeline_name}{_attempt(state)}"),
        )

    def resume(self, state: PipelineRunState, execution: FollowedExecution) -> ActivityHandle[ResumeOutcome]:
        """Resume the execution that failed."""
        return workflow.start_activity_method(
            ExecutionActivities.retry_pipeline_execution,
            ResumeRequest(
                platform=state.run_input.platform,
                execution_arn=execution.execution_arn,
                client_request_token=retry_token(state.start_token, state.due_attempt, RetryMode.RESUME),
                max_parallel_steps=state.run_input.max_parallel_steps,
                may_be_known=state.was_reset,
            ),
            **short_activity(f"Resume {execution.name}{_attempt(state)}"),
        )

    def watch(self, state: PipelineRunState, execution: FollowedExecution) -> ActivityHandle[Observation]:
        """Watch the execution until its status or its steps differ from the last observation."""
        # An end that the start or the first poll found is watched, too: only a watch reads what the execution left.
        seen_status = None if execution.observed.has_ended else execution.observed.sagemaker_status
        return workflow.start_activity_method(
            WatchActivities.watch_pipeline_execution,
            WatchRequest(
                platform=state.run_input.platform,
                execution_arn=execution.execution_arn,
                seen_status=seen_status,
                poll_interval=state.run_input.poll_interval or execution.poll_interval,
                seen_steps=state.seen_steps,
                seen_digests=state.seen_digests,
                outputs=state.run_input.outputs,
                secrets=_secrets(state),
                selected_steps=execution.selected_steps,
                created_at=execution.observed.created_at,
            ),
            **watch_activity(
                f"Watch {execution.name}, last seen: {seen_status or 'not yet'}",
                task_queue=watch_task_queue(workflow.info().task_queue),
                heartbeat_timeout=execution.heartbeat_timeout,
            ),
        )

    def stop(self, state: PipelineRunState, execution: FollowedExecution, why: str) -> ActivityHandle[StopOutcome]:
        """Stop the execution; `why` is for the people who read the summary."""
        return workflow.start_activity_method(
            ExecutionActivities.stop_pipeline_execution,
            StopRequest(
                platform=state.run_input.platform,
                execution_arn=execution.execution_arn,
                client_request_token=state.stop_token,
            ),
            **short_activity(f"Stop {execution.name}: {why}"),
        )


def _attempt(state: PipelineRunState) -> str:
    return "" if state.retry_mode is None else f", attempt {state.due_attempt}"


def _secrets(state: PipelineRunState) -> list[str]:
    return [value for value in state.run_input.parameters.values() if is_secret_reference(value)]
