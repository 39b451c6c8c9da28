"""Temporal's clients for TypeScript, Go and Java, unchanged from their registries, against the embedded stack."""

import json
import subprocess
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.clients.toolchains import LANGUAGES, SOURCES, client_command
from tests.e2e.command import Commands, until
from worker.local.stack import Stack

LIMIT_SECONDS = 200
ZONE = "Europe/Berlin"

# One process has them all, since the clients are built into folders that processes would share. A cold build of one
# takes a minute, and longer on a busy machine.
pytestmark = [pytest.mark.xdist_group("clients"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An embedded stack with a fast clock."""
    folder = tmp_path_factory.mktemp("stack")
    with Stack(folder, clock_scale=600, settings={"poll_interval": 1}) as running:
        yield running.start()


@pytest.fixture(scope="module", params=LANGUAGES)
def command(request: pytest.FixtureRequest) -> list[str]:
    """The command that runs the client of a language."""
    assert request.config.cache is not None
    return client_command(request.param, request.config.cache)


@pytest.fixture(scope="module")
def told(command: list[str], stack: Stack) -> Any:
    """What the client saw."""
    arguments = [stack.temporal.address, "sagemaker", f"client-{uuid.uuid4().hex[:8]}"]
    ended = subprocess.run(  # noqa: S603 — our own programs
        [*command, *arguments], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def test_a_run_is_started_in_the_callers_spelling_and_its_result_read(told: Any) -> None:
    """The result is one document with snake_case keys and enums as strings."""
    result = told["finished"]
    assert (result["status"], result["sagemaker_status"], result["phase"]) == ("Success", "Succeeded", "Closed")
    assert result["run_id"].startswith("arn:aws:sagemaker:us-east-1:")
    assert result["monitor_url"].endswith(f"#/pipelines/quick-check/executions/{result['run_id']}")


def test_a_run_is_queried_and_cancelled_by_signal(told: Any) -> None:
    """The signal's reason reaches the history of the run, and the execution is stopped."""
    assert told["running"]["sagemaker_status"] == "Executing"
    cancelled = told["cancelled"]
    assert (cancelled["status"], cancelled["sagemaker_status"]) == ("Cancelled", "Stopped")
    assert cancelled["run_id"] == told["running"]["run_id"]
    assert any("not today" in entry["why"] for entry in cancelled["history"])


def test_a_failure_has_its_type_and_the_run_document(told: Any) -> None:
    """Callers branch on the type and read the document from the details, or query it afterwards."""
    failure = told["failed"]
    assert failure["type"] == "PipelineExecutionFailed"
    (document,) = failure["details"]
    assert (document["status"], document["sagemaker_status"]) == ("Failed", "Failed")
    assert told["afterwards"] == document


def test_a_failed_run_waits_for_an_update_that_decides(told: Any) -> None:
    """The update's answer is read, and the run fails with its document; an update that does not fit is refused."""
    assert told["decision"]["attempt"] is None
    assert told["decision"]["message"].startswith("The run fails: Train: AlgorithmError: out of memory")
    assert told["givenUp"]["type"] == "PipelineExecutionFailed"
    (document,) = told["givenUp"]["details"]
    assert document["status"] == "Failed"
    assert any("no use" in entry["why"] for entry in document["history"])
    assert told["refusedUpdate"]["type"] == "NotWaiting"


def test_bad_input_fails_at_once_with_the_field(told: Any) -> None:
    """A misspelled field is named, with those that there are."""
    refusal = told["refused"]
    assert (refusal["type"], refusal["nonRetryable"]) == ("InvalidInput", True)
    assert "PipelineNme: unknown field; known fields: pipeline_name, platform" in refusal["message"]


def test_a_platform_is_checked_without_input(told: Any) -> None:
    """Polysync's "Test connectivity"."""
    assert (told["check"]["ok"], told["check"]["platform"]) == (True, "default")


def test_a_schedule_of_another_client_works_the_same(told: Any, stack: Stack) -> None:
    """The commands show, list, pause, backfill, take over and delete a schedule that TypeScript's client made."""
    if "schedule" not in told:
        pytest.skip("only the client for TypeScript makes a schedule")
    name, commands = told["schedule"], Commands(stack)

    def shown() -> Any:
        return commands("schedule", "show", name, "--json").document

    view = shown()
    assert (view["when"], view["time_zone"], view["what"]) == (["calendar(minute 0, hour 2)"], ZONE, "quick-check")
    assert (view["overlap"], len(view["next"]), view["unreadable"]) == ("buffer-all", 5, None)
    assert until(lambda: name in commands("schedule", "list").out)
    assert commands("schedule", "pause", name, "--note", "holidays").code == 0
    assert (shown()["paused"], shown()["note"]) == (True, "holidays")
    night = (datetime.now(ZoneInfo(ZONE)) - timedelta(days=1)).replace(hour=2, minute=0, second=0, microsecond=0)
    # The embedded server keeps closed runs for a day, so that only --all takes a night that may be older.
    bounds = ("--from", night.isoformat(), "--to", night.isoformat(), "--all", "--json")
    assert commands("schedule", "backfill", name, *bounds).document["started"] == 1
    until(lambda: [run["status"] for run in shown()["last"]] == ["Success"])
    (run,) = shown()["last"]
    assert datetime.fromisoformat(run["scheduled_time"]) == night
    arn = commands("status", run["workflow_id"], "--json").document["run"]["run_id"]
    (execution,) = [each for each in stack.standin.executions() if each["execution_arn"] == arn]
    assert execution["parameters"]["Seconds"] == f"{night:%d}"
    applied = commands("schedule", "apply", name, "quick-check", "--when", "@daily", "--active").out
    assert "  ~ when: calendar(minute 0, hour 2) -> @daily\n" in applied
    assert "  - input.parameters\n" in applied
    assert "pipeline_name" not in applied.lower()
    assert commands("schedule", "delete", name).code == 0


def test_the_lock_file_names_no_registry() -> None:
    """Where packages come from is the machine's own configuration."""
    lock = json.loads((SOURCES / "typescript" / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert [package for package in packages if "resolved" in package or "integrity" not in package] == []
