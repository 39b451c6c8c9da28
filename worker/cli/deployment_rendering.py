"""Deployments and versions on the screen."""

from rich.console import Group, RenderableType
from rich.text import Text

from contract.deployment import DeploymentAction, PipelineDeployment
from worker.cli.connection import Connection
from worker.cli.screen import fact_lines, table

_DESCRIPTION_CHARS = 60


def deployment_screen(document: PipelineDeployment, connection: Connection) -> RenderableType:
    """Show what a deployment did, and how to run what was deployed."""
    version = f" version {document.version}" if document.version is not None else ""
    done = {
        DeploymentAction.CREATED: f"created,{version}",
        DeploymentAction.UPDATED: f"updated,{version}",
        DeploymentAction.UNCHANGED: f"unchanged,{version}",
    }[document.action]
    move = document.alias_move
    moved = None
    if move is not None:
        before = f", from version {move.from_version}" if move.from_version is not None else ""
        moved = f"{move.alias} → version {move.version}{before}"
    facts = {
        "Alias": moved,
        "ARN": document.pipeline_arn,
        "Run": connection.command("run", document.pipeline_name, *_run_options(document)),
    }
    lines = fact_lines([(name, Text(value)) for name, value in facts.items() if value])
    notes = [Text(f"Note: {note}", style="yellow") for note in document.notes]
    return Group(Text(f"{document.pipeline_name} {done.rstrip(',')}", style="bold"), *lines, *notes)


def versions_screen(document: PipelineDeployment) -> RenderableType:
    """Lay a pipeline's versions out as a table, the newest first."""
    if not document.versions:
        return Text(f"AWS lists no versions of {document.pipeline_name}.", style="dim")
    shown = table("VERSION", "ALIASES", "CREATED (UTC)", "LAST EXECUTION", "DESCRIPTION")
    for version in document.versions:
        last = version.last_execution_arn
        shown.add_row(
            str(version.version),
            ", ".join(version.aliases) or "-",
            f"{version.created_at:%Y-%m-%d %H:%M:%S}" if version.created_at else "-",
            last.rpartition("/")[2] if last else "-",
            " ".join((version.description or version.display_name or "").split())[:_DESCRIPTION_CHARS] or "-",
        )
    return shown


def _run_options(document: PipelineDeployment) -> list[str]:
    return [] if document.platform == "default" else ["--platform", document.platform]
