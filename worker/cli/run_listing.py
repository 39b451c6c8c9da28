"""The list of the latest runs, from Temporal's visibility: no worker is needed for it."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel
from rich.console import RenderableType
from rich.text import Text
from temporalio.client import Client

from contract.job_document import JobIdentity, JobRunDocument
from contract.job_kinds import JobKind
from contract.names import JOB_KIND_ATTRIBUTE, PIPELINE_ATTRIBUTE, STATUS_ATTRIBUTE
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase, RunStatus
from worker.cli.run_reading import RUNS, workflow_status
from worker.cli.run_rendering import duration_text
from worker.cli.screen import status_text, table
from worker.cli.visible_run import document_from_visibility


class ListedRun(BaseModel):
    """One line of the list."""

    workflow_id: str
    workflow_run_id: str
    workflow_status: str
    pipeline_name: str | None
    job: JobIdentity | None
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
    job: JobKind | None
    limit: int

    @property
    def visibility_query(self) -> str:
        """The same in Temporal's list filter."""
        types = ", ".join(f"'{name}'" for name in RUNS)
        conditions = [f"WorkflowType IN ({types})"]
        if self.status is not None:
            conditions.append(f"{STATUS_ATTRIBUTE.name} = '{self.status}'")
        if self.pipeline is not None:
            escaped = self.pipeline.replace("\\", "\\\\").replace("'", "\\'")
            conditions.append(f"{PIPELINE_ATTRIBUTE.name} = '{escaped}'")
        if self.job is not None:
            conditions.append(f"{JOB_KIND_ATTRIBUTE.name} = '{self.job}'")
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
                pipeline_name=document.pipeline_name if isinstance(document, PipelineRunDocument) else None,
                job=document.job if isinstance(document, JobRunDocument) else None,
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
    shown = table("RUN", "PIPELINE/JOB", "STATUS", "PLATFORM", "STARTED (UTC)", "TOOK", "EXECUTION")
    for run in runs:
        shown.add_row(
            run.workflow_id,
            run.pipeline_name or (run.job.kind if run.job else "-"),
            status_text(run.status),
            run.platform or "-",
            f"{run.started_at:%Y-%m-%d %H:%M:%S}",
            duration_text(run.started_at, run.closed_at),
            run.run_id.rsplit("/", 1)[-1] if run.run_id else "-",
        )
    return shown
