"""One attempt of an activity, as Temporal's own test environment runs it."""

import dataclasses
from datetime import timedelta
from typing import Any

from temporalio.testing import ActivityEnvironment


def attempt(
    number: int = 1,
    *left_behind: object,
    heartbeat_timeout: float | None = None,
    activity_type: str = "unknown",
    seconds_after_first: float = 0.0,
) -> ActivityEnvironment:
    """An environment for attempt `number`, whose predecessor left these heartbeat details.

    Temporal counts attempts from 1 again after a reset; the first attempt was scheduled `seconds_after_first` before.
    """
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(
        environment.info,
        attempt=number,
        activity_type=activity_type,
        current_attempt_scheduled_time=environment.info.scheduled_time + timedelta(seconds=seconds_after_first),
        heartbeat_details=list(left_behind),
        heartbeat_timeout=None if heartbeat_timeout is None else timedelta(seconds=heartbeat_timeout),
    )
    return environment


def beats_of(environment: ActivityEnvironment) -> list[Any]:
    """The heartbeats' details, as they come."""
    beats: list[Any] = []

    def beat(details: Any) -> None:
        beats.append(details.model_copy() if hasattr(details, "model_copy") else details)

    environment.on_heartbeat = beat
    return beats
