"""The steps of a pipeline run on its page in the Temporal Web UI: how far they are, a table, what they use."""

from typing import Final

from contract.pipeline_document import PipelineRunDocument
from contract.steps import OPEN_STEPS, FailureCause, Progress, StepDocument, most_telling
from workflows.views.durations import clock_text, duration_text
from workflows.views.markdown import code, link, plain, table

MAX_ROWS: Final = 40
MAX_RUNNING_NAMES: Final = 3
MAX_STEPS_OUTSIDE_SHOWN: Final = 10
MAX_NAME_CHARS: Final = 60

_MARKS: Final = {"Succeeded": "✅", "Failed": "❌", "Stopped": "⏹️", **dict.fromkeys(OPEN_STEPS, "🔵")}
_UNKNOWN_MARK: Final = "❔"


def progress(document: PipelineRunDocument) -> list[str]:
    """Such as `3 of 7 steps done, 1 failed; Train runs`."""
    found = document.progress
    if found is None:
        return []
    running = [plain(step.key) for step in document.steps if step.is_open and document.ended_at is None]
    names = ", ".join(running[:MAX_RUNNING_NAMES])
    if more := max(found.running, len(running)) - MAX_RUNNING_NAMES:
        names += f" and {more} more" if more > 0 else ""
    under_way = f"; {names} {'runs' if len(running) == 1 else 'run'}" if running else ""
    return [f"**{progress_text(found)}**{under_way}"]


def progress_text(progress: Progress) -> str:
    """Write how far an execution is, such as `3 of 7 steps done, 1 failed`."""
    total = "" if progress.total is None else f" of {progress.total}"
    only_one = (progress.done if progress.total is None else progress.total) == 1
    failed = f", {progress.failed} failed" if progress.failed else ""
    return f"{progress.done}{total} {'step' if only_one else 'steps'} done{failed}"


def step_table(document: PipelineRunDocument) -> list[str]:
    """Write the steps, at most 40 of them, and how many there are beside these."""
    shown = most_telling(document.steps, MAX_ROWS)
    if not shown:
        return []
    causes = {cause.step: cause for cause in document.causes}
    rows = [_cells(step, causes.get(step.name), has_ended=document.ended_at is not None) for step in shown]
    left_out = len(document.steps) - len(shown) + document.steps_left_out
    more = ["", f"and {left_out} more"] if left_out else []
    return [*table(["", "Step", "Status", "Time", ""], rows), *more]


def _cells(step: StepDocument, cause: FailureCause | None, *, has_ended: bool) -> list[str]:
    links = [("job", step.console_url), ("log", cause.log_url if cause and step.status == "Failed" else None)]
    return [
        _UNKNOWN_MARK if step.is_open and has_ended else _MARKS.get(step.status, _UNKNOWN_MARK),
        plain(step.key[:MAX_NAME_CHARS]),
        _unbroken(plain(step.status) + _remarks(step)),
        _unbroken(_time(step, has_ended=has_ended)),
        _unbroken(" ").join(link(label, url) for label, url in links if url),
    ]


def _unbroken(text: str) -> str:
    return text.replace(" ", "\u00a0")


def _remarks(step: StepDocument) -> str:
    remarks = ["cached"] if step.cache_hit else []
    if step.waits_for:
        # What a Callback step waits for stands above the table.
        remarks.append("waits for an answer" if step.is_callback else f"waits for {plain(step.waits_for)}")
    if step.attempt > 1:
        remarks.append(f"attempt {step.attempt}")
    return "".join(f", {remark}" for remark in remarks)


def _time(step: StepDocument, *, has_ended: bool) -> str:
    """How long it took; for a step under way its start, because the page is drawn again only after a change."""
    if step.started_at is None:
        return ""
    if step.is_open or step.ended_at is None:
        return "" if has_ended else f"since {clock_text(step.started_at)}"
    return duration_text(step.started_at, step.ended_at)


def outside(document: PipelineRunDocument) -> list[str]:
    """Such as `Load: cluster j-1AB, step s-2CD, log s3://logs/`."""
    steps = [step for step in document.steps if step.details][:MAX_STEPS_OUTSIDE_SHOWN]
    return [
        f"- {plain(step.key)}: "
        + ", ".join(f"{plain(name.replace('_', ' '))} {code(value)}" for name, value in step.details.items())
        for step in steps
    ]
