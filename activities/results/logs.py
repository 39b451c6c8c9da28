"""The last lines of a job's log in CloudWatch."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.resources.members import entries, moment, pages, text
from activities.resources.operations import FILTER_LOG_EVENTS
from activities.results.jobs import Job, JobDescription, instances_of
from activities.results.patience import ReadingCalls
from activities.results.reasons import is_exception
from contract.steps import MAX_LOG_LINE_CHARS, MAX_LOG_LINES

MAX_LINES_READ: Final = 200
"""Of all instances together; the container that failed first may have been silent while the others went on."""

MAX_PAGES: Final = 5
"""A page may be empty although there are more (API reference of FilterLogEvents)."""

NEWEST_FIRST_SINCE_MILLISECONDS: Final = 1_704_067_200_000
"""2024-01-01: what `startFromHead=False` needs as startTime (API reference of FilterLogEvents)."""


async def read_log_tail(calls: ReadingCalls, platform: Platform, job: Job, description: JobDescription) -> list[str]:
    """Read the last lines of a job's log, oldest first; none for a job without a log.

    A job of several instances has a stream for each. Where some of them show an exception, the lines of the one that
    raised first are returned: the others fail because it is gone.

    Raises:
        AwsError: AWS refused, for example for a missing permission or log group, or could not be asked.
    """
    if job.log_group is None:
        return []
    events = await _read(calls, platform, job, description)
    failing = _failing_stream(events)
    lines = [_line(event) for event in events if failing is None or text(event, "logStreamName") == failing]
    return lines[-MAX_LOG_LINES:]


def _failing_stream(events: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the stream of the first exception; None where there is only one stream, or no exception."""
    streams = {text(event, "logStreamName") for event in events}
    raised = (text(event, "logStreamName") for event in events if is_exception(_line(event)))
    return next(raised, None) if len(streams) > 1 else None


async def _read(
    calls: ReadingCalls, platform: Platform, job: Job, description: JobDescription
) -> list[Mapping[str, Any]]:
    """Read the last events of all streams, oldest first."""
    is_one = instances_of(description) == 1
    limit = MAX_LOG_LINES if is_one else MAX_LINES_READ
    request: dict[str, Any] = {
        "logGroupName": job.log_group,
        **({"logStreamNamePrefix": job.log_stream_prefix} if job.log_stream_prefix else {}),
        "startTime": _created(description),
        "startFromHead": False,
        "limit": limit,
    }
    newest_first: list[Mapping[str, Any]] = []
    pages_left = MAX_PAGES

    async def page_at(token: Mapping[str, str]) -> Mapping[str, Any]:
        page: Mapping[str, Any] = await calls.call(
            platform, FILTER_LOG_EVENTS, priority=Priority.POLL, resource=job.arn, **request, **token
        )
        return page

    async for page in pages(page_at, "nextToken"):
        newest_first += entries(page, "events")
        pages_left -= 1
        if len(newest_first) >= limit or not pages_left:
            break
    return newest_first[:limit][::-1]


def _created(description: JobDescription) -> int:
    created = moment(description, "CreationTime")
    # A minute earlier: the two services' clocks need not agree.
    milliseconds = round((created.timestamp() - 60) * 1000) if created else 0
    return max(milliseconds, NEWEST_FIRST_SINCE_MILLISECONDS)


def _line(event: Mapping[str, Any]) -> str:
    return (text(event, "message") or "").rstrip()[:MAX_LOG_LINE_CHARS]
