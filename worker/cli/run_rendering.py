"""A run on the screen: facts, steps, what came of it, history, and what it is waiting for."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from contract.pipeline_document import PipelineRunDocument
from contract.run import HistoryEntry, Phase, RunDocument
from worker.cli.connection import Connection
from worker.cli.outcome_rendering import decision, gates, outcome
from worker.cli.run_view import PendingActivity, RunView, Source
from worker.cli.screen import fact_lines, print_result, status_text
from worker.cli.step_rendering import EVENT_COLUMNS, progress_bar, timeline
from workflows.views import durations
from workflows.views.facts import (
    billable_text,
    caught_text,
    execution_label,
    job_facts,
    links,
    scheduled_text,
    version_text,
)

_HISTORY_SHOWN = 12
_STEPS_SHOWN = 100
_HEARTBEAT_NAMES = {"sagemaker_status": "last seen", "polls": "polls", "last_poll": "last poll", "trouble": "trouble"}


def print_run(view: RunView, connection: Connection, *, as_json: bool, with_history: bool) -> None:
    """Print a run to stdout, as one JSON document or for a person; see `run_screen`."""
    print_result(view, run_screen(view, connection, with_history=with_history), as_json=as_json)


def run_screen(view: RunView, connection: Connection, *, with_history: bool = True) -> RenderableType:
    """Everything that is known of a run, for a person; steps and history only if they have not been printed yet."""
    blocks: list[RenderableType] = [headline(view), *fact_lines(_facts(view))]
    if view.task_failure:
        blocks.append(Text(f"  Its workflow task fails and is tried again: {view.task_failure}", style="red"))
    elif view.source is Source.VISIBILITY:
        blocks.append(
            Text("  No worker answers, so this is only what Temporal itself keeps. The run is safe.", style="yellow")
        )
    if view.pending_activities:
        blocks += ["", Text("Waiting for", style="bold"), *map(_pending_lines, view.pending_activities)]
    if view.run and with_history:
        blocks += _steps(view.run)
        if view.run.history:
            blocks += ["", Text("What happened", style="bold"), *map(history_line, view.run.history[-_HISTORY_SHOWN:])]
    if view.run:
        blocks += [*outcome(view.run), *decision(view.run, view.workflow_id, connection)]
        blocks += gates(view.run, view.workflow_id, connection)
    return Group(*blocks)


def _steps(document: RunDocument) -> list[RenderableType]:
    if not isinstance(document, PipelineRunDocument) or not document.steps:
        return []
    bar = [progress_bar(document.progress)] if document.progress else []
    return ["", Text("Steps", style="bold"), *bar, *timeline(document, _STEPS_SHOWN)]


def headline(view: RunView) -> Text:
    """Which run it is, and how it is."""
    line = Text(view.workflow_id, style="bold")
    if view.status is not None:
        line.append(": ", style="").append_text(status_text(view.status))
    return line


def duration_text(start: datetime, end: datetime | None) -> str:
    """Write the time between two instants, or until now, such as `1:02:03` or `0:42`."""
    return durations.duration_text(start, end or datetime.now(UTC))


def history_line(entry: HistoryEntry) -> Text:
    """One change of phase or status."""
    what = entry.status if entry.phase is Phase.CLOSED else entry.phase
    return Text.assemble((f"  {entry.at:%H:%M:%S}  ", "dim"), (f"{what:<{EVENT_COLUMNS}}", "bold"), entry.why)


def job_line(at: datetime, how_far: str) -> Text:
    """How far a job is, in one line that begins as those of the history do."""
    return Text.assemble((f"  {at:%H:%M:%S}  ", "dim"), (f"{'Progress':<{EVENT_COLUMNS}}", "bold"), how_far)


def document_facts(document: RunDocument) -> list[tuple[str, Text]]:
    """The facts of a run document that are known, with their names."""
    times = None
    if document.started_at is not None:
        times = f"{document.started_at:%Y-%m-%d %H:%M:%S} UTC, {duration_text(document.started_at, document.ended_at)}"
    facts: list[tuple[str, Any]] = [
        ("Pipeline", document.pipeline_name if isinstance(document, PipelineRunDocument) else None),
        ("Version", version_text(document)),
        *job_facts(document).items(),
        ("Platform", document.platform and _with(document.platform, document.region)),
        ("Phase", document.phase),
        ("Until", document.waits_until and f"{document.waits_until:%Y-%m-%d %H:%M:%S} UTC"),
        ("SageMaker", document.sagemaker_status),
        # The causes stand in a section of their own.
        ("Message", None if document.causes else document.message),
        ("Error", document.error and document.error.name),
        ("Caught", caught_text(document)),
        (execution_label(document), document.run_id),
        *((name, page.url) for name, page in links(document).items()),
        ("Scheduled", scheduled_text(document)),
        ("Started", times),
        ("Billable", billable_text(document)),
        *(("Note", note) for note in document.notes),
    ]
    return [(name, Text(str(value))) for name, value in facts if value]


def _facts(view: RunView) -> list[tuple[str, Text]]:
    facts = document_facts(view.run) if view.run else []
    if view.failure is not None:
        facts = [fact for fact in facts if fact[0] != "Message"]
        told_below = view.run is not None and view.run.causes
        message = view.failure.type if told_below else f"{view.failure.type}: {view.failure.message}"
        facts.append(("Failure", Text(message, style="red")))
    facts.append(("Workflow", Text(view.workflow_status)))
    if view.web_ui_url:
        facts.append(("Web UI", Text(view.web_ui_url)))
    return facts


def _with(text: str, more: str | None) -> str:
    return f"{text} ({more})" if more else text


def _pending_lines(pending: PendingActivity) -> Text:
    line = Text(f"  {pending.activity}", style="bold")
    line.append(f"  {pending.state}, attempt {pending.attempt}", style="")
    if pending.next_attempt_at is not None:
        line.append(f", next at {pending.next_attempt_at:%H:%M:%S} UTC", style="")
    for name, value in _heartbeat(pending.heartbeat):
        line.append(f"\n    {name}: ", style="dim").append(value, style="")
    if pending.last_failure:
        line.append("\n    last failure: ", style="dim").append(pending.last_failure, style="red")
    return line


def _heartbeat(details: Any) -> Iterable[tuple[str, str]]:
    if isinstance(details, dict):
        for key, value in details.items():
            if value is not None:
                yield _HEARTBEAT_NAMES.get(key) or str(key), str(value)
