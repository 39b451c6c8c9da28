"""The progress of a followed run on stderr: a live view on a terminal, one line per change elsewhere."""

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from contract.run_document import Phase, RunDocument
from worker.cli.following import Look
from worker.cli.run_rendering import document_facts, duration_text, history_line
from worker.cli.screen import fact_lines, progress, status_text

_HISTORY_SHOWN = 10


class LiveProgress(AbstractContextManager["LiveProgress"]):
    """Phase, status, elapsed time, ARN, links and history of a run, kept up to date on a terminal."""

    def __init__(self, title: str, web_ui_url: str | None) -> None:
        """Prepare the view of the run called `title`."""
        self._title = title
        self._web_ui_url = web_ui_url
        self._look = Look()
        self._document: RunDocument | None = None
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
        """Wipe the view: the result stands on stdout afterwards."""
        self._live.stop()

    def tell(self, look: Look) -> None:
        """Take the latest look."""
        self._look = look
        self._document = look.document or self._document

    def _render(self) -> RenderableType:
        head = Text(self._title, style="bold")
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
        if document is not None:
            blocks += fact_lines(_brief(document))
        if self._web_ui_url:
            blocks += fact_lines([("Web UI   ", Text(self._web_ui_url))])
        if document is not None:
            blocks += [Text(), *map(history_line, document.history[-_HISTORY_SHOWN:])]
        if self._look.trouble:
            blocks += [Text(), Text(f"  {self._look.trouble}", style="yellow")]
        blocks += [Text(), Text("  Ctrl-C leaves the run running.", style="dim")]
        return Group(*blocks)


def _brief(document: RunDocument) -> list[tuple[str, Text]]:
    return [fact for fact in document_facts(document) if fact[0] not in ("Phase", "Started")]


class LineProgress(AbstractContextManager["LineProgress"]):
    """One line per change, for logs and pipes."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self._told: set[tuple[datetime, str]] = set()
        self._trouble: str | None = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to clean up: every line is out."""

    def tell(self, look: Look) -> None:
        """Print what changed since the look before."""
        for entry in look.document.history if look.document else []:
            if (entry.at, entry.why) not in self._told:
                self._told.add((entry.at, entry.why))
                progress.print(history_line(entry))
        if look.trouble != self._trouble:
            self._trouble = look.trouble
            progress.print(look.trouble or "A worker answers again.")


def run_progress(title: str, web_ui_url: str | None) -> LiveProgress | LineProgress:
    """Choose the view that fits stderr."""
    return LiveProgress(title, web_ui_url) if progress.is_terminal else LineProgress()
