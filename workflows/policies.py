"""Timeouts and retries of every activity and timer, each with its reason."""

from datetime import timedelta
from typing import Final

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityConfig

MAX_SUMMARY_CHARS: Final = 200
"""Temporal's limit for a summary is 400 bytes."""

_RETRIES: Final = RetryPolicy(
    # Activities say themselves which error is final and when to try again after the others; this is for the rest:
    # lost workers and timeouts, which are never a reason to give up an execution that costs money.
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(seconds=60),
    maximum_attempts=0,
)


def short_activity(summary: str) -> ActivityConfig:
    """Options of a start, a describe or a stop; `summary` is what the Web UI shows."""
    return ActivityConfig(
        # A start reads the definition (10 s at most), waits for its turn (30 s), is sent, with new credentials once
        # more (25 s each), and looks once (20 s).
        start_to_close_timeout=timedelta(seconds=150),
        # A start or a stop whose worker was killed goes to another worker after this.
        heartbeat_timeout=timedelta(seconds=15),
        retry_policy=_RETRIES,
        summary=summary[:MAX_SUMMARY_CHARS],
    )


def watch_activity(summary: str, *, task_queue: str, heartbeat_timeout: float) -> ActivityConfig:
    """Options of a watch.

    Args:
        summary: What the Web UI shows.
        task_queue: The task queue of the watches.
        heartbeat_timeout: Seconds without a sign of life after which another worker takes over.
    """
    return ActivityConfig(
        task_queue=task_queue,
        # AWS ends an execution after 672 h (28 days, service quota); a stop that a step holds may add hours.
        start_to_close_timeout=timedelta(days=40),
        heartbeat_timeout=timedelta(seconds=heartbeat_timeout),
        retry_policy=_RETRIES,
        summary=summary[:MAX_SUMMARY_CHARS],
    )


def discovery_activity(summary: str) -> ActivityConfig:
    """Options of a discovery; `summary` is what the Web UI shows."""
    return ActivityConfig(
        # Thousands of pipelines in a pace of a few a second; the next attempt goes on where this one was.
        start_to_close_timeout=timedelta(hours=1),
        # A discovery whose worker was killed goes on in another worker after this.
        heartbeat_timeout=timedelta(seconds=15),
        retry_policy=_RETRIES,
        summary=summary[:MAX_SUMMARY_CHARS],
    )


def check_activity(summary: str) -> ActivityConfig:
    """Options of a platform check; `summary` is what the Web UI shows."""
    return ActivityConfig(
        # Some calls one after the other; where nothing answers, each gives up after 25 s at the most.
        start_to_close_timeout=timedelta(minutes=5),
        # A check whose worker was killed is made by another worker after this.
        heartbeat_timeout=timedelta(seconds=15),
        retry_policy=_RETRIES,
        summary=summary[:MAX_SUMMARY_CHARS],
    )


QUOTA_FIRST_WAIT: Final = timedelta(seconds=60)
QUOTA_LONGEST_WAIT: Final = timedelta(minutes=5)


def quota_wait(refusals: int) -> timedelta:
    """Wait for a quota: 60 s after the first refusal, then longer each time, up to 5 minutes.

    Short enough to take a freed place soon, long enough not to spend the request rate on asking.
    """
    return min(QUOTA_FIRST_WAIT * refusals, QUOTA_LONGEST_WAIT)
