"""A run as people see it on its page in the Temporal Web UI: the current details, in Temporal's markdown."""

import json
import shlex
from collections.abc import Iterable
from typing import Final

from contract.job_document import JobRunDocument
from contract.pipeline_document import PipelineRunDocument
from contract.run import Attempt, HistoryEntry, Phase, RunDocument, RunStatus
from contract.steps import FailureCause
from workflows.views.durations import clock_text, date_text, duration_text
from workflows.views.facts import (
    Choice,
    billable_text,
    caught_text,
    choices,
    execution_label,
    gate_choices,
    gate_texts,
    job_facts,
    links,
    scheduled_text,
    version_text,
)
from workflows.views.markdown import block, code, link, plain
from workflows.views.step_table import outside, progress, step_table

MAX_CAUSES_SHOWN: Final = 3
MAX_ATTEMPTS_SHOWN: Final = 10
MAX_OUTPUTS_SHOWN: Final = 20
MAX_OUTPUT_CHARS: Final = 200
MAX_CHANGES_SHOWN: Final = 10

_MARKS: Final = {
    RunStatus.RUNNING: "🔵",
    RunStatus.SUCCESS: "✅",
    RunStatus.FAILED: "❌",
    RunStatus.CANCELLED: "⏹️",
    RunStatus.UNKNOWN: "❔",
}


def render_details(document: RunDocument, workflow_id: str) -> str:
    """Render the run document for a person: what runs, how far it is, why it failed, and what can be done.

    Args:
        document: What is known of the run.
        workflow_id: For the commands that decide about it.
    """
    pipeline = document if isinstance(document, PipelineRunDocument) else None
    name = plain(document.subject or "SageMaker run")
    sections = [
        [f"### {_MARKS[document.status]} {name}: {_headline(document)}"],
        progress(pipeline) if pipeline else [],
        [line for cause in document.causes[:MAX_CAUSES_SHOWN] for line in _cause(cause)],
        _decision(document, workflow_id) if document.phase is Phase.WAITING_FOR_DECISION else [],
        _gates(document, workflow_id),
        step_table(pipeline) if pipeline else [],
        *map(_log, document.causes[:MAX_CAUSES_SHOWN]),
        _titled("Outside SageMaker", outside(pipeline) if pipeline else []),
        _facts(document),
        _titled("Outputs", _outputs(document)),
        _titled("Attempts", _attempts(document)),
        _titled("What happened", map(_change, document.history[-MAX_CHANGES_SHOWN:])),
    ]
    return "\n\n".join("\n".join(section) for section in sections if section)


def _headline(document: RunDocument) -> str:
    return document.status if document.phase is Phase.CLOSED else document.phase


def _cause(cause: FailureCause) -> list[str]:
    remedy = [f"- **Remedy:** {plain(cause.remedy)}"] if cause.remedy else []
    return [f"- **Cause:** {plain(cause.summary)}", *remedy]


def _log(cause: FailureCause) -> list[str]:
    if not cause.log:
        return []
    where = f" ({link('all of it', cause.log_url)})" if cause.log_url else ""
    return [f"Last lines of {plain(cause.step)}'s log{where}:", "", *block(cause.log)]


def _decision(document: RunDocument, workflow_id: str) -> list[str]:
    return [
        "**It waits for your decision:** the update `retry` or `give_up`, by *More Actions* or a command.",
        "",
        *_commands(choices(document), workflow_id),
    ]


def _gates(document: RunDocument, workflow_id: str) -> list[str]:
    found = gate_choices(document)
    lines = [
        f"- {plain(text.what)}: {plain(text.end)}" + (f"; queue {code(text.queue)}" if text.queue else "")
        for text in gate_texts(document)
    ]
    if not lines:
        return []
    updates = "`approve` or `reject`" if document.phase is Phase.WAITING_FOR_APPROVAL else "`answer_step`"
    by = f" the update {updates}, by *More Actions* or a command." if found else ""
    commands = ["", *_commands(found, workflow_id)] if found else []
    return [f"**It waits for an answer:**{by}", "", *lines, *commands]


def _commands(found: Iterable[Choice], workflow_id: str) -> list[str]:
    run = shlex.quote(workflow_id)
    return block(
        line
        for choice in found
        for line in (
            f"# {choice.what}",
            " ".join(["polysync-sagemaker", choice.command, run, *map(shlex.quote, choice.options)]),
        )
    )


def _facts(document: RunDocument) -> list[str]:
    place = f"{document.platform}{f' ({document.region})' if document.region else ''}" if document.platform else None
    facts = {
        "Phase": document.phase,
        "Until": document.waits_until and date_text(document.waits_until),
        "Status": _status(document),
        # The causes stand above.
        "Message": plain(document.message) if document.message and not document.causes else None,
        "Error": plain(document.error.name) if document.error else None,
        "Caught": (caught := caught_text(document)) and plain(caught),
        **{name: plain(text) for name, text in job_facts(document).items() if text},
        execution_label(document): code(document.run_id) if document.run_id else "not started yet",
        **{name: link(f"open in {page.where}", page.url) for name, page in links(document).items()},
        "Version": (version := version_text(document)) and plain(version),
        "Platform": place and plain(place),
        "Scheduled": (scheduled := scheduled_text(document)) and plain(scheduled),
        "Started": document.started_at and date_text(document.started_at),
        "Ended": document.ended_at and date_text(document.ended_at),
        "Billable": billable_text(document),
    }
    lines = [f"- **{name}:** {value}" for name, value in facts.items() if value]
    return lines + [f"- **Note:** {plain(note)}" for note in document.notes]


def _status(document: RunDocument) -> str:
    raw = document.sagemaker_status
    return f"{document.status} (SageMaker: {plain(raw)})" if raw and raw != document.status else document.status


def _outputs(document: RunDocument) -> list[str]:
    shown = list(document.outputs.items())[:MAX_OUTPUTS_SHOWN]
    lines = [f"- **{plain(name)}:** {code(output_text(value)[:MAX_OUTPUT_CHARS])}" for name, value in shown]
    left_out = len(document.outputs) - len(shown)
    return lines + ([f"- and {left_out} more"] if left_out else [])


def output_text(value: object) -> str:
    """Write an output's value: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _attempts(document: RunDocument) -> list[str]:
    """Write the latest attempts; those of a job with the job that each of them is."""
    is_job = isinstance(document, JobRunDocument)
    return [_attempt(attempt, has_own_job=is_job) for attempt in document.attempts[-MAX_ATTEMPTS_SHOWN:]]


def _attempt(attempt: Attempt, *, has_own_job: bool) -> str:
    if has_own_job:
        how = f" {code(attempt.execution_arn.rpartition('/')[2])}" if attempt.execution_arn else ""
    else:
        how = f" ({attempt.mode})" if attempt.mode else ""
    return f"- **{attempt.number}**{how} {_course(attempt)}"


def _course(attempt: Attempt) -> str:
    took = ""
    if attempt.started_at and attempt.ended_at:
        took = f" after {duration_text(attempt.started_at, attempt.ended_at)}"
    why = f": {plain(attempt.message)}" if attempt.message else ""
    return f"{plain(attempt.sagemaker_status or 'under way')}{took}{why}"


def _change(entry: HistoryEntry) -> str:
    what = entry.status if entry.phase is Phase.CLOSED else entry.phase
    return f"- {clock_text(entry.at)} **{what}** {plain(entry.why)}"


def _titled(title: str, lines: Iterable[str]) -> list[str]:
    found = list(lines)
    return [f"**{title}**", "", *found] if found else []
