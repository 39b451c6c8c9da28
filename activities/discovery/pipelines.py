"""Discovering pipelines: listed, described in parallel with the lowest priority, and returned as Polysync Jobs."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Iterable, Mapping
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
from activities.discovery.page import Found, Page, Progress, size_of
from activities.models import DiscoverRequest
from activities.resources.members import entries, moment, number, pages, table, text
from activities.resources.operations import DESCRIBE_PIPELINE, LIST_PIPELINES, Operation
from activities.retrying import retrying
from activities.watching.heartbeats import heartbeating
from contract.arns import PipelineReference
from contract.declarations import read_declarations
from contract.discovery import Continuation, Job, PipelineDiscovery, PipelineProblem, ProblemType
from contract.failures import FailureType
from contract.names import ActivityType

log = structlog.get_logger(__name__)

DESCRIBED_AHEAD: Final = 16
"""Describes in flight while the first of them, in the order of the names, is awaited."""

MAX_OUTAGES: Final = 5
"""Lost answers of one call before it is an error: a longer outage is left to Temporal's retries."""

OUTAGE_DELAY_SECONDS: Final = 0.2
"""Before a call is made again for the first time; longer each time."""

LIST_PAGE: Final = 100
"""The largest page of ListPipelines: botocore's service model."""

MAX_PROBLEM_CHARS: Final = 600


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

        async def read(token: Mapping[str, str]) -> Mapping[str, Any]:
            return await self._ask(platform, LIST_PIPELINES, **request, **token)

        try:
            async for page in pages(read):
                for summary in entries(page, "PipelineSummaries"):
                    # Whether AWS's prefix heeds upper and lower case is not published: both are taken.
                    name = text(summary, "PipelineName") or ""
                    if name.lower().startswith(prefix.lower()) and _is_admitted(platform, name):
                        listed[name] = summary
        except AwsError as error:
            raise to_application_error(error, attempt=activity.info().attempt) from None

    async def _describe(self, platform: Platform, request: DiscoverRequest, listed: dict[str, Any], page: Page) -> None:
        """Describe the page's pipelines until there is no more of them, or no more room."""
        behind = max(request.after, page.last_pipeline)
        names = [name for name in sorted(listed) if name > behind]
        if request.page_size is not None:
            names = names[: max(request.page_size - len(page.jobs), 0)]
        under_way = (self._find(platform, name, listed[name]) for name in names)
        async with aclosing(_in_order(under_way)) as all_found:
            async for found in all_found:
                if not page.take(found):
                    return

    async def _find(self, platform: Platform, name: str, summary: Mapping[str, Any]) -> Found:
        """Describe one pipeline; whatever is wrong with it is a problem of this one."""
        try:
            found = await self._found(platform, name, summary)
            size_of(found)
        except (ValueError, TypeError) as error:
            # Its text may quote the definition.
            why = f"AWS's description of it cannot be read: {type(error).__name__}"
            return Found(name, problem=_problem(name, ProblemType.DEFINITION_UNREADABLE, why))
        return found

    async def _found(self, platform: Platform, name: str, summary: Mapping[str, Any]) -> Found:
        try:
            described = await self._ask(platform, DESCRIBE_PIPELINE, PipelineName=name)
        except AwsError as error:
            kind = error.kind
            if kind is Kind.NOT_FOUND:
                return Found(name)
            if error.rule.is_platform_wide:
                attempt = activity.info().attempt
                not_found = FailureType.PIPELINE_NOT_FOUND
                raise to_application_error(error, attempt=attempt, not_found=not_found) from None
            problem_type = ProblemType.ACCESS_DENIED if kind is Kind.ACCESS else ProblemType.AWS_REFUSED
            return Found(name, _job(name, summary), _problem(name, problem_type, error.explanation))
        job = _job(name, {**summary, **described})
        try:
            # In a thread: a definition has up to 1 MiB.
            declared = await asyncio.to_thread(read_declarations, text(described, "PipelineDefinition") or "")
        except ValueError as error:
            return Found(name, job, _problem(name, ProblemType.DEFINITION_UNREADABLE, str(error)))
        job.parameters = list(declared.parameters)
        if declared.problems:
            unread = f"Left out: {'; '.join(declared.problems)}"
            return Found(name, job, _problem(name, ProblemType.DEFINITION_UNREADABLE, unread))
        return Found(name, job)

    async def _ask(self, platform: Platform, operation: Operation, **request: Any) -> Mapping[str, Any]:
        """Call AWS with the lowest priority, again through throttling and a short outage."""
        answer: Mapping[str, Any] = await retrying(
            lambda: self._calls.read(platform, operation, priority=Priority.BROWSE, **request), _pause_in_outage
        )
        return answer


def _pause_in_outage(error: Exception, outages: int) -> float | None:
    is_outage = isinstance(error, AwsError) and error.kind is Kind.UNAVAILABLE
    return OUTAGE_DELAY_SECONDS * outages if is_outage and outages <= MAX_OUTAGES else None


async def _in_order(finds: Iterable[Coroutine[Any, Any, Found]]) -> AsyncGenerator[Found, None]:
    """Run coroutines, some ahead of the others, and yield their results in order."""
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


def _is_admitted(platform: Platform, name: str) -> bool:
    try:
        return platform.admits(PipelineReference.parse(name))
    except ValueError:
        return False


def _job(name: str, known: Mapping[str, Any]) -> Job:
    """Return what a summary or a description says, without the parameters."""
    return Job(
        external_id=name,
        arn=text(known, "PipelineArn") or "",
        role_arn=text(known, "RoleArn"),
        display_name=text(known, "PipelineDisplayName"),
        description=text(known, "PipelineDescription"),
        status=text(known, "PipelineStatus"),
        created_at=_utc(known, "CreationTime"),
        last_modified_at=_utc(known, "LastModifiedTime"),
        # A summary calls it LastExecutionTime, a description LastRunTime.
        last_run_at=_utc(known, "LastRunTime") or _utc(known, "LastExecutionTime"),
        max_parallel_steps=number(table(known, "ParallelismConfiguration"), "MaxParallelExecutionSteps"),
    )


def _utc(known: Mapping[str, Any], member: str) -> datetime | None:
    time = moment(known, member)
    return time and time.astimezone(UTC)


def _problem(name: str, problem_type: ProblemType, message: str) -> PipelineProblem:
    return PipelineProblem(external_id=name, type=problem_type, message=message[:MAX_PROBLEM_CHARS])


def _next_token(request: DiscoverRequest, listed: Iterable[str], page: Page) -> str | None:
    last = max(request.after, page.last_pipeline)
    if not any(name > last for name in listed):
        return None
    return Continuation(platform=request.platform, name_prefix=request.name_prefix, after=last).token()
