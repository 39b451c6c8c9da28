"""Events as they come to workers over minutes: they prove themselves, and are lost; four processes share a queue."""

import time
from contextlib import ExitStack
from pathlib import Path

from activities.aws.event_queue import EventQueue
from activities.aws.platforms import Platform
from activities.resources.table import PIPELINE_EXECUTION
from tests.events.receiving import worker
from tests.events.test_runs import FREQUENT_POLLS_SECONDS, RARE_POLLS_SECONDS, SLACK_SECONDS, Sending, sending
from tests.long import only_when_long
from tests.workflows.stage import until
from worker.local.worker_process import WorkerProcess, embedded_environment

__all__ = ["sending"]

RECONCILE_SECONDS = 30.0
PROVING_RUNS = 24
WATCHED_SECONDS = 1500
"""Simulated: long enough for a poll at the usual interval, after which the watch rests on events."""


@only_when_long
async def test_a_lost_event_costs_no_more_than_the_stretched_interval(sending: Sending, tmp_path: Path) -> None:
    """And brings the usual interval back, so that the next one costs no more than that."""
    stage, file = sending.stage, tmp_path / "platforms.toml"
    file.write_text(
        f'[platforms.default]\nregion = "us-east-1"\nendpoint_url = "{stage.standin.url}"\n'
        f'[platforms.default.events]\nqueue_url = "{sending.queue_url}"\nreconcile_interval = {RECONCILE_SECONDS}\n'
    )
    platform = Platform(region="us-east-1", events=EventQueue(queue_url=sending.queue_url))
    settings = {"platforms_file": file, "poll_interval": FREQUENT_POLLS_SECONDS}
    async with worker(stage, sending.queue_url, **settings) as wake_ups:
        await sending.runs(PROVING_RUNS, seconds=WATCHED_SECONDS)
        record = wake_ups.record(platform, PIPELINE_EXECUTION)
        assert record is not None
        assert record.replaces_polls
        sending.set(lost=1.0)
        stretched = await sending.runs(seconds=WATCHED_SECONDS)
        assert RECONCILE_SECONDS / 2 < stretched < RECONCILE_SECONDS * 1.1 + SLACK_SECONDS
        await until(lambda: not record.replaces_polls)
        assert await sending.runs() < FREQUENT_POLLS_SECONDS + SLACK_SECONDS


@only_when_long
async def test_four_processes_share_a_queue(sending: Sending, tmp_path: Path) -> None:
    """Each end comes by event, whichever process SQS gives the message to."""
    stage = sending.stage
    address = stage.client.service_client.config.target_host
    settings = {
        "task_queue": stage.task_queue,
        "events_queue_url": sending.queue_url,
        "poll_interval": RARE_POLLS_SECONDS,
    }
    environment = embedded_environment(address, stage.standin.url, settings)
    with ExitStack() as running:
        for number in range(4):
            process = WorkerProcess(tmp_path / f"worker-{number}.log", environment)
            running.callback(process.kill)
            process.start()
        began = time.monotonic()
        await sending.runs(12)
        assert time.monotonic() - began < RARE_POLLS_SECONDS / 2
