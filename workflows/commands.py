"""The activities that a run schedules, each with its input, options and the summary that people read."""

from temporalio import workflow
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.executions import ExecutionActivities
    from activities.models import (
        DescribeRequest,
        FollowedExecution,
        Observation,
        StartRequest,
        StopOutcome,
        StopRequest,
        WatchRequest,
    )
    from activities.watch import WatchActivities
    from contract.names import watch_task_queue
    from workflows.policies import short_activity, watch_activity
    from workflows.run_state import RunState


def start_or_find(state: RunState) -> ActivityHandle[FollowedExecution]:
    """Start the execution, or find the one that the input says to follow."""
    run_input = state.run_input
    if run_input.execution_arn is not None:
        return workflow.start_activity_method(
            ExecutionActivities.describe_pipeline_execution,
            DescribeRequest(platform=run_input.platform, execution_arn=run_input.execution_arn),
            **short_activity(f"Find {run_input.execution_arn}"),
        )
    return workflow.start_activity_method(
        ExecutionActivities.start_pipeline_execution,
        StartRequest(
            platform=run_input.platform,
            pipeline_name=run_input.pipeline_name,
            client_request_token=state.start_token,
            parameters=run_input.parameters,
            display_name=run_input.display_name,
            description=run_input.description,
            max_parallel_steps=run_input.max_parallel_steps,
            pipeline_version_id=run_input.pipeline_version_id,
            role_arn=run_input.role_arn,
            selective_execution=run_input.selective_execution,
            check_parameters=run_input.check_parameters,
            # The caller's own token may come from an earlier run, and a run that was reset has started before.
            token_may_be_known=run_input.client_request_token is not None
            or workflow.info().original_execution_run_id != workflow.info().run_id,
        ),
        **short_activity(f"Start {run_input.pipeline_name}"),
    )


def watch(state: RunState, execution: FollowedExecution) -> ActivityHandle[Observation]:
    """Watch the execution until its status is another than the one last observed."""
    seen_status = execution.observed.sagemaker_status
    return workflow.start_activity_method(
        WatchActivities.watch_pipeline_execution,
        WatchRequest(
            platform=state.run_input.platform,
            execution_arn=execution.execution_arn,
            seen_status=seen_status,
            poll_interval=state.run_input.poll_interval or execution.poll_interval,
        ),
        **watch_activity(
            f"Watch {execution.execution_arn.rsplit('/', 1)[-1]}, last seen: {seen_status or 'not yet'}",
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
        **short_activity(f"Stop {execution.execution_arn.rsplit('/', 1)[-1]}: {why}"),
    )
