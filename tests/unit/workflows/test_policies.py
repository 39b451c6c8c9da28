"""Timeouts, retries and waits."""

import json
from datetime import timedelta

import pytest

from workflows.policies import MAX_SUMMARY_BYTES, check_wait, quota_wait, short_activity, watch_activity


@pytest.mark.parametrize(("refusals", "seconds"), [(1, 60), (2, 120), (4, 240), (5, 300), (6, 300), (100_000, 300)])
def test_the_wait_for_quota_grows_up_to_five_minutes(refusals: int, seconds: int) -> None:
    """As the contract says."""
    assert quota_wait(refusals) == timedelta(seconds=seconds)


def test_no_activity_gives_up_by_count_or_total_time() -> None:
    """An execution costs money while nobody follows it, so only a final error ends an activity."""
    for options in (short_activity("Start"), watch_activity("Watch", task_queue="q-watch", heartbeat_timeout=5)):
        policy = options["retry_policy"]
        assert policy is not None
        assert policy.maximum_attempts == 0
        assert options.get("schedule_to_close_timeout") is None
        assert options["heartbeat_timeout"] is not None


def test_a_watch_outlives_the_longest_execution() -> None:
    """AWS's quota is 672 hours, and a stop may take hours on top."""
    options = watch_activity("Watch", task_queue="q-watch", heartbeat_timeout=5)
    assert options["start_to_close_timeout"] is not None
    assert options["start_to_close_timeout"] > timedelta(hours=672)
    assert (options["task_queue"], options["heartbeat_timeout"]) == ("q-watch", timedelta(seconds=5))


@pytest.mark.parametrize("character", ["a", "☃", "走", '"', "\n", "😀", "\ud800"])
def test_summaries_are_cut_to_temporals_limit(character: str) -> None:
    """In bytes of JSON: the server refuses a longer one, and the workflow task would fail for ever."""
    for options in (
        short_activity(character * 500),
        watch_activity(character * 500, task_queue="q", heartbeat_timeout=5),
    ):
        size = len(json.dumps(options["summary"], ensure_ascii=False).encode())
        assert MAX_SUMMARY_BYTES - 8 < size <= MAX_SUMMARY_BYTES


def test_checks_after_a_stop_become_rare() -> None:
    """A step may hold up a stop for days, and each check is an activity in the history."""
    assert [check_wait(checks) / timedelta(minutes=1) for checks in (0, 1, 2, 3, 4, 5, 10_000)] == [
        15, 30, 60, 120, 240, 240, 240,
    ]  # fmt: skip
