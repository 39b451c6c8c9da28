"""Log events as an operator's collector gets them."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from worker.printable import printable

RUN_IDS = {"workflow_id": "run-1", "run_id": "01a1", "workflow_type": "SageMakerPipelineRun", "task_queue": "sagemaker"}


def logged(*arguments: str, **settings: str) -> str:
    """What the process writes to stderr; it writes nothing to stdout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POLYSYNC_")}
    process = subprocess.run(  # noqa: S603 — ourselves
        [sys.executable, "-m", "tests.observability.logging_process", *arguments],
        env={**environment, **{f"POLYSYNC_SAGEMAKER_{name}": value for name, value in settings.items()}},
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    assert process.stdout == ""
    return process.stderr


def without_timestamp(event: dict[str, Any]) -> dict[str, Any]:
    """The event, whose timestamp is UTC."""
    assert event.pop("timestamp").endswith("Z")
    return event


def test_events_are_json_lines_with_temporals_ids() -> None:
    """Whole events: ids flat, one line each, nothing below the level and nothing of boto's requests."""
    *events, failure = [without_timestamp(json.loads(line)) for line in logged().splitlines()]
    assert events == [
        {
            "event": "worker.started",
            "level": "info",
            "logger": "worker.service",
            "task_queues": ["sagemaker"],
            "pid": 7,
        },
        {
            "event": "pipeline_execution.poll_failed",
            "level": "warning",
            "logger": "worker.service",
            "kind": "Throttled",
            **RUN_IDS,
            "activity_type": "start_pipeline_execution",
            "attempt": 3,
        },
        {
            "event": "run.closed",
            "level": "info",
            "logger": "temporalio.workflow",
            "status": "Success",
            **RUN_IDS,
            "attempt": 1,
        },
        {"event": "from someone.else", "level": "info", "logger": "someone.else"},
    ]
    assert (failure["event"], failure["level"]) == ("worker.stumbled", "error")
    assert (failure["exception"][0]["exc_type"], failure["exception"][0]["exc_value"]) == ("ValueError", "no")


@pytest.mark.parametrize(
    ("level", "first"), [("DEBUG", "worker.dreamt"), ("WARNING", "pipeline_execution.poll_failed")]
)
def test_the_level_is_a_setting(level: str, first: str) -> None:
    """The first event that is written."""
    assert json.loads(logged(LOG_LEVEL=level).splitlines()[0])["event"] == first


def test_lines_for_people() -> None:
    """The format of a terminal, without colours where none is."""
    first = logged(LOG_FORMAT="console").splitlines()[0]
    assert "worker.started" in first
    assert "pid=7" in first
    assert "\x1b[" not in first


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_control_character_of_a_text_is_logged(log_format: str) -> None:
    """Neither in a message, nor in a value at any depth, nor in a traceback: the log may go to a terminal."""
    written = logged("--hostile", LOG_FORMAT=log_format)
    assert "gnp.exe" in written
    assert printable(written) == written
