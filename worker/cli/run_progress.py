"""The progress of a followed run on stderr: a live view on a terminal, one line per change elsewhere."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from operator import itemgetter
from types import TracebackType
from typing import Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from contract.any_document import AnyRunDocument
from contract.job_document import JobRunDocument
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase, RunDocument
from worker.cli.connection import Connection
from worker.cli.following import Poll
from worker.cli.outcome_rendering import decision, gates
from worker.cli.run_rendering import document_facts, duration_text, history_line, job_line
from worker.cli.screen import fact_grid, progress, status_text
from worker.cli.step_rendering import changed_at, failures, progress_bar, step_line, timeline
from workflows.views.facts import GateText, gate_texts

_HISTORY_SHOWN = 5
_FAILURES_SHOWN = 3
_LINES_BESIDE_STEPS = 22
_LEAST_STEPS_SHOWN = 5
_SHOWN_ABOVE = frozenset({"Phase", "Started", "Billable"})


class LiveProgress(AbstractContextManager["LiveProgress"]):
    """Phase, status, elapsed time, progress, ARN, links and history of a run, kept up to date on a terminal."""

    def __init__(self, workflow_id: str, connection: Connection, web_ui_url: str | None, *, cancels: bool) -> None:
        """Prepare the view of a run; `cancels` says what Ctrl-C does."""
        self._workflow_id = workflow_id
        self._connection = connection
        self._web_ui_url = web_ui_url
        self._interrupt = f"Ctrl-C {'asks the run to stop' if cancels else 'leaves the run running'}."
        self._poll = Poll()
        self._document: AnyRunDocument | None = None
        self._since = datetime.now(UTC)
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(console=progress, get_renderable=self._render, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wipe the view: the result is printed to stdout afterwards."""
        self._live.stop()

    def show(self, poll: Poll) -> None:
        """Take the latest poll."""
        self._poll = poll
        self._document = poll.document or self._document

    def announce(self, text: str) -> None:
        """Show what became of an interruption."""
        self._interrupt = text

    def _render(self) -> RenderableType:
        head = Text(self._workflow_id, style="bold")
        document = self._document
        if document is None:
            head.append("  waits for a worker to take it", style="dim")
        else:
            head.append("  ").append_text(status_text(document.status))
            if document.phase not in (Phase.CLOSED, document.status):
                head.append(f"  {document.phase}", style="")
        since = document.started_at if document and document.started_at else self._since
        head.append(f"  {duration_text(since, document.ended_at if document else None)}", style="dim")
        self._spinner.update(text=head)
        blocks: list[RenderableType] = [self._spinner]
        if isinstance(document, PipelineRunDocument):
            blocks += self._steps(document)
        blocks.append(fact_grid(self._facts(document)))
        if document is not None:
            blocks += [Text(), *map(history_line, document.history[-_HISTORY_SHOWN:])]
            blocks += decision(document, self._workflow_id, self._connection)
            blocks += gates(document, self._workflow_id, self._connection)
        if self._poll.trouble:
            blocks += [Text(), Text(f"  {self._poll.trouble}", style="yellow")]
        blocks += [Text(), Text(f"  {self._interrupt}", style="dim")]
        return Group(*blocks)

    def _steps(self, document: PipelineRunDocument) -> list[RenderableType]:
        limit = max(progress.height - _LINES_BESIDE_STEPS, _LEAST_STEPS_SHOWN)
        bar = [progress_bar(document.progress)] if document.progress else []
        steps = [*bar, *timeline(document, limit), *failures(document, _FAILURES_SHOWN)]
        return [Text(), *steps, Text()] if steps else []

    def _facts(self, document: RunDocument | None) -> list[tuple[str, Text]]:
        facts = document_facts(document) if document else []
        links = [("Web UI", Text(self._web_ui_url))] if self._web_ui_url else []
        return [fact for fact in facts if fact[0] not in _SHOWN_ABOVE] + links


class LineProgress(AbstractContextManager["LineProgress"]):
    """One line per change, for logs and pipes."""

    def __init__(self, workflow_id: str, connection: Connection) -> None:
        """Begin with nothing printed."""
        self._workflow_id = workflow_id
        self._connection = connection
        self._phase: Phase | None = None
        self._printed: set[tuple[datetime, str]] = set()
        self._step_lines: dict[str, str] = {}
        self._how_far: str | None = None
        self._gates: list[GateText] = []
        self._trouble: str | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to clean up: every line is out."""

    def show(self, poll: Poll) -> None:
        """Print what changed since the poll before."""
        if poll.document is not None:
            changes = [*self._progress(poll.document), *self._changes_of_the_run(poll.document)]
            for _, line in sorted(changes, key=itemgetter(0)):
                progress.print(line)
            if poll.document.phase is not self._phase:
                self._phase = poll.document.phase
                for line in decision(poll.document, self._workflow_id, self._connection):
                    progress.print(line)
            if (open_gates := gate_texts(poll.document)) != self._gates:
                self._gates = open_gates
                for line in gates(poll.document, self._workflow_id, self._connection):
                    progress.print(line)
        if poll.trouble != self._trouble:
            self._trouble = poll.trouble
            progress.print(poll.trouble or "A worker answers again.")

    def announce(self, text: str) -> None:
        """Print what became of an interruption."""
        progress.print(text)

    def _changes_of_the_run(self, document: RunDocument) -> Iterator[tuple[datetime, Text]]:
        for entry in document.history:
            if (entry.at, entry.why) not in self._printed:
                self._printed.add((entry.at, entry.why))
                yield entry.at, history_line(entry)

    def _progress(self, document: AnyRunDocument) -> Iterator[tuple[datetime, Text]]:
        if isinstance(document, JobRunDocument):
            return self._progress_of_a_job(document)
        return self._changes_of_steps(document)

    def _progress_of_a_job(self, document: JobRunDocument) -> Iterator[tuple[datetime, Text]]:
        if document.how_far not in (None, self._how_far) and document.ended_at is None:
            self._how_far = document.how_far
            now = datetime.now(UTC)
            yield now, job_line(now, self._how_far)

    def _changes_of_steps(self, document: PipelineRunDocument) -> Iterator[tuple[datetime, Text]]:
        for step in document.steps:
            line = step_line(step)
            if self._step_lines.get(step.key) != line.plain:
                self._step_lines[step.key] = line.plain
                yield changed_at(step) or datetime.now(UTC), line


def run_progress(
    workflow_id: str, connection: Connection, web_ui_url: str | None, *, cancels: bool = False
) -> LiveProgress | LineProgress:
    """Choose the view that fits stderr."""
    return (
        LiveProgress(workflow_id, connection, web_ui_url, cancels=cancels)
        if progress.is_terminal
        else LineProgress(workflow_id, connection)
    )
