"""Checking the AWS side of a platform: credentials, SageMaker, clock and permissions, changing nothing."""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from temporalio import activity

from activities.aws.calls import SageMakerCalls
from activities.aws.deploy_probes import check_deployments
from activities.aws.errors import AwsError
from activities.aws.event_permissions import queue_arn
from activities.aws.event_probes import check_events, check_last_event
from activities.aws.findings import Answer, check_clock, check_credentials, check_listing, check_sagemaker
from activities.aws.gate_probes import check_gates
from activities.aws.job_probes import check_jobs
from activities.aws.permission_questions import PermissionQuestions
from activities.aws.place import Place
from activities.aws.platforms import Platform
from activities.aws.probes import PermissionProbes
from activities.aws.regions import partition_of
from activities.events.wakeups import WakeUps
from activities.models import CheckPlatformRequest
from activities.resources.members import entries, text
from activities.resources.operations import GET_CALLER_IDENTITY, LIST_PIPELINES, Operation
from activities.watching.heartbeats import heartbeating
from contract.arns import PipelineReference
from contract.names import ActivityType
from contract.platform_check import MAX_PATTERNS, Check, PlatformCheck


class PlatformCheckActivities:
    """The activity behind `SageMakerPlatformCheck`."""

    def __init__(
        self,
        calls: SageMakerCalls,
        check_temporal: Callable[[], Awaitable[list[Check]]],
        wake_ups: WakeUps | None = None,
    ) -> None:
        """Prepare the activity.

        Args:
            calls: Reaches AWS.
            check_temporal: Checks the Temporal side, seen from this worker.
            wake_ups: Know when the last event came; left out, no events come.
        """
        self._calls = calls
        self._check_temporal = check_temporal
        self._wake_ups = wake_ups

    @activity.defn(name=ActivityType.CHECK_PLATFORM)
    async def check_platform(self, request: CheckPlatformRequest) -> PlatformCheck:
        """Check a platform; what is wrong stands in the result and is no failure.

        Raises:
            ApplicationError: `InvalidInput`, if the worker has no such platform.
        """
        platform = self._calls.platforms[request.platform]
        async with heartbeating(lambda: None):
            temporal = await self._check_temporal()
            found = await check_aws(self._calls, platform, request, wake_ups=self._wake_ups)
        return found.after(temporal)


async def check_aws(
    calls: SageMakerCalls,
    platform: Platform,
    request: CheckPlatformRequest,
    *,
    wake_ups: WakeUps | None = None,
) -> PlatformCheck:
    """Check the AWS side of a platform with what this process has: credentials, network, clock.

    Args:
        calls: Reaches AWS.
        platform: What to check.
        request: What the permissions are meant for: without pipelines and jobs, what the platform names.
        wake_ups: Know when the last event came; None where this process receives no events.
    """
    identity = await _ask(calls, platform, GET_CALLER_IDENTITY)
    listed = await _ask(calls, platform, LIST_PIPELINES, MaxResults=1)
    expires_at = await _expires_at(calls, platform)
    place = _place(platform, identity, listed)
    checks = [
        check_credentials(platform, identity, listed, expires_at),
        check_sagemaker(platform, listed),
        check_clock(listed, identity),
    ]
    if request.pipelines or not request.jobs:
        checks.append(check_listing(listed))
    if listed.came_from_aws and not listed.lacks_credentials:
        checks += await _check_permissions(calls, platform, request, place)
    last_event_at = wake_ups.last_event_at(platform.name) if wake_ups is not None else None
    if platform.events is not None:
        checks.append(check_last_event(last_event_at, is_worker=wake_ups is not None))
    return PlatformCheck(
        platform=platform.name,
        checked_at=datetime.now(UTC),
        region=listed.region,
        auth_method=platform.auth.method,
        account=identity.response.get("Account"),
        identity=identity.response.get("Arn"),
        credentials_expire_at=expires_at,
        event_queue=queue_arn(platform.events, place) if platform.events is not None else None,
        last_event_at=last_event_at,
    ).after(checks)


async def _check_permissions(
    calls: SageMakerCalls, platform: Platform, request: CheckPlatformRequest, place: Place
) -> list[Check]:
    pipelines: Sequence[str] = request.pipelines
    jobs: Sequence[str] = request.jobs
    if not pipelines and not jobs:
        pipelines = (platform.allowed_pipelines or ())[:MAX_PATTERNS]
        jobs = platform.allowed_jobs or ()
    questions = PermissionQuestions(calls, platform)
    checks: list[Check] = []
    if request.pipelines or not request.jobs:
        checks += await PermissionProbes(questions, place).check(pipelines)
    if request.deployments:
        checks += await check_deployments(questions, place, pipelines)
    if request.approvals:
        checks += await check_gates(questions, place)
    checks += await check_jobs(questions, place, jobs)
    checks += await check_events(calls, questions, platform, place)
    return checks


async def _ask(calls: SageMakerCalls, platform: Platform, operation: Operation, **request: Any) -> Answer:
    response: dict[str, Any] = {}
    error: AwsError | None = None
    began = time.monotonic()
    try:
        response = await calls.call(platform, operation, resource=f"method={platform.auth.method}", **request)
    except AwsError as refusal:
        error = refusal
    seconds = time.monotonic() - began
    return Answer(calls.region(platform), datetime.now(UTC), seconds, response, error)


async def _expires_at(calls: SageMakerCalls, platform: Platform) -> datetime | None:
    try:
        return await calls.expires_at(platform)
    except (BotoCoreError, ClientError):
        # The calls that needed keys say why there are none.
        return None


def _account_of_a_pipeline(listed: Answer) -> str | None:
    for summary in entries(listed.response, "PipelineSummaries"):
        with suppress(ValueError):
            return PipelineReference.parse(text(summary, "PipelineArn") or "").account
    return None


def _place(platform: Platform, identity: Answer, listed: Answer) -> Place:
    region = listed.region or "*"
    # A shared pipeline has its owner's account, hence only where nothing else gives ours.
    account = identity.response.get("Account") or platform.expected_account or _account_of_a_pipeline(listed) or "*"
    return Place(partition_of(region), region, account)
