"""The demo on the screen: the runs while they run, and what became of each."""

from collections.abc import Sequence
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from contract.run import Phase
from worker.cli.connection import LinkingConnection
from worker.cli.run_rendering import duration_text
from worker.cli.screen import status_text, table
from worker.local.demonstration.runs import DemoRun
from worker.local.stack import Stack
from worker.local.temporal_server import NAMESPACE
from workflows.views.details import output_text

_POLLS: Final = ("DescribePipelineExecution", "ListPipelineExecutions", "DescribeTrainingJob", "ListTrainingJobs")


def runs_in_progress(runs: Sequence[DemoRun]) -> Table:
    """The runs as they are now."""
    shown = table("RUN", "WHAT IT SHOWS", "PHASE", "SAGEMAKER", "TIME")
    for run in runs:
        document = run.document
        if document is None:
            shown.add_row(run.name, run.shows, Text("-", style="dim"), "", "")
            continue
        phase = status_text(document.status) if document.phase is Phase.CLOSED else Text(document.phase, "cyan")
        if run.trouble and run.view is None:
            phase = Text("no worker", style="yellow")
        since = document.started_at
        shown.add_row(
            run.name,
            run.shows,
            phase,
            document.sagemaker_status or "",
            duration_text(since, document.ended_at) if since else "",
        )
    return shown


def what_became_of(runs: Sequence[DemoRun]) -> RenderableType:
    """What became of each run, and how many executions SageMaker had for it."""
    shown = table("", "RUN", "WHAT IT SHOWS", "STATUS", "MESSAGE", "EXECUTIONS", "STARTS", "STOPS")
    for run in runs:
        fine = not run.problems()
        shown.add_row(
            Text("✓", style="green") if fine else Text("✗", style="red"),
            run.name,
            run.shows,
            status_text(run.view.status if run.view else None),
            _why(run),
            str(len(run.executions)),
            str(sum(found["starts_accepted"] for found in run.executions)),
            str(sum(found["stops_accepted"] for found in run.executions)),
        )
    return shown


def _why(run: DemoRun) -> str:
    """What a run says about its end: its message, or who stopped it."""
    document = run.view.run if run.view else None
    if document is None:
        return ""
    stops = [entry.why for entry in document.history if entry.phase is Phase.STOPPING]
    return document.message or (stops[0] if stops else "")


def outcomes(runs: Sequence[DemoRun]) -> list[str]:
    """What runs hand on, and how often the steps of a resumed one ran, a line each."""
    lines = []
    for run in runs:
        document = run.view.run if run.view else None
        if document is not None and document.outputs:
            handed_on = ", ".join(f"{name} = {output_text(value)}" for name, value in document.outputs.items())
            lines.append(f"{run.workflow_id} hands on {handed_on}")
        if document is not None and document.scheduled_time is not None:
            date = run.executions[0]["parameters"]["ScoringDate"] if run.executions else "nothing"
            lines.append(f"{run.name} fired for {document.scheduled_time:%Y-%m-%d %H:%M:%S} UTC and scored {date}")
        if run.expected_attempts:
            counted = ", ".join(f"{step} {count}" for step, count in run.attempts.items())
            lines.append(f"{run.workflow_id} ran each of its steps so many times, by SageMaker's count: {counted}")
    return lines


def proof(runs: Sequence[DemoRun], stack: Stack) -> str:
    """What the stand-in counted, in a sentence."""
    executions = stack.standin.executions()
    tokens = {found["client_request_token"] for found in executions}
    jobs = sum(len(run.executions) for run in runs if run.task_state is not None)
    return (
        f"The SageMaker stand-in counted {len(executions)} executions under {len(tokens)} request tokens, and {jobs} "
        f"training jobs for the two attempts of the job run; {len(runs)} runs in all."
    )


def wake_ups(stack: Stack) -> str:
    """How ends came to be known, in a sentence."""
    events, calls = stack.standin.control("GET", "/events"), stack.standin.control("GET", "/calls")
    changes = sum(events["emitted"].values())
    polls = sum(calls.get(operation, {}).get("received", 0) for operation in _POLLS)
    return (
        f"It sent {events['delivered']} events of {changes} changes to a queue, and each wakes the poll of its run: "
        f"{polls} polls in all."
    )


def links(runs: Sequence[DemoRun], stack: Stack) -> list[str]:
    """Where each run stands in the Web UI."""
    connection = LinkingConnection(ui_url=stack.temporal.ui_url)
    return [
        connection.web_ui_link(NAMESPACE, run.workflow_id, run.view.workflow_run_id if run.view else None) or ""
        for run in runs
    ]
