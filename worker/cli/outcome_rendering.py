"""What came of a run on the screen: why it failed, what to decide, what it hands on, and its attempts."""

from collections.abc import Iterable
from typing import Final

from rich.text import Text

from contract.pipeline_document import PipelineRunDocument
from contract.run import Attempt, Phase
from contract.steps import FailureCause
from worker.cli.connection import Connection
from worker.cli.screen import fact_lines
from workflows.views.details import output_text
from workflows.views.durations import duration_text

MAX_OUTPUT_CHARS: Final = 500


def outcome(document: PipelineRunDocument) -> list[Text]:
    """Causes, outputs and attempts, as far as there are any."""
    lines = _titled("Why it failed", [line for cause in document.causes for line in _cause(cause)])
    lines += _titled("Attempts", map(_attempt, document.attempts))
    outputs = [(name, Text(output_text(value)[:MAX_OUTPUT_CHARS])) for name, value in document.outputs.items()]
    return lines + _titled("Outputs", fact_lines(outputs))


def decision(document: PipelineRunDocument, workflow_id: str, connection: Connection) -> list[Text]:
    """The commands by which a person decides about a run that waits for that."""
    if document.phase is not Phase.WAITING_FOR_DECISION:
        return []
    choices = {
        "go on with the steps that failed": connection.command("retry", workflow_id),
        "start a new execution": connection.command("retry", workflow_id, "--mode", "restart"),
        "close the run as failed": connection.command("give-up", workflow_id),
    }
    return _titled("It waits for your decision", fact_lines([(what, Text(how)) for what, how in choices.items()]))


def _cause(cause: FailureCause) -> list[Text]:
    lines = [Text.assemble(("  ✗ ", "red"), (cause.summary, "bold red"))]
    if cause.remedy:
        lines.append(Text.assemble(("    → ", "dim"), cause.remedy))
    lines += [Text.assemble(("    | ", "bright_black"), line) for line in cause.log]
    if cause.log_url:
        lines.append(Text(f"    {cause.log_url}", style="dim"))
    return lines


def _attempt(attempt: Attempt) -> Text:
    line = Text(f"  {attempt.number}  {attempt.sagemaker_status or 'under way'}")
    if attempt.started_at and attempt.ended_at:
        line.append(f" after {duration_text(attempt.started_at, attempt.ended_at)}", "")
    if attempt.mode:
        line.append(f" ({attempt.mode})", style="dim")
    return line.append(f": {attempt.message}", "") if attempt.message else line


def _titled(title: str, lines: Iterable[Text]) -> list[Text]:
    found = list(lines)
    return [Text(), Text(title, style="bold"), *found] if found else []
