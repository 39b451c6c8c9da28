"""Discovering pipelines: listed, described in parallel behind everything else, and told as Polysync Jobs."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Iterable
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, to_application_error
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.discovery.page import Found, Page, Progress
from activities.models import DiscoverRequest
from activities.resources.operations import DESCRIBE_PIPELINE, LIST_PIPELINES, Operation
from activities.watching.heartbeats import heartbeating
from contract.declarations import read_declarations
from contract.discovery import Continuation, Job, PipelineDiscovery, PipelineProblem, ProblemType
from contract.failures import FailureType
from contract.names import ActivityType

log = structlog.get_logger(__name__)

DESCRIBED_AHEAD: Final = 16
"""Pipelines under way while the first of them, in the order of the names, is waited for."""

OUTAGES_PUT_UP_WITH: Final = 5
"""Answers of one call that never came, before it is an error: a longer outage is left to Temporal's retries."""

OUTAGE_DELAY_SECONDS: Final = 0.2
"""Before a call is made again for the first time; longer each time."""

LIST_PAGE: Final = 100
"""The most that ListPipelines gives at once: botocore 1.44.5 service model."""

MAX_PROBLEM_CHARS: Final = 600

ABOUT_ONE: Final = frozenset({Kind.ACCESS, Kind.INVALID, Kind.CONFLICT, Kind.UNKNOWN})
"""Kinds of error that may concern one pipeline only; the others would meet the next ones, too."""


class DiscoveryActivities:
    """The activity that finds pipelines."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls

    @activity.defn(name=ActivityType.DISCOVER)
    async def discover_pipelines(self, request: DiscoverRequest) -> PipelineDiscovery:
        """Find the pipelines of one page, in the order of their names.

        A pipeline that cannot be described, or whose definition cannot be read, comes with a problem; one that was
        deleted since it was listed is left out. A killed worker's successor goes on where the last heartbeat was.

        Raises:
            ApplicationError: Typed and retryable after `activities.aws.errors`, for what concerns all pipelines.
        """
        platform = self._calls.platforms[request.platform]
        limit = self._calls.limit(platform)
        page, listed = Page.resumed(), dict[str, Any]()

        def progress() -> Progress:
            return Progress(
                listed=len(listed),
                described=len(page.jobs),
                last_pipeline=page.last_pipeline,
                calls_per_second=round(limit.rate, 2) if limit.is_slowed else None,
                packed=page.packed(),
            )

        async with heartbeating(progress):
            try:
                await self._list(platform, request.name_prefix, listed)
                await self._describe(platform, request, listed, page)
            except ApplicationError:
                activity.heartbeat(progress())
                raise
        log.info("pipelines.discovered", platform=platform.name, jobs=len(page.jobs), listed=len(listed))
        return PipelineDiscovery(
            platform=platform.name,
            region=self._calls.region(platform),
            name_prefix=request.name_prefix,
            total=len(listed),
            jobs=page.jobs,
            problems=page.problems,
            next_token=_next_token(request, listed, page),
        )

    async def _list(self, platform: Platform, prefix: str, listed: dict[str, Any]) -> None:
        """List all pages into `listed`, by name."""
        request: dict[str, Any] = {"MaxResults": LIST_PAGE, "SortBy": "Name", "SortOrder": "Ascending"}
        # AWS's pattern for PipelineNamePrefix is that of a whole name, which does not end with a hyphen.
        if prefix:
            request["PipelineNamePrefix"] = prefix.rstrip("-")
        while True:
            try:
                answer = await self._ask(platform, LIST_PIPELINES, **request)
            except AwsError as error:
                raise to_application_error(error, attempt=activity.info().attempt) from None
            for summary in answer["PipelineSummaries"]:
                # Whether AWS heeds upper and lower case is not published: what it lists is believed.
                name = summary["PipelineName"]
                if name.lower().startswith(prefix.lower()) and platform.admits(name):
                    listed[name] = summary
            if not answer.get("NextToken"):
                return
            request["NextToken"] = answer["NextToken"]

    async def _describe(self, platform: Platform, request: DiscoverRequest, listed: dict[str, Any], page: Page) -> None:
        """Describe the page's pipelines until there is no more of them, or no more room."""
        behind = max(request.after, page.last_pipeline)
        names = [name for name in sorted(listed) if name > behind]
        if request.page_size is not None:
            names = names[: max(request.page_size - len(page.jobs), 0)]
        under_way = (self._find(platform, listed[name]) for name in names)
        async with aclosing(_in_order(under_way)) as all_found:
            async for found in all_found:
                if not page.take(found):
                    return

    async def _find(self, platform: Platform, summary: dict[str, Any]) -> Found:
        name = summary["PipelineName"]
        try:
            described = await self._ask(platform, DESCRIBE_PIPELINE, PipelineName=name)
        except AwsError as error:
            kind = error.kind
            if kind is Kind.NOT_FOUND:
                return Found(name)
            if kind not in ABOUT_ONE:
                attempt = activity.info().attempt
                not_found = FailureType.PIPELINE_NOT_FOUND
                raise to_application_error(error, attempt=attempt, not_found=not_found) from None
            problem_type = ProblemType.ACCESS_DENIED if kind is Kind.ACCESS else ProblemType.AWS_REFUSED
            return Found(name, _job(summary), _problem(name, problem_type, error.explanation))
        job = _job({**summary, **described})
        try:
            job.parameters = read_declarations(described.get("PipelineDefinition") or "")
        except ValueError as error:
            return Found(name, job, _problem(name, ProblemType.DEFINITION_UNREADABLE, str(error)))
        return Found(name, job)

    async def _ask(self, platform: Platform, operation: Operation, **request: Any) -> Any:
        """Ask AWS in the turns that nobody else needs, through throttling and a short outage."""
        outages = 0
        while True:
            try:
                return await self._calls.read(platform, operation, priority=Priority.BROWSE, **request)
            except AwsError as error:
                outages += 1
                if error.kind is not Kind.UNAVAILABLE or outages > OUTAGES_PUT_UP_WITH:
                    raise
            await asyncio.sleep(OUTAGE_DELAY_SECONDS * outages)


async def _in_order(finds: Iterable[Coroutine[Any, Any, Found]]) -> AsyncGenerator[Found, None]:
    """Run coroutines, some ahead of the others, and give what they find in their order."""
    window: deque[asyncio.Task[Found]] = deque()
    try:
        for find in finds:
            window.append(asyncio.create_task(find))
            if len(window) >= DESCRIBED_AHEAD:
                yield await window.popleft()
        while window:
            yield await window.popleft()
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


def _job(known: dict[str, Any]) -> Job:
    """Tell what a summary or a description says, without the parameters."""
    return Job(
        external_id=known["PipelineName"],
        arn=known["PipelineArn"],
        role_arn=known.get("RoleArn"),
        display_name=known.get("PipelineDisplayName"),
        description=known.get("PipelineDescription"),
        status=known.get("PipelineStatus"),
        created_at=_utc(known.get("CreationTime")),
        last_modified_at=_utc(known.get("LastModifiedTime")),
        # A summary calls it LastExecutionTime, a description LastRunTime.
        last_run_at=_utc(known.get("LastRunTime") or known.get("LastExecutionTime")),
        max_parallel_steps=(known.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps"),
    )


def _utc(time: datetime | None) -> datetime | None:
    return time and time.astimezone(UTC)


def _problem(name: str, problem_type: ProblemType, message: str) -> PipelineProblem:
    return PipelineProblem(external_id=name, type=problem_type, message=message[:MAX_PROBLEM_CHARS])


def _next_token(request: DiscoverRequest, listed: Iterable[str], page: Page) -> str | None:
    last = max(request.after, page.last_pipeline)
    if not any(name > last for name in listed):
        return None
    return Continuation(platform=request.platform, name_prefix=request.name_prefix, after=last).token()
