"""A run as people see it on its page in the Temporal Web UI: the current details, in Temporal's markdown."""

from typing import Final

from contract.run_document import HistoryEntry, Phase, RunDocument, RunStatus

_MARKS: Final = {
    RunStatus.RUNNING: "🔵",
    RunStatus.SUCCESS: "✅",
    RunStatus.FAILED: "❌",
    RunStatus.CANCELLED: "⏹️",
    RunStatus.UNKNOWN: "❔",
}


def render_details(document: RunDocument) -> str:
    """Render the run document for a person: what runs, how far it is, and where to look further."""
    head = f"### {_MARKS[document.status]} {document.pipeline_name or 'SageMaker pipeline'}: {_headline(document)}"
    facts = {
        "Phase": document.phase,
        "Status": _status(document),
        "Message": document.message and " ".join(document.message.split()),
        "Execution": f"`{document.run_id}`" if document.run_id else "not started yet",
        "Monitor": f"[open in the SageMaker console]({document.monitor_url})" if document.monitor_url else None,
        "Platform": document.platform and f"{document.platform}{f' ({document.region})' if document.region else ''}",
        "Started": document.started_at and f"{document.started_at:%Y-%m-%d %H:%M:%S} UTC",
        "Ended": document.ended_at and f"{document.ended_at:%Y-%m-%d %H:%M:%S} UTC",
    }
    lines = [f"- **{name}:** {value}" for name, value in facts.items() if value]
    lines += [f"- **Note:** {' '.join(note.split())}" for note in document.notes]
    changes = [f"- {entry.at:%H:%M:%S} **{_entry_status(entry)}** {entry.why}" for entry in document.history[-10:]]
    return "\n".join([head, "", *lines, "", "**What happened**", "", *changes])


def _headline(document: RunDocument) -> str:
    return document.status if document.phase is Phase.CLOSED else document.phase


def _status(document: RunDocument) -> str:
    raw = document.sagemaker_status
    return f"{document.status} (SageMaker: {raw})" if raw and raw != document.status else document.status


def _entry_status(entry: HistoryEntry) -> str:
    return entry.status if entry.phase is Phase.CLOSED else entry.phase
