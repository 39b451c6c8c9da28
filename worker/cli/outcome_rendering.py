"""What came of a run on the screen: why it failed, what to decide, what it hands on, and its attempts."""

import shlex
from collections.abc import Iterable
from typing import Final

from rich.text import Text

from contract.job_document import JobRunDocument
from contract.run import Attempt, Phase, RunDocument
from contract.steps import FailureCause
from worker.cli.connection import Connection
from worker.cli.screen import fact_lines
from workflows.views.details import output_text
from workflows.views.durations import duration_text
from workflows.views.facts import choices, gate_choices, gate_texts

MAX_OUTPUT_CHARS: Final = 500


def outcome(document: RunDocument) -> list[Text]:
    """Causes, outputs and attempts, as far as there are any."""
    lines = _titled("Why it failed", [line for cause in document.causes for line in _cause(cause)])
    lines += _titled("Attempts", _attempts(document))
    outputs = [(name, Text(output_text(value)[:MAX_OUTPUT_CHARS])) for name, value in document.outputs.items()]
    return lines + _titled("Outputs", fact_lines(outputs))


def decision(document: RunDocument, workflow_id: str, connection: Connection) -> list[Text]:
    """The commands by which a person decides about a run that waits for that."""
    if document.phase is not Phase.WAITING_FOR_DECISION:
        return []
    commands = [
        (choice.what, Text(connection.command(choice.command, workflow_id, *choice.options)))
        for choice in choices(document)
    ]
    return _titled("It waits for your decision", fact_lines(commands))


def gates(document: RunDocument, workflow_id: str, connection: Connection) -> list[Text]:
    """What waits for an answer, and the commands by which a person gives it."""
    commands = [
        (choice.what, Text(connection.command(choice.command, workflow_id, *map(shlex.quote, choice.options))))
        for choice in gate_choices(document)
    ]
    texts = [
        Text(f"  {text.what}: {text.end}{f'; queue {text.queue}' if text.queue else ''}")
        for text in gate_texts(document)
    ]
    return _titled("It waits for an answer", [*texts, *fact_lines(commands)])


def _cause(cause: FailureCause) -> list[Text]:
    lines = [Text.assemble(("  ✗ ", "red"), (cause.summary, "bold red"))]
    if cause.remedy:
        lines.append(Text.assemble(("    → ", "dim"), cause.remedy))
    lines += [Text.assemble(("    | ", "bright_black"), line) for line in cause.log]
    if cause.log_url:
        lines.append(Text(f"    {cause.log_url}", style="dim"))
    return lines


def _attempts(document: RunDocument) -> list[Text]:
    is_job = isinstance(document, JobRunDocument)
    return [_attempt(attempt, has_own_job=is_job) for attempt in document.attempts]


def _attempt(attempt: Attempt, *, has_own_job: bool) -> Text:
    line = Text(f"  {attempt.number}  ")
    if has_own_job and attempt.execution_arn:
        line.append(f"{attempt.execution_arn.rpartition('/')[2]}  ", "dim")
    line.append(attempt.sagemaker_status or "under way", "")
    if attempt.started_at and attempt.ended_at:
        line.append(f" after {duration_text(attempt.started_at, attempt.ended_at)}", "")
    if attempt.mode and not has_own_job:
        line.append(f" ({attempt.mode})", style="dim")
    return line.append(f": {attempt.message}", "") if attempt.message else line


def _titled(title: str, lines: Iterable[Text]) -> list[Text]:
    found = list(lines)
    return [Text(), Text(title, style="bold"), *found] if found else []
