"""The activities that a run schedules, each with its input, options and the summary that people read."""

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
    from contract.names import watch_task_queue
    from contract.pipeline_run import Rerun
    from contract.retry import RetryMode
    from workflows.policies import short_activity, watch_activity
    from workflows.run.state import RunState
    from workflows.run.tokens import retry_token, was_reset


def find(state: RunState, execution_arn: str) -> ActivityHandle[FollowedExecution]:
    """Find the execution that the input says to follow."""
    return workflow.start_activity_method(
        ExecutionActivities.describe_pipeline_execution,
        DescribeRequest(platform=state.run_input.platform, execution_arn=execution_arn),
        **short_activity(f"Find {execution_arn}"),
    )


def start(state: RunState) -> ActivityHandle[FollowedExecution]:
    """Start the execution of the attempt that is due."""
    run_input = state.run_input
    followed = run_input.execution_arn
    return workflow.start_activity_method(
        ExecutionActivities.start_pipeline_execution,
        StartRequest(
            platform=run_input.platform,
            pipeline_name=run_input.pipeline_name,
            client_request_token=state.start_token
            if state.retry_mode is None
            else retry_token(state.start_token, state.due_attempt, RetryMode.RESTART),
            parameters=run_input.parameters,
            display_name=run_input.display_name,
            description=run_input.description,
            max_parallel_steps=run_input.max_parallel_steps,
            pipeline_version_id=run_input.pipeline_version_id,
            role_arn=run_input.role_arn,
            selective_execution=run_input.selective_execution,
            # Only AWS knows with what an execution was started that this run just follows.
            rerun=run_input.rerun if followed is None else Rerun(execution_arn=followed),
            check_parameters=run_input.check_parameters,
            # The caller's own token may come from an earlier run, and a run that was reset has started before.
            token_may_be_known=run_input.client_request_token is not None or was_reset(),
        ),
        **short_activity(f"Start {run_input.pipeline_name}{_attempt(state)}"),
    )


def resume(state: RunState, execution: FollowedExecution) -> ActivityHandle[ResumeOutcome]:
    """Resume the execution that failed."""
    return workflow.start_activity_method(
        ExecutionActivities.retry_pipeline_execution,
        ResumeRequest(
            platform=state.run_input.platform,
            execution_arn=execution.execution_arn,
            client_request_token=retry_token(state.start_token, state.due_attempt, RetryMode.RESUME),
            max_parallel_steps=state.run_input.max_parallel_steps,
        ),
        **short_activity(f"Resume {_id(execution)}{_attempt(state)}"),
    )


def watch(state: RunState, execution: FollowedExecution) -> ActivityHandle[Observation]:
    """Watch the execution until its status or its steps are others than those last observed."""
    # An end that the start or the first look found is watched, too: only a watch reads what the execution left behind.
    seen_status = None if execution.observed.has_ended else execution.observed.sagemaker_status
    return workflow.start_activity_method(
        WatchActivities.watch_pipeline_execution,
        WatchRequest(
            platform=state.run_input.platform,
            execution_arn=execution.execution_arn,
            seen_status=seen_status,
            poll_interval=state.run_input.poll_interval or execution.poll_interval,
            seen_steps=state.seen_steps,
            outputs=state.run_input.outputs,
            selected_steps=execution.selected_steps,
            created_at=execution.observed.created_at,
        ),
        **watch_activity(
            f"Watch {_id(execution)}, last seen: {seen_status or 'not yet'}",
            task_queue=watch_task_queue(workflow.info().task_queue),
            heartbeat_timeout=execution.heartbeat_timeout,
        ),
    )


def stop(state: RunState, execution: FollowedExecution, why: str) -> ActivityHandle[StopOutcome]:
    """Stop the execution; `why` is for the people who read the summary."""
    return workflow.start_activity_method(
        ExecutionActivities.stop_pipeline_execution,
        StopRequest(
            platform=state.run_input.platform,
            execution_arn=execution.execution_arn,
            client_request_token=state.stop_token,
        ),
        **short_activity(f"Stop {_id(execution)}: {why}"),
    )


def _id(execution: FollowedExecution) -> str:
    return execution.execution_arn.rsplit("/", 1)[-1]


def _attempt(state: RunState) -> str:
    return "" if state.retry_mode is None else f", attempt {state.due_attempt}"
