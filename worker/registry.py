"""What a worker serves: the one list of workflows, and the one list of activities on each task queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from temporalio.client import Client

from activities.aws.calls import SageMakerCalls
from activities.deployments import DeploymentActivities
from activities.discovery.pipelines import DiscoveryActivities
from activities.events.wakeups import WakeUps
from activities.executions import ExecutionActivities
from activities.gates import GateActivities
from activities.jobs import JobActivities
from activities.platform_check import PlatformCheckActivities
from activities.results.observing import StepsObserver
from activities.watching.poller import SharedPoller
from activities.watching.watch import WatchActivities
from worker.temporal_checks import check_as_worker
from workflows.job_run import SageMakerJobRun
from workflows.pipeline_deployment import SageMakerPipelineDeployment
from workflows.pipeline_discovery import SageMakerPipelineDiscovery
from workflows.pipeline_run import SageMakerPipelineRun
from workflows.platform_check import SageMakerPlatformCheck
from workflows.unknown_type import UnknownWorkflowType

WORKFLOWS: Final[Sequence[type]] = (
    SageMakerPipelineRun,
    SageMakerJobRun,
    SageMakerPipelineDiscovery,
    SageMakerPlatformCheck,
    SageMakerPipelineDeployment,
    UnknownWorkflowType,
)

Activity = Callable[..., Any]


@dataclass(frozen=True)
class Activities:
    """The activities by task queue."""

    short: Sequence[Activity]
    """On the task queue of the workflows."""
    watches: Sequence[Activity]
    """On a task queue of their own: with shared slots, thousands of watches would starve starts and stops."""


def build_activities(client: Client, calls: SageMakerCalls, wake_ups: WakeUps | None = None) -> Activities:
    """Build all activities over the calls of one worker.

    Args:
        client: Reaches Temporal.
        calls: Reach AWS.
        wake_ups: Bring events to what waits for them; left out, no events come.
    """
    poller = SharedPoller(calls, calls.telemetry.metrics, wake_ups)
    executions = ExecutionActivities(calls, poller)
    jobs = JobActivities(calls, poller)
    deployments = DeploymentActivities(calls)
    gates = GateActivities(calls, poller)
    return Activities(
        short=(
            executions.start_pipeline_execution,
            executions.describe_pipeline_execution,
            executions.stop_pipeline_execution,
            executions.retry_pipeline_execution,
            gates.answer_pipeline_step,
            gates.find_model_packages,
            gates.update_model_package,
            jobs.start_job,
            jobs.describe_job,
            jobs.stop_job,
            deployments.describe_pipeline_deployment,
            deployments.create_pipeline,
            deployments.update_pipeline,
            deployments.tag_pipeline,
            deployments.move_pipeline_alias,
            DiscoveryActivities(calls).discover_pipelines,
            PlatformCheckActivities(calls, partial(check_as_worker, client), wake_ups).check_platform,
        ),
        watches=(
            WatchActivities(calls, poller, StepsObserver(calls)).watch_pipeline_execution,
            gates.watch_model_package,
            jobs.watch_job,
        ),
    )
