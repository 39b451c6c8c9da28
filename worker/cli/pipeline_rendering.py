"""Pipelines on the screen: the list, one pipeline with its parameters, and the command that starts it."""

import json
import shlex
from collections.abc import Sequence

from pydantic import JsonValue
from rich.console import Group, RenderableType
from rich.text import Text

from contract.declarations import DeclaredParameter
from contract.discovery import Job, PipelineDiscovery, PipelineProblem
from contract.names import DEFAULT_TASK_QUEUE
from contract.platform_name import DEFAULT_PLATFORM
from worker.cli.screen import fact_lines, table
from worker.cli.waiting import Workers

_DESCRIPTION_CHARS = 60


def pipelines_screen(found: PipelineDiscovery) -> RenderableType:
    """Lay pipelines out as a table, with what is wrong below it."""
    if not found.jobs:
        what = f"No pipelines whose names begin with '{found.name_prefix}'." if found.name_prefix else "No pipelines."
        return Text(what, style="dim")
    shown = table("PIPELINE", "STATUS", "PARAMETERS", "REQUIRED", "LAST RUN (UTC)", "DESCRIPTION")
    for job in found.jobs:
        shown.add_row(
            job.external_id,
            job.status or "-",
            "?" if job.parameters is None else str(len(job.parameters)),
            ", ".join(one.name for one in job.parameters or [] if one.required) or "-",
            f"{job.last_run_at:%Y-%m-%d %H:%M}" if job.last_run_at else "-",
            " ".join((job.description or "").split())[:_DESCRIPTION_CHARS] or "-",
        )
    return Group(shown, *_problem_lines(found.problems))


def pipeline_screen(job: Job, problems: Sequence[PipelineProblem], command: str) -> RenderableType:
    """Show one pipeline: facts, parameters, and how to start it."""
    facts = {
        "Display name": job.display_name if job.display_name != job.external_id else None,
        "Description": job.description,
        "Status": job.status,
        "ARN": job.arn,
        "Role": job.role_arn,
        "Parallel": job.max_parallel_steps and f"at most {job.max_parallel_steps} steps",
        "Changed": job.last_modified_at and f"{job.last_modified_at:%Y-%m-%d %H:%M:%S} UTC",
        "Last run": job.last_run_at and f"{job.last_run_at:%Y-%m-%d %H:%M:%S} UTC",
    }
    return Group(
        Text(job.external_id, style="bold"),
        *fact_lines([(name, Text(str(value))) for name, value in facts.items() if value]),
        "",
        _parameters(job.parameters),
        *_problem_lines(problems),
        "",
        Text("Start it with", style="bold"),
        Text(f"  {command}"),
    )


def run_command(workers: Workers, job: Job, platform: str) -> str:
    """Write the command that starts a pipeline, with placeholders for the parameters that have no default."""
    words = ["run", job.external_id]
    for parameter in job.parameters or []:
        if parameter.required:
            words += ["-p", f"{parameter.name}=<{_placeholder(parameter)}>"]
    if platform != DEFAULT_PLATFORM:
        words += ["--platform", platform]
    if workers.task_queue != DEFAULT_TASK_QUEUE:
        words += ["--task-queue", workers.task_queue]
    return workers.connection.command(*map(shlex.quote, words))


def _placeholder(parameter: DeclaredParameter) -> str:
    return "|".join(map(_value, parameter.enum_values)) if parameter.enum_values else parameter.type


def _parameters(parameters: Sequence[DeclaredParameter] | None) -> RenderableType:
    if parameters is None:
        return Text("Its parameters are not known.", style="yellow")
    if not parameters:
        return Text("It declares no parameters.", style="dim")
    shown = table("PARAMETER", "TYPE", "DEFAULT", "ALLOWED")
    for parameter in parameters:
        shown.add_row(
            parameter.name,
            parameter.type,
            Text("required", style="bold") if parameter.required else _value(parameter.default_value),
            " | ".join(map(_value, parameter.enum_values)) if parameter.enum_values else "-",
        )
    return shown


def _value(value: JsonValue) -> str:
    """Write a value as one types it; an empty text is shown as such."""
    if isinstance(value, str):
        return value or '""'
    # As AWS's own SDK sends them.
    return str(value) if isinstance(value, bool) else json.dumps(value)


def _problem_lines(problems: Sequence[PipelineProblem]) -> list[RenderableType]:
    lines = [Text(f"{problem.external_id}  {problem.type}: {problem.message}", style="yellow") for problem in problems]
    return ["", *lines] if lines else []
