"""The status table, and the history that a run document keeps."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.pipeline_document import STATUS_OF, TERMINAL_STATUSES, PipelineRunDocument, run_status
from contract.run import KEPT_FROM_THE_START, MAX_HISTORY, MAX_NOTE_CHARS, MAX_NOTES, HistoryEntry, Phase, RunStatus

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

TABLE = {
    "Executing": (RunStatus.RUNNING, False),
    "Stopping": (RunStatus.RUNNING, False),
    "Succeeded": (RunStatus.SUCCESS, True),
    "Failed": (RunStatus.FAILED, True),
    "CompletedWithFailures": (RunStatus.FAILED, True),
    "Stopped": (RunStatus.CANCELLED, True),
}
"""PipelineExecutionStatus, its status and whether it is an end: the contract's table."""


def test_every_status_of_aws_is_mapped() -> None:
    """The whole table, so that a change of one line is seen."""
    assert {raw: (run_status(raw), raw in TERMINAL_STATUSES) for raw in STATUS_OF} == TABLE
    assert STATUS_OF.keys() >= TERMINAL_STATUSES


@pytest.mark.parametrize("raw", [None, "", "Paused", "executing", "SUCCEEDED"])
def test_a_status_that_nobody_knows_is_unknown_and_no_end(raw: str | None) -> None:
    """Never a crash and never a success."""
    assert run_status(raw) is RunStatus.UNKNOWN
    assert raw not in TERMINAL_STATUSES


def test_a_change_is_recorded_once() -> None:
    """Neither the time nor the reason makes a change of what is the same."""
    document = PipelineRunDocument()
    document.record(NOON, "accepted")
    document.record(NOON + timedelta(seconds=1), "accepted again")
    document.phase = Phase.RUNNING
    document.sagemaker_status = "Executing"
    document.record(NOON + timedelta(seconds=2), "started")
    document.message = "not part of the history"
    document.record(NOON + timedelta(seconds=3), "started again")
    assert document.history == [
        HistoryEntry(at=NOON, phase=Phase.STARTING, status=RunStatus.RUNNING, why="accepted"),
        HistoryEntry(
            at=NOON + timedelta(seconds=2),
            phase=Phase.RUNNING,
            status=RunStatus.RUNNING,
            sagemaker_status="Executing",
            why="started",
        ),
    ]


def test_a_change_and_back_is_two_changes() -> None:
    """Only the last entry counts as the same."""
    document = PipelineRunDocument()
    for phase in (Phase.STARTING, Phase.WAITING_FOR_QUOTA, Phase.STARTING):
        document.phase = phase
        document.record(NOON, phase)
    assert [entry.phase for entry in document.history] == [Phase.STARTING, Phase.WAITING_FOR_QUOTA, Phase.STARTING]


@pytest.mark.parametrize("changes", [MAX_HISTORY, MAX_HISTORY + 1, 1000])
def test_a_long_history_keeps_its_beginning_and_its_end(changes: int) -> None:
    """How a run began and what it does now are what people look for."""
    document = PipelineRunDocument()
    for number in range(changes):
        document.sagemaker_status = str(number)
        document.record(NOON, "changed")
    first = list(range(KEPT_FROM_THE_START))
    newest = list(range(changes - (MAX_HISTORY - KEPT_FROM_THE_START), changes))
    assert [int(entry.sagemaker_status or "") for entry in document.history] == first + newest


def test_documents_of_other_versions_are_readable() -> None:
    """A caller's document may be older or newer than the reader."""
    assert PipelineRunDocument.model_validate({}) == PipelineRunDocument()
    assert PipelineRunDocument.model_validate(
        {"of_a_later_version": {"a": 1}, "status": "Success"}
    ) == PipelineRunDocument(status=RunStatus.SUCCESS)


def test_the_written_document_has_the_contracts_fields() -> None:
    """Names and values as other systems read them."""
    document = PipelineRunDocument(run_id="arn", sagemaker_status="Executing", started_at=NOON, phase=Phase.RUNNING)
    document.record(NOON, "started")
    assert json.loads(document.model_dump_json()) == {
        "run_id": "arn",
        "status": "Running",
        "sagemaker_status": "Executing",
        "message": None,
        "monitor_url": None,
        "platform": None,
        "region": None,
        "pipeline_name": None,
        "studio_url": None,
        "phase": "Running",
        "waits_until": None,
        "started_at": "2026-11-21T12:00:00Z",
        "ended_at": None,
        "scheduled_time": None,
        "schedule": None,
        "pipeline_version_id": None,
        "pipeline_version_aliases": [],
        "history": [
            {
                "at": "2026-11-21T12:00:00Z",
                "phase": "Running",
                "status": "Running",
                "sagemaker_status": "Executing",
                "why": "started",
            }
        ],
        "notes": [],
        "steps": [],
        "steps_left_out": 0,
        "progress": None,
        "gates": [],
        "gates_left_out": 0,
        "model_packages": [],
        "causes": [],
        "outputs": {},
        "billable_seconds": None,
        "attempts": [],
        "error": None,
        "caught": None,
    }


def test_notes_are_few_short_and_different() -> None:
    """They travel with every document."""
    document = PipelineRunDocument()
    for number in range(2 * MAX_NOTES):
        document.note("the same")
        document.note(f"{number} {'x' * 2 * MAX_NOTE_CHARS}")
    assert len(document.notes) == MAX_NOTES
    assert len(set(document.notes)) == MAX_NOTES
    assert max(map(len, document.notes)) == MAX_NOTE_CHARS


def test_the_documents_schema_has_its_closed_sets() -> None:
    """A reader in another language generates its enums from it."""
    definitions: dict[str, Any] = PipelineRunDocument.model_json_schema()["$defs"]
    assert definitions["RunStatus"]["enum"] == ["Running", "Success", "Failed", "Cancelled", "Unknown"]
    assert definitions["Phase"]["enum"] == [
        "Starting",
        "WaitingForQuota",
        "Running",
        "Stopping",
        "WaitingForRetry",
        "WaitingForDecision",
        "WaitingForApproval",
        "Closed",
    ]
