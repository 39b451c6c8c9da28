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
from activities.aws.findings import Answer, check_clock, check_credentials, check_listing, check_sagemaker
from activities.aws.gate_probes import check_gates
from activities.aws.job_probes import check_jobs
from activities.aws.permission_questions import PermissionQuestions
from activities.aws.place import Place
from activities.aws.platforms import Platform
from activities.aws.probes import PermissionProbes
from activities.aws.regions import partition_of
from activities.models import CheckPlatformRequest
from activities.resources.members import entries, text
from activities.resources.operations import GET_CALLER_IDENTITY, LIST_PIPELINES, Operation
from activities.watching.heartbeats import heartbeating
from contract.arns import PipelineReference
from contract.names import ActivityType
from contract.platform_check import MAX_PATTERNS, Check, PlatformCheck


class PlatformCheckActivities:
    """The activity behind `SageMakerPlatformCheck`."""

    def __init__(self, calls: SageMakerCalls, check_temporal: Callable[[], Awaitable[list[Check]]]) -> None:
        """Prepare the activity.

        Args:
            calls: Reaches AWS.
            check_temporal: Checks the Temporal side, seen from this worker.
        """
        self._calls = calls
        self._check_temporal = check_temporal

    @activity.defn(name=ActivityType.CHECK_PLATFORM)
    async def check_platform(self, request: CheckPlatformRequest) -> PlatformCheck:
        """Check a platform; what is wrong stands in the result and is no failure.

        Raises:
            ApplicationError: `InvalidInput`, if the worker has no such platform.
        """
        platform = self._calls.platforms[request.platform]
        async with heartbeating(lambda: None):
            temporal = await self._check_temporal()
            found = await check_aws(self._calls, platform, request)
        return found.after(temporal)


async def check_aws(calls: SageMakerCalls, platform: Platform, request: CheckPlatformRequest) -> PlatformCheck:
    """Check the AWS side of a platform with what this process has: credentials, network, clock.

    Args:
        calls: Reaches AWS.
        platform: What to check.
        request: What the permissions are meant for: without pipelines and jobs, what the platform names.
    """
    pipelines: Sequence[str] = request.pipelines
    jobs: Sequence[str] = request.jobs
    identity = await _ask(calls, platform, GET_CALLER_IDENTITY)
    listed = await _ask(calls, platform, LIST_PIPELINES, MaxResults=1)
    expires_at = await _expires_at(calls, platform)
    place = _place(platform, identity, listed)
    checks = [
        check_credentials(platform, identity, listed, expires_at),
        check_sagemaker(platform, listed),
        check_clock(listed, identity),
    ]
    with_pipelines = bool(pipelines) or not jobs
    if with_pipelines:
        checks.append(check_listing(listed))
    if not pipelines and not jobs:
        pipelines = (platform.allowed_pipelines or ())[:MAX_PATTERNS]
        jobs = platform.allowed_jobs or ()
    if listed.came_from_aws and not listed.lacks_credentials:
        questions = PermissionQuestions(calls, platform)
        if with_pipelines:
            checks += await PermissionProbes(questions, place).check(pipelines)
        if request.deployments:
            checks += await check_deployments(questions, place, pipelines)
        if request.approvals:
            checks += await check_gates(questions, place)
        checks += await check_jobs(questions, place, jobs)
    return PlatformCheck(
        platform=platform.name,
        checked_at=datetime.now(UTC),
        region=listed.region,
        auth_method=platform.auth.method,
        account=identity.response.get("Account"),
        identity=identity.response.get("Arn"),
        credentials_expire_at=expires_at,
    ).after(checks)


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
