"""Timeouts and retries of every activity and timer, each with its reason."""

import json
from datetime import timedelta
from typing import Final

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig

MAX_SUMMARY_BYTES: Final = 300
"""Of a summary as JSON: Temporal limits the whole payload to 400 bytes (`limit.userMetadataSummarySize`)."""

_HEARTBEAT: Final = timedelta(seconds=15)
"""A short activity whose worker was killed goes to another worker after this."""

_RETRIES: Final = RetryPolicy(
    # Activities say which of their errors is final and when to retry after the others; this policy is for what remains:
    # lost workers and timeouts, which are never a reason to give up an execution that costs money.
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(seconds=60),
    maximum_attempts=0,
)


def short_activity(summary: str) -> ActivityConfig:
    """Options of a start, a describe, a resumption or a stop; `summary` is what the Web UI shows."""
    # A start reads the definition (10 s at most), waits for its turn (30 s), is sent, with new credentials once more
    # (25 s each), and polls once (20 s). A stop makes up to three calls; its turns come first.
    return _options(summary, timedelta(seconds=150))


def job_start_activity(summary: str) -> ActivityConfig:
    """Options of the start of a job; `summary` is what the Web UI shows."""
    # As the start of an execution, and after a refused create the name is described for up to a minute.
    return _options(summary, timedelta(seconds=240))


def deployment_activity(summary: str) -> ActivityConfig:
    """Options of the activities of a deployment; `summary` is what the Web UI shows."""
    # Each call waits for its turn (30 s) and for its answer (25 s); an update describes up to 20 versions before.
    return _options(summary, timedelta(minutes=15))


def discovery_activity(summary: str) -> ActivityConfig:
    """Options of a discovery; `summary` is what the Web UI shows."""
    # Thousands of pipelines at a few a second; the next attempt goes on where the last one was.
    return _options(summary, timedelta(hours=1))


def check_activity(summary: str) -> ActivityConfig:
    """Options of a platform check; `summary` is what the Web UI shows."""
    # Some calls one after the other; where nothing answers, each gives up after 25 s at the most.
    return _options(summary, timedelta(minutes=5))


def watch_activity(summary: str, *, task_queue: str, heartbeat_timeout: float) -> ActivityConfig:
    """Options of a watch.

    Args:
        summary: What the Web UI shows.
        task_queue: The task queue of the watches.
        heartbeat_timeout: Seconds without a heartbeat after which another worker takes over.
    """
    # AWS ends an execution after 672 h (28 days, service quota); a stop that a step holds up may add hours.
    options = _options(summary, timedelta(days=40), timedelta(seconds=heartbeat_timeout))
    options["task_queue"] = task_queue
    return options


def _options(summary: str, start_to_close: timedelta, heartbeat: timedelta = _HEARTBEAT) -> ActivityConfig:
    return ActivityConfig(
        start_to_close_timeout=start_to_close,
        heartbeat_timeout=heartbeat,
        retry_policy=_RETRIES,
        summary=bounded_summary(summary),
    )


def bounded_summary(text: str) -> str:
    """Cut a summary to what the server takes: it refuses a longer one, and the workflow task would fail for ever."""
    text = text[:MAX_SUMMARY_BYTES].encode(errors="replace").decode()
    while len(json.dumps(text, ensure_ascii=False).encode()) > MAX_SUMMARY_BYTES:
        text = text[:-1]
    return text


QUOTA_FIRST_WAIT: Final = timedelta(seconds=60)
QUOTA_LONGEST_WAIT: Final = timedelta(minutes=5)


def quota_wait(refusals: int) -> timedelta:
    """Return the wait for a quota: 60 s after the first refusal, then longer each time, up to 5 minutes.

    Short enough to take a freed place soon, long enough not to spend the request rate on starts that are refused.
    """
    return min(QUOTA_FIRST_WAIT * refusals, QUOTA_LONGEST_WAIT)


FIRST_CHECK: Final = timedelta(minutes=15)
"""Longer than a watch may read the results of an execution that has ended (10 minutes)."""
LONGEST_CHECK: Final = timedelta(hours=4)


def check_wait(checks: int) -> timedelta:
    """Return the wait before the next check of an execution that was stopped and whose watch has not returned.

    It doubles from 15 minutes to 4 hours: a step may hold up a stop for days, and each check is an activity in the
    history.
    """
    return min(FIRST_CHECK * (1 << min(checks, 8)), LONGEST_CHECK)
