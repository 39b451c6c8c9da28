from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sagemaker_standin import texts
from sagemaker_standin.errors import AwsError
from sagemaker_standin.jobs.job import Job
from sagemaker_standin.jobs.streams import log_group, log_streams, written
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
        stream
        for stream in _streams(backend, request["logGroupName"])
        if stream.name.startswith(prefix) and (names is None or stream.name in names)
    ]
    events = sorted((event for stream in streams for event in _events(backend, call, stream)), key=_timestamp)
    if newest_first:
        events.reverse()
    return {"events": events[: request.get("limit", _MOST_EVENTS)]}


def get_log_events(backend: Backend, call: Call) -> JsonObject:
    """GetLogEvents: the latest events of one stream, oldest first; everything in one page."""
    request = call.request
    for stream in _streams(backend, request["logGroupName"]):
        if stream.name == request["logStreamName"]:
            events = list(_events(backend, call, stream))
            limit = request.get("limit", _MOST_EVENTS)
            chosen = events[:limit] if request.get("startFromHead") else events[-limit:]
            return {"events": chosen, "nextForwardToken": "f/end", "nextBackwardToken": "b/end"}
    raise AwsError("ResourceNotFoundException", texts.LOG_STREAM_NOT_FOUND)


@dataclass(frozen=True)
class _Stream:
    name: str
    job: Job
    lines: Sequence[str]


def _streams(backend: Backend, group: str) -> list[_Stream]:
    jobs = [job for job in backend.world.jobs.ever() if log_group(job) == group]
    streams = [_Stream(name, job, lines) for job in jobs for name, lines in log_streams(job)]
    if not streams:
        raise AwsError("ResourceNotFoundException", texts.LOG_GROUP_NOT_FOUND)
    return streams


def _events(backend: Backend, call: Call, stream: _Stream) -> Iterator[JsonObject]:
    request, clock = call.request, backend.world.clock
    for number, (at, line) in enumerate(written(stream.job, stream.lines, call.now)):
        milliseconds = round(clock.real(at) * 1000)
        if request.get("startTime", 0) <= milliseconds < request.get("endTime", milliseconds + 1):
            yield {
                "logStreamName": stream.name,
                "timestamp": milliseconds,
                "ingestionTime": milliseconds,
                "message": line,
                "eventId": f"{stream.name}/{number}",
            }


def _timestamp(event: JsonObject) -> int:
    return int(event["timestamp"])
