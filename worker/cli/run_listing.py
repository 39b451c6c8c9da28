"""The list of the latest runs, from Temporal's visibility: no worker is needed for it."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel
from rich.console import RenderableType
from rich.text import Text
from temporalio.client import Client

from contract.names import PIPELINE_ATTRIBUTE, STATUS_ATTRIBUTE, WorkflowType
from contract.run import Phase, RunStatus
from worker.cli.run_reading import workflow_status
from worker.cli.run_rendering import duration_text
from worker.cli.screen import status_text, table
from worker.cli.visible_run import document_from_visibility


class ListedRun(BaseModel):
    """One line of the list."""

    workflow_id: str
    workflow_run_id: str
    workflow_status: str
    pipeline_name: str | None
    platform: str | None
    status: RunStatus | None
    run_id: str | None
    started_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class Wanted:
    """Which runs to list."""

    status: RunStatus | None
    pipeline: str | None
    limit: int

    @property
    def visibility_query(self) -> str:
        """The same in Temporal's list filter."""
        conditions = [f"WorkflowType = '{WorkflowType.PIPELINE_RUN}'"]
        if self.status is not None:
            conditions.append(f"{STATUS_ATTRIBUTE.name} = '{self.status}'")
        if self.pipeline is not None:
            escaped = self.pipeline.replace("\\", "\\\\").replace("'", "\\'")
            conditions.append(f"{PIPELINE_ATTRIBUTE.name} = '{escaped}'")
        return " AND ".join(conditions)


async def list_runs(client: Client, wanted: Wanted) -> list[ListedRun]:
    """List the latest runs, newest first."""
    runs = []
    async for execution in client.list_workflows(wanted.visibility_query, limit=wanted.limit):
        document = document_from_visibility(execution)
        closed_as = workflow_status(execution)
        runs.append(
            ListedRun(
                workflow_id=execution.id,
                workflow_run_id=execution.run_id,
                workflow_status=closed_as,
                pipeline_name=document.pipeline_name,
                platform=document.platform,
                status=_status(document.status, document.phase, closed_as),
                run_id=document.run_id,
                started_at=execution.start_time,
                closed_at=execution.close_time,
            )
        )
    return runs


def _status(published: RunStatus, phase: Phase, closed_as: str) -> RunStatus:
    """What Temporal knows for certain wins: a run may close before it could publish a status (invalid input)."""
    if phase is Phase.CLOSED and published is RunStatus.RUNNING:
        return RunStatus.CANCELLED if closed_as == "Canceled" else RunStatus.FAILED
    return published


def listing_screen(runs: list[ListedRun]) -> RenderableType:
    """Lay the list out as a table."""
    if not runs:
        return Text("No runs.", style="dim")
    shown = table("RUN", "PIPELINE", "STATUS", "PLATFORM", "STARTED (UTC)", "TOOK", "EXECUTION")
    for run in runs:
        shown.add_row(
            run.workflow_id,
            run.pipeline_name or "-",
            status_text(run.status),
            run.platform or "-",
            f"{run.started_at:%Y-%m-%d %H:%M:%S}",
            duration_text(run.started_at, run.closed_at),
            run.run_id.rsplit("/", 1)[-1] if run.run_id else "-",
        )
    return shown
