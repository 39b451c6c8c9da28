"""Deployments and versions on the screen."""

from rich.console import Group, RenderableType
from rich.text import Text

from contract.deployment import PipelineDeployment
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.connection import Connection
from worker.cli.screen import fact_lines, table

_DESCRIPTION_CHARS = 60


def deployment_screen(document: PipelineDeployment, connection: Connection) -> RenderableType:
    """Show what a deployment did, and how to run what was deployed."""
    facts = {
        "ARN": document.pipeline_arn,
        "Run": connection.command("run", document.pipeline_name, *_run_options(document)),
    }
    lines = fact_lines([(name, Text(value)) for name, value in facts.items() if value])
    notes = [Text(f"Note: {note}", style="yellow") for note in document.notes]
    return Group(Text(_headline(document), style="bold"), *lines, *notes)


def _headline(document: PipelineDeployment) -> str:
    done = [str(document.action)]
    if document.version is not None:
        done.append(f"version {document.version}")
    if (move := document.alias_move) is not None:
        before = f" from version {move.from_version}" if move.from_version is not None else ""
        done.append(f"alias {move.alias} moved there{before}" if before else f"with the alias {move.alias}")
    return f"{document.pipeline_name}: {', '.join(done)}"


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
    platform = [] if document.platform == DEFAULT_PLATFORM else ["--platform", document.platform]
    alias = [] if document.alias_move is None else ["--pipeline-version-alias", document.alias_move.alias]
    return [*platform, *alias]
