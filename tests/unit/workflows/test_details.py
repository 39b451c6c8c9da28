"""A run on its page in the Temporal Web UI."""

from datetime import UTC, datetime

import pytest

from contract.run_document import Phase, RunDocument, RunStatus
from workflows.details import render_details

NOON = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC)


def test_a_run_that_ended_tells_everything() -> None:
    """The whole text."""
    document = RunDocument(
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
    assert render_details(document) == "\n".join(  # noqa: FLY002 — as a person reads it
        [
            "### ❌ churn: Failed",
            "",
            "- **Phase:** Closed",
            "- **Status:** Failed (SageMaker: CompletedWithFailures)",
            "- **Message:** 2 steps failed",
            "- **Execution:** `arn:x`",
            "- **Monitor:** [open in the SageMaker console](https://console)",
            "- **Platform:** prod (eu-west-1)",
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
    text = render_details(RunDocument())
    assert text.startswith("### 🔵 SageMaker pipeline: Starting\n")
    assert "- **Execution:** not started yet" in text
    assert "Monitor" not in text
    assert "Started" not in text
    assert "None" not in text


@pytest.mark.parametrize("status", RunStatus)
def test_every_status_has_its_mark(status: RunStatus) -> None:
    """A status without one would fail the workflow task for ever."""
    assert render_details(RunDocument(status=status)).startswith("### ")


def test_only_the_latest_changes_are_shown() -> None:
    """The page stays readable; the whole history is in the document."""
    document = RunDocument(platform="prod")
    for number in range(30):
        document.sagemaker_status = str(number)
        document.record(NOON, f"change {number}")
    assert render_details(document).count("change ") == 10
    assert render_details(document).endswith("change 29")
