"""Secrets of a run in what a describe beside its watch reports."""

import threading
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

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
from activities.watching.heartbeats import BEATS_PER_TIMEOUT
from activities.watching.poller import SharedPoller
from contract.job_kinds import JobKind
from tests.unit.activities.attempt import attempt
from tests.unit.activities.scripted_aws import ARN, ScriptedAws, reply
from tests.waits import PATIENCE_SECONDS

SECRET = "PLANTED-4815162342"
JOB_ARN = "arn:aws:sagemaker:us-east-1:111122223333:training-job/nightly"
GIVEN: dict[str, Any] = {"platform": "default", "is_of_open_run": True, "secrets": ["vault://env/PASSWORD"]}

Describing = Callable[[SageMakerCalls, ActivityEnvironment], Awaitable[FollowedExecution]]


async def of_an_execution(calls: SageMakerCalls, environment: ActivityEnvironment) -> FollowedExecution:
    """Describe an execution beside its watch."""
    activities = ExecutionActivities(calls, SharedPoller(calls))
    request = DescribeRequest(execution_arn=ARN, **GIVEN)
    followed: FollowedExecution = await environment.run(activities.describe_pipeline_execution, request)
    return followed


async def of_a_job(calls: SageMakerCalls, environment: ActivityEnvironment) -> FollowedExecution:
    """Describe a job beside its watch."""
    activities = JobActivities(calls, SharedPoller(calls))
    request = DescribeJobRequest(job=JobKind.TRAINING, job_arn=JOB_ARN, **GIVEN)
    followed: FollowedExecution = await environment.run(activities.describe_job, request)
    return followed


@pytest.fixture
def calls(aws: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[SageMakerCalls]:
    """A vault that is open to parameters, and an execution or job whose reason quotes the secret in it."""
    monkeypatch.setenv("POLYSYNC_SECRET_PASSWORD", SECRET)
    secrets = Secrets({"env": EnvironmentVault(provider="environment", allow_in_parameters=True)}, open_vault)
    calls = SageMakerCalls(Platforms([aws.platform]), threads=1, secrets=secrets)
    status = {"PipelineExecutionStatus": "Failed", "TrainingJobStatus": "Failed", "TrainingJobArn": JOB_ARN}
    aws.script.append(reply(**status, FailureReason=f"bad {SECRET}"))
    yield calls
    calls.close()


@pytest.mark.parametrize("describe", [of_an_execution, of_a_job])
async def test_a_reason_quotes_no_secret(calls: SageMakerCalls, describe: Describing) -> None:
    """As where the watch reports it."""
    followed = await describe(calls, attempt())
    assert followed.observed.failure_reason == f"bad {MASK}"
    assert SECRET not in followed.model_dump_json()


@pytest.mark.parametrize("describe", [of_an_execution, of_a_job])
async def test_it_beats_while_a_vault_is_silent(
    calls: SageMakerCalls, monkeypatch: pytest.MonkeyPatch, describe: Describing
) -> None:
    """Temporal would end the attempt, and the next one would wait for the vault again."""
    environment, beats, enough = attempt(heartbeat_timeout=0.06), count(1), threading.Event()

    def beat(_details: object) -> None:
        if next(beats) > BEATS_PER_TIMEOUT:
            enough.set()

    def read(*_: object) -> str:
        assert enough.wait(PATIENCE_SECONDS)
        return SECRET

    environment.on_heartbeat = beat
    monkeypatch.setattr(Secrets, "resolve_for_parameter", read)
    followed = await describe(calls, environment)
    assert followed.observed.failure_reason == f"bad {MASK}"
