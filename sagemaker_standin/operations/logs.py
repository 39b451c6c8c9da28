from collections.abc import Iterator

from sagemaker_standin import texts
from sagemaker_standin.errors import AwsError
from sagemaker_standin.jobs import Job, log_group, log_stream
from sagemaker_standin.operations.backend import Backend, Call
from sagemaker_standin.state import JsonObject

# CloudWatch Logs' default and limit for one answer (botocore 1.44.5 service model, EventsLimit).
_MOST_EVENTS = 10_000
# 2024-01-01 in milliseconds: what `startFromHead: false` needs as startTime (botocore 1.44.5 service model).
_NEWEST_FIRST_SINCE = 1_704_067_200_000


def filter_log_events(backend: Backend, call: Call) -> JsonObject:
    """FilterLogEvents: the events of all streams with a prefix, oldest first unless asked otherwise; one page."""
    request = call.request
    newest_first = request.get("startFromHead") is False
    if newest_first and request.get("startTime", 0) < _NEWEST_FIRST_SINCE:
        raise AwsError("InvalidParameterException", texts.NEWEST_FIRST_NEEDS_START)
    prefix, names = request.get("logStreamNamePrefix", ""), request.get("logStreamNames")
    streams = [
        job
        for job in _jobs_of_group(backend, request["logGroupName"])
        if log_stream(job).startswith(prefix) and (names is None or log_stream(job) in names)
    ]
    events = sorted((event for job in streams for event in _events(backend, call, job)), key=_timestamp)
    if newest_first:
        events.reverse()
    return {"events": events[: request.get("limit", _MOST_EVENTS)]}


def get_log_events(backend: Backend, call: Call) -> JsonObject:
    """GetLogEvents: the latest events of one stream, oldest first; everything in one page."""
    request = call.request
    for job in _jobs_of_group(backend, request["logGroupName"]):
        if log_stream(job) == request["logStreamName"]:
            events = list(_events(backend, call, job))
            limit = request.get("limit", _MOST_EVENTS)
            chosen = events[:limit] if request.get("startFromHead") else events[-limit:]
            return {"events": chosen, "nextForwardToken": "f/end", "nextBackwardToken": "b/end"}
    raise AwsError("ResourceNotFoundException", texts.LOG_STREAM_NOT_FOUND)


def _jobs_of_group(backend: Backend, group: str) -> list[Job]:
    jobs = [job for job in backend.world.jobs.values() if log_group(job.resource) == group and job.log]
    if not jobs:
        raise AwsError("ResourceNotFoundException", texts.LOG_GROUP_NOT_FOUND)
    return jobs


def _events(backend: Backend, call: Call, job: Job) -> Iterator[JsonObject]:
    request, clock = call.request, backend.world.clock
    for number, (at, line) in enumerate(job.log_events(call.now)):
        milliseconds = round(clock.real(at) * 1000)
        if request.get("startTime", 0) <= milliseconds < request.get("endTime", milliseconds + 1):
            yield {
                "logStreamName": log_stream(job),
                "timestamp": milliseconds,
                "ingestionTime": milliseconds,
                "message": line,
                "eventId": f"{job.name}/{number}",
            }


def _timestamp(event: JsonObject) -> int:
    return int(event["timestamp"])
