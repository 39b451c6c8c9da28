"""Secrets of a run in what a describe beside its watch reports."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platforms
from activities.aws.secrets.readers import open_vault
from activities.aws.secrets.resolver import Secrets
from activities.aws.secrets.vaults import EnvironmentVault
from activities.executions import ExecutionActivities
from activities.job_models import DescribeJobRequest
from activities.jobs import JobActivities
from activities.models import DescribeRequest, FollowedExecution
from activities.redaction import MASK
from activities.watching.poller import SharedPoller
from contract.job_kinds import JobKind
from tests.unit.activities.attempt import attempt
from tests.unit.activities.scripted_aws import ARN, ScriptedAws, reply

SECRET = "PLANTED-4815162342"
JOB_ARN = "arn:aws:sagemaker:us-east-1:111122223333:training-job/nightly"
GIVEN: dict[str, Any] = {"platform": "default", "is_of_open_run": True, "secrets": ["vault://env/PASSWORD"]}

Describing = Callable[[SageMakerCalls], Awaitable[FollowedExecution]]


async def of_an_execution(calls: SageMakerCalls) -> FollowedExecution:
    """Describe an execution beside its watch."""
    activities = ExecutionActivities(calls, SharedPoller(calls))
    request = DescribeRequest(execution_arn=ARN, **GIVEN)
    followed: FollowedExecution = await attempt().run(activities.describe_pipeline_execution, request)
    return followed


async def of_a_job(calls: SageMakerCalls) -> FollowedExecution:
    """Describe a job beside its watch."""
    activities = JobActivities(calls, SharedPoller(calls))
    request = DescribeJobRequest(job=JobKind.TRAINING, job_arn=JOB_ARN, **GIVEN)
    followed: FollowedExecution = await attempt().run(activities.describe_job, request)
    return followed


@pytest.mark.parametrize("describe", [of_an_execution, of_a_job])
async def test_a_reason_quotes_no_secret(
    aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch, describe: Describing
) -> None:
    """As where the watch reports it."""
    monkeypatch.setenv("POLYSYNC_SECRET_PASSWORD", SECRET)
    secrets = Secrets({"env": EnvironmentVault(provider="environment", allow_in_parameters=True)}, open_vault)
    calls = SageMakerCalls(Platforms([aws.platform]), threads=1, secrets=secrets)
    status = {"PipelineExecutionStatus": "Failed", "TrainingJobStatus": "Failed", "TrainingJobArn": JOB_ARN}
    aws.script.append(reply(**status, FailureReason=f"bad {SECRET}"))
    followed = await describe(calls)
    assert followed.observed.failure_reason == f"bad {MASK}"
    assert SECRET not in followed.model_dump_json()
    calls.close()
