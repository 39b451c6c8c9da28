"""A run on the screen: facts, history, and what it is waiting for."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from contract.run_document import HistoryEntry, Phase, RunDocument
from worker.cli.run_view import PendingActivity, RunView, Source
from worker.cli.screen import fact_lines, status_text

_HISTORY_SHOWN = 12
_HEARTBEAT_NAMES = {"sagemaker_status": "last seen", "polls": "looks", "last_poll": "last look", "trouble": "trouble"}


def run_screen(view: RunView, *, with_history: bool = True) -> RenderableType:
    """Everything that is known of a run, for a person; the history only if it has not been told yet."""
    blocks: list[RenderableType] = [headline(view), *fact_lines(_facts(view))]
    if view.source is Source.VISIBILITY:
        blocks.append(
            Text("  No worker answers, so this is only what Temporal itself keeps. The run is safe.", style="yellow")
        )
    if view.pending_activities:
        blocks += ["", Text("Waiting for", style="bold"), *map(_pending_lines, view.pending_activities)]
    if with_history and view.run and view.run.history:
        blocks += ["", Text("What happened", style="bold"), *map(history_line, view.run.history[-_HISTORY_SHOWN:])]
    return Group(*blocks)


def headline(view: RunView) -> Text:
    """Which run it is, and how it is."""
    line = Text(view.workflow_id, style="bold")
    if view.status is not None:
        line.append(": ", style="").append_text(status_text(view.status))
    return line


def duration_text(start: datetime, end: datetime | None) -> str:
    """Write the time between two instants, or until now, such as `1:02:03` or `0:42`."""
    seconds = max(0, int(((end or datetime.now(UTC)) - start).total_seconds()))
    minutes, hours = seconds // 60 % 60, seconds // 3600
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def history_line(entry: HistoryEntry) -> Text:
    """One change of phase or status."""
    what = entry.status if entry.phase is Phase.CLOSED else entry.phase
    return Text(f"  {entry.at:%H:%M:%S}  ", style="dim").append(f"{what:<16}", style="bold").append(entry.why, "")


def document_facts(document: RunDocument) -> list[tuple[str, Text]]:
    """The facts of a run document that are known, with their names."""
    times = None
    if document.started_at is not None:
        times = f"{document.started_at:%Y-%m-%d %H:%M:%S} UTC, {duration_text(document.started_at, document.ended_at)}"
    facts: list[tuple[str, Any]] = [
        ("Pipeline", document.pipeline_name),
        ("Platform", document.platform and _with(document.platform, document.region)),
        ("Phase", document.phase),
        ("SageMaker", document.sagemaker_status),
        ("Message", document.message),
        ("Execution", document.run_id),
        ("Monitor", document.monitor_url),
        ("Started", times),
        *(("Note", note) for note in document.notes),
    ]
    return [(name, Text(str(value))) for name, value in facts if value]


def _facts(view: RunView) -> list[tuple[str, Text]]:
    facts = document_facts(view.run) if view.run else []
    if view.failure is not None:
        facts = [fact for fact in facts if fact[0] != "Message"]
        facts.append(("Failure", Text(f"{view.failure.type}: {view.failure.message}", style="red")))
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
