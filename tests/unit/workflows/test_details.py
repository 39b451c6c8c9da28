"""A run on its page in the Temporal Web UI."""

from datetime import UTC, datetime, timedelta

import pytest

from contract.job_document import JobIdentity, JobProgress, JobRunDocument
from contract.job_kinds import JobKind
from contract.pipeline_document import PipelineRunDocument
from contract.retry import RetryMode
from contract.run import Attempt, Caught, ErrorName, Phase, RunStatus
from contract.steps import FailureCause, Progress, StepDocument
from workflows.views.details import render_details

WORKFLOW_ID = "churn-1"
NOON = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC)


def test_a_run_that_ended_tells_everything() -> None:
    """The whole text."""
    document = PipelineRunDocument(
        run_id="arn:x",
        status=RunStatus.RUNNING,
        platform="prod",
        pipeline_name="churn",
        phase=Phase.STARTING,
    )
    document.record(NOON, "Run accepted")
    document.phase, document.status, document.sagemaker_status = Phase.CLOSED, RunStatus.FAILED, "CompletedWithFailures"
    document.message, document.monitor_url, document.region = "2 steps failed", "https://console", "eu-west-1"
    document.started_at = document.ended_at = NOON
    document.record(NOON, "Run failed")
    assert render_details(document, WORKFLOW_ID) == "\n".join(  # noqa: FLY002 — as a person reads it
        [
            "### ❌ churn: Failed",
            "",
            "- **Phase:** Closed",
            "- **Status:** Failed (SageMaker: CompletedWithFailures)",
            "- **Message:** 2 steps failed",
            "- **Execution:** `arn:x`",
            "- **Monitor:** [open in the SageMaker console](https://console)",
            "- **Platform:** prod \\(eu-west-1\\)",
            "- **Started:** 2026-11-21 12:30:15 UTC",
            "- **Ended:** 2026-11-21 12:30:15 UTC",
            "",
            "**What happened**",
            "",
            "- 12:30:15 **Starting** Run accepted",
            "- 12:30:15 **Failed** Run failed",
        ]
    )


def test_what_is_not_known_yet_is_left_out() -> None:
    """An input that was refused has no platform to speak of."""
    text = render_details(PipelineRunDocument(), WORKFLOW_ID)
    assert text.startswith("### 🔵 SageMaker run: Starting\n")
    assert "- **Execution:** not started yet" in text
    assert "Monitor" not in text
    assert "Started" not in text
    assert "None" not in text


@pytest.mark.parametrize("status", RunStatus)
def test_every_status_has_its_mark(status: RunStatus) -> None:
    """A status without one would fail the workflow task for ever."""
    assert render_details(PipelineRunDocument(status=status), WORKFLOW_ID).startswith("### ")


def test_only_the_latest_changes_are_shown() -> None:
    """The page stays readable; the whole history is in the document."""
    document = PipelineRunDocument(platform="prod")
    for number in range(30):
        document.sagemaker_status = str(number)
        document.record(NOON, f"change {number}")
    assert render_details(document, WORKFLOW_ID).count("change ") == 10
    assert render_details(document, WORKFLOW_ID).endswith("change 29")


def step(number: int, status: str = "Succeeded", **more: object) -> StepDocument:
    """A step that began so many seconds after noon and took a minute."""
    start = NOON + timedelta(seconds=number)
    return StepDocument.model_validate(
        {
            "name": f"Step{number}",
            "status": status,
            "started_at": start,
            "ended_at": None if status == "Executing" else start + timedelta(minutes=1),
            **more,
        }
    )


def lines_of(document: PipelineRunDocument) -> list[str]:
    """The text's lines, with the cells' padding as plain spaces."""
    return [" ".join(line.split()) for line in render_details(document, WORKFLOW_ID).replace("\u00a0", " ").split("\n")]


def test_steps_stand_in_a_table_with_links_and_the_progress_above() -> None:
    """Marks, attempts, cache hits, durations; of a step under way since when; links to job and log."""
    document = PipelineRunDocument(
        steps=[
            step(1, cache_hit=True),
            step(2, "Executing", attempt=2, console_url="https://job"),
            step(3, "Failed", console_url="https://job3"),
            step(4, "Stopped"),
            step(5, "Melted", started_at=None),
        ],
        progress=Progress(done=1, running=1, failed=1, total=7),
        causes=[FailureCause(step="Step3", summary="Step3: broke", log_url="https://log3")],
    )
    lines = lines_of(document)
    assert "**1 of 7 steps done, 1 failed**; Step2 runs" in lines
    begin = lines.index("| | Step | Status | Time | |")
    assert lines[begin + 2 : begin + 7] == [
        "| ✅ | Step1 | Succeeded, cached | 1:00 | |",
        "| 🔵 | Step2 | Executing, attempt 2 | since 12:30:17 | [job](https://job) |",
        "| ❌ | Step3 | Failed | 1:00 | [job](https://job3) [log](https://log3) |",
        "| ⏹️ | Step4 | Stopped | 1:00 | |",
        "| ❔ | Step5 | Melted | | |",
    ]


def test_a_thousand_steps_stay_a_page() -> None:
    """40 rows, what is under way and what failed among them; the rest is counted, also what the document left out."""
    steps = [step(number) for number in range(60)] + [step(60, "Failed"), step(61, "Executing")]
    lines = lines_of(PipelineRunDocument(steps=steps, steps_left_out=938))
    rows = [line for line in lines if line.startswith(("| ✅", "| ❌", "| 🔵"))]
    assert len(rows) == 40
    assert [row for row in rows if "Step60" in row or "Step61" in row] == rows[-2:]
    assert "and 960 more" in lines


def test_the_cause_stands_in_one_line_with_its_remedy_and_the_log() -> None:
    """Texts of others do not break the page; the log stands as it was written."""
    cause = FailureCause(
        step="Train", summary="Train: <b>Error</b> | exit\ncode 1", remedy="Ask *somebody*.", log=["| x | `y`"]
    )
    lines = lines_of(PipelineRunDocument(message="the same", causes=[cause]))
    assert r"- **Cause:** Train: \<b\>Error\</b\> \| exit code 1" in lines
    assert r"- **Remedy:** Ask \*somebody\*." in lines
    assert lines[lines.index("Last lines of Train's log:") + 2 :][:3] == ["```", "| x | `y`", "```"]
    assert not any("Message" in line for line in lines)


def test_a_run_that_waits_for_a_decision_tells_the_commands() -> None:
    """They can be copied as they are, whatever the workflow id."""
    document = PipelineRunDocument(phase=Phase.WAITING_FOR_DECISION, waits_until=NOON)
    text = render_details(document, "it's mine")
    assert "\npolysync-sagemaker retry 'it'\"'\"'s mine'\n" in text
    assert "\npolysync-sagemaker retry 'it'\"'\"'s mine' --mode restart\n" in text
    assert "\npolysync-sagemaker give-up 'it'\"'\"'s mine'\n" in text
    assert "- **Until:** 2026-11-21 12:30:15 UTC" in text
    assert "polysync-sagemaker" not in render_details(PipelineRunDocument(), "it's mine")


def test_outputs_and_attempts_are_told() -> None:
    """Values as JSON, text as it is; each attempt with how it came about and why it failed."""
    document = PipelineRunDocument(
        outputs={"model": "s3://a", "auc": 0.5, "none": None},
        attempts=[
            Attempt(number=1, sagemaker_status="Failed", message="Train: x", started_at=NOON, ended_at=NOON),
            Attempt(number=2, mode=RetryMode.RESUME),
        ],
    )
    lines = lines_of(document)
    assert lines[lines.index("**Outputs**") + 2 :][:3] == [
        "- **model:** `s3://a`",
        "- **auc:** `0.5`",
        "- **none:** `null`",
    ]
    assert lines[lines.index("**Attempts**") + 2 :][:2] == [
        "- **1** Failed after 0:00: Train: x",
        "- **2** (resume) under way",
    ]


def job(**fields: object) -> JobRunDocument:
    """The document of a tuning job."""
    identity = JobIdentity(kind=JobKind.TUNING, name="search-1a")
    return JobRunDocument.model_validate(
        {"job": identity, "run_id": "arn:aws:x:hyper-parameter-tuning-job/search-1a"} | fields
    )


def test_a_job_shows_what_it_is_how_far_it_is_and_where_its_log_is() -> None:
    """The whole text; nothing that AWS or a caller wrote is markup."""
    document = job(
        status=RunStatus.FAILED,
        phase=Phase.CLOSED,
        sagemaker_status="Failed",
        secondary_status="Max*Runtime*Exceeded",
        progress=JobProgress(counters={"Completed": 3, "Stopped": 1}, best_job="search-1a-004 (auc 0.9)"),
        billable_seconds=90,
        monitor_url="https://console",
        log_url="https://logs/a(b)",
        error=ErrorName(name="SageMaker.CapacityError", cause="no room"),
        caught=Caught(next="[Notify]", error="States.ALL", cause="no room"),
        attempts=[
            Attempt(number=1, execution_arn="arn:x:hyper-parameter-tuning-job/search-19", sagemaker_status="Failed"),
            Attempt(number=2, mode=RetryMode.RESTART, execution_arn="arn:x:tuning/search-1a", message="no *room*"),
        ],
    )
    assert render_details(document, WORKFLOW_ID) == "\n".join(  # noqa: FLY002 — as a person reads it
        [
            "### ❌ search-1a: Failed",
            "",
            "- **Phase:** Closed",
            "- **Status:** Failed",
            "- **Error:** SageMaker.CapacityError",
            "- **Caught:** States.ALL, goes on with \\[Notify\\]",
            "- **Job:** tuning search-1a",
            "- **Secondary status:** Max\\*Runtime\\*Exceeded",
            "- **Progress:** Completed 3, Stopped 1",
            "- **Best job:** search-1a-004 \\(auc 0.9\\)",
            "- **Job ARN:** `arn:aws:x:hyper-parameter-tuning-job/search-1a`",
            "- **Monitor:** [open in the SageMaker console](https://console)",
            "- **Log:** [open in the CloudWatch console](https://logs/a%28b%29)",
            "- **Billable:** 90 s",
            "",
            "**Attempts**",
            "",
            "- **1** `search-19` Failed",
            "- **2** `search-1a` under way: no \\*room\\*",
        ]
    )


def test_a_job_run_that_waits_for_a_decision_shows_its_own_commands() -> None:
    """A job cannot be resumed, so there is no mode to choose."""
    text = render_details(job(phase=Phase.WAITING_FOR_DECISION), WORKFLOW_ID)
    assert "# start another job\npolysync-sagemaker retry churn-1\n# close" in text
    assert "--mode" not in text
    assert "--mode restart" in render_details(PipelineRunDocument(phase=Phase.WAITING_FOR_DECISION), WORKFLOW_ID)
