"""Job runs on the screen, beside the Web UI's page of `tests/unit/workflows/test_details.py`."""

from datetime import UTC, datetime

from rich.console import Console, RenderableType

from contract.job_document import JobIdentity, JobProgress, JobRunDocument
from contract.job_kinds import JobKind
from contract.retry import RetryMode
from contract.run import Attempt, Caught, ErrorName, Phase, RunStatus
from worker.cli.connection import Connection
from worker.cli.following import Poll
from worker.cli.run_progress import LiveProgress
from worker.cli.run_rendering import run_screen
from worker.cli.run_view import RunView

NOON = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
ARN = "arn:aws:sagemaker:eu-west-1:111122223333:hyper-parameter-tuning-job/search-1a"


def tuning_job(**fields: object) -> JobRunDocument:
    """A tuning job that runs, or what the fields make of it."""
    known = {
        "run_id": ARN,
        "job": JobIdentity(kind=JobKind.TUNING, name="search-1a"),
        "phase": Phase.RUNNING,
        "sagemaker_status": "InProgress",
        "progress": JobProgress(counters={"Completed": 3, "InProgress": 2}, best_job="search-1a-002 (auc 0.9)"),
        "log_url": "https://logs",
        "started_at": NOON,
    }
    return JobRunDocument.model_validate(known | fields)


def shown(renderable: RenderableType) -> list[str]:
    """Its lines, without what pads them."""
    console = Console(width=200, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable)
    return [line.rstrip() for line in captured.get().splitlines()]


def screen(document: JobRunDocument) -> list[str]:
    """What `status` prints."""
    return shown(run_screen(RunView(workflow_id="search", workflow_status="Running", run=document), Connection()))


def test_a_tuning_job_shows_its_counters_its_best_job_and_its_log() -> None:
    """The whole screen."""
    document = tuning_job(ended_at=NOON, billable_seconds=90)
    document.record(NOON, "SageMaker reports InProgress")
    assert screen(document) == [
        "search: Running",
        "  Job        tuning search-1a",
        "  Progress   Completed 3, InProgress 2",
        "  Best job   search-1a-002 (auc 0.9)",
        "  Phase      Running",
        "  SageMaker  InProgress",
        f"  Job ARN    {ARN}",
        "  Log        https://logs",
        "  Started    2026-11-26 12:00:00 UTC, 0:00",
        "  Billable   90 s",
        "  Workflow   Running",
        "",
        "What happened",
        "  12:00:00  Running             SageMaker reports InProgress",
    ]


def test_attempts_name_their_jobs_and_a_caught_error_where_it_goes_on() -> None:
    """Each attempt is a job of its own, so its mode says nothing."""
    lines = screen(
        tuning_job(
            status=RunStatus.FAILED,
            error=ErrorName(name="SageMaker.CapacityError", cause="no room"),
            caught=Caught(next="Notify", error="States.ALL", cause="no room"),
            attempts=[
                Attempt(number=1, execution_arn=ARN.replace("1a", "19"), sagemaker_status="Failed", message="no room"),
                Attempt(number=2, mode=RetryMode.RESTART, execution_arn=ARN),
            ],
        )
    )
    assert "  Error      SageMaker.CapacityError" in lines
    assert "  Caught     States.ALL, goes on with Notify" in lines
    assert lines[lines.index("Attempts") :] == [
        "Attempts",
        "  1  search-19  Failed: no room",
        "  2  search-1a  under way",
    ]


def test_the_live_view_shows_a_job_and_what_ctrl_c_does() -> None:
    """On a terminal, while it runs."""
    view = LiveProgress("search", Connection(), "https://ui", cancels=True)
    assert any("waits for a worker" in line for line in shown(view._render()))  # noqa: SLF001 — drawn by rich alone
    view.show(Poll(tuning_job(secondary_status="Training")))
    lines = shown(view._render())  # noqa: SLF001 — see above
    assert [line.split()[1:] for line in lines if "Secondary" in line] == [["status", "Training"]]
    assert any("Best job" in line and "search-1a-002 (auc 0.9)" in line for line in lines)
    assert lines[-1] == "  Ctrl-C asks the run to stop."
    leaving = LiveProgress("search", Connection(), None, cancels=False)
    assert shown(leaving._render())[-1] == "  Ctrl-C leaves the run running."  # noqa: SLF001 — see above
