"""The steps of a run on the screen: how far it is, a timeline with one line per step, and a line per change."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from contract.pipeline_document import PipelineRunDocument
from contract.steps import OPEN_STEPS, Progress, StepDocument, most_telling
from workflows.views.durations import duration_text
from workflows.views.step_table import progress_text

BAR_COLUMNS: Final = 28
EVENT_COLUMNS: Final = 20
"""Of the word for what changed; `WaitingForDecision` is the longest."""

MAX_NAME_COLUMNS: Final = 48

_STYLES: Final = {"Succeeded": "green", "Failed": "red", "Stopped": "yellow", **dict.fromkeys(OPEN_STEPS, "cyan")}
_MARKS: Final = {"Succeeded": "✓", "Failed": "✗", "Stopped": "■", **dict.fromkeys(OPEN_STEPS, "●")}
_UNKNOWN_STYLE: Final = "magenta"
_UNKNOWN_MARK: Final = "?"


def progress_bar(progress: Progress) -> RenderableType:
    """How far it is, as a bar where the number of steps is known."""
    line = Table.grid(padding=(0, 2, 0, 0))
    bar = ProgressBar(
        total=progress.total,
        completed=progress.done + progress.failed,
        width=BAR_COLUMNS + 2,
        complete_style="red" if progress.failed else "cyan",
        finished_style="red" if progress.failed else "green",
    )
    line.add_row("", *([bar] if progress.total else []), Text(progress_text(progress)))
    return line


def timeline(document: PipelineRunDocument, limit: int) -> list[RenderableType]:
    """One line per step, at most `limit` of them: when it ran, how long, and what is special about it."""
    steps = most_telling(document.steps, limit)
    if not steps:
        return []
    begin, end = _span(document.steps, document.ended_at)
    table = Table.grid(padding=(0, 2, 0, 0))
    for column in ("", "mark", "step", "bar", "time"):
        table.add_column(justify="right" if column == "time" else "left", no_wrap=True)
    table.add_column(overflow="fold")
    for step in steps:
        table.add_row(
            "",
            _mark(step),
            Text(step.key[:MAX_NAME_COLUMNS]),
            _bar(step, begin, end),
            Text(_took(step, end), style="dim"),
            Text(", ".join(_remarks(step)), style="dim"),
        )
    left_out = len(document.steps) - len(steps) + document.steps_left_out
    return [table, *([Text(f"  and {left_out} more", style="dim")] if left_out else [])]


def _span(steps: Sequence[StepDocument], ended_at: datetime | None) -> tuple[datetime, datetime]:
    """From the first start to the last end; until now while a step is under way, and never past the execution's end."""
    now = ended_at or datetime.now(UTC)
    begin = min((step.started_at for step in steps if step.started_at), default=now)
    return begin, max(begin, *(now if step.is_open else step.ended_at or begin for step in steps))


def failures(document: PipelineRunDocument, limit: int) -> list[Text]:
    """Why steps failed: the first causes, and as long as these are not known, what the steps themselves say."""
    reasons = [cause.summary for cause in document.causes] or [
        f"{step.key}: {' '.join((step.failure_reason or 'failed').split())}"
        for step in document.steps
        if step.status == "Failed"
    ]
    return [Text(f"  {reason}", style="red") for reason in reasons[:limit]]


def changed_at(step: StepDocument) -> datetime | None:
    """When the step came into its status, as far as AWS reports it: its end, or its start while it is under way."""
    return step.ended_at if step.ended_at and not step.is_open else step.started_at


def step_line(step: StepDocument) -> Text:
    """What became of a step, in one line that begins as those of the history do."""
    at = changed_at(step)
    took = [_took(step, step.ended_at)] if step.ended_at and not step.is_open else []
    reason = step.failure_reason if step.status == "Failed" else None
    return Text.assemble(
        (f"  {f'{at:%H:%M:%S}' if at else '':<8}  ", "dim"),
        (f"{step.status:<{EVENT_COLUMNS}}", f"bold {_style(step)}"),
        step.key,
        ("".join(f", {remark}" for remark in [*_remarks(step), *took]), "dim"),
        f": {' '.join(reason.split())}" if reason else "",
    )


def _mark(step: StepDocument) -> Text:
    return Text(_MARKS.get(step.status, _UNKNOWN_MARK), style=_style(step))


def _style(step: StepDocument) -> str:
    return _STYLES.get(step.status, _UNKNOWN_STYLE)


def _remarks(step: StepDocument) -> list[str]:
    remarks = [step.type] if step.type else []
    if step.cache_hit:
        remarks.append("cached")
    if step.attempt > 1:
        remarks.append(f"attempt {step.attempt}")
    if step.waits_for:
        remarks.append(f"waits for {step.waits_for}")
    remarks += [f"{name.replace('_', ' ')} {value}" for name, value in step.details.items()]
    return remarks


def _took(step: StepDocument, now: datetime) -> str:
    if step.started_at is None:
        return ""
    return duration_text(step.started_at, now if step.is_open else step.ended_at or now)


def _bar(step: StepDocument, begin: datetime, end: datetime) -> Text:
    """The step's time within that of the execution."""
    if step.started_at is None:
        return Text(" " * BAR_COLUMNS)
    whole = max((end - begin).total_seconds(), 1.0)
    stop = end if step.is_open else step.ended_at or end
    first = min(int((step.started_at - begin).total_seconds() / whole * BAR_COLUMNS), BAR_COLUMNS - 1)
    last = min(max(round((stop - begin).total_seconds() / whole * BAR_COLUMNS), first + 1), BAR_COLUMNS)
    bar = Text("╶" * first, style="bright_black")
    bar.append("━" * (last - first), style=_style(step))
    return bar.append("╶" * (BAR_COLUMNS - last), style="bright_black")
