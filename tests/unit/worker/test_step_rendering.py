"""Steps and outcome of a run on the screen."""

import io
from datetime import UTC, datetime, timedelta

from rich.console import Console, RenderableType

from contract.pipeline_document import PipelineRunDocument
from contract.run import Attempt, Phase
from contract.steps import FailureCause, Progress, StepDocument
from worker.cli.connection import Connection
from worker.cli.outcome_rendering import decision, outcome
from worker.cli.step_rendering import BAR_COLUMNS, failures, progress_bar, step_line, timeline

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def step(name: str, start: int, end: int | None, status: str = "Succeeded", **more: object) -> StepDocument:
    """A step from so many to so many seconds after noon."""
    fields = {
        "name": name,
        "type": "Training",
        "status": status,
        "started_at": NOON + timedelta(seconds=start),
        "ended_at": None if end is None else NOON + timedelta(seconds=end),
    }
    return StepDocument.model_validate({**fields, **more})


def shown(*blocks: RenderableType) -> list[str]:
    """The lines on a screen, without the spaces at their ends."""
    console = Console(file=io.StringIO(), width=200, markup=False, highlight=False, emoji=False, record=True)
    for block in blocks:
        console.print(block)
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_each_step_has_a_line_with_its_part_of_the_time() -> None:
    """Mark, name, when it ran, how long, and what is special about it."""
    document = PipelineRunDocument(
        steps=[
            step("Prepare", 0, 70, cache_hit=True),
            step("Train", 70, 140, "Failed", attempt=2),
            step("Odd", 140, 140, "Melted"),
        ]
    )
    half, empty = "━" * (BAR_COLUMNS // 2), "╶" * (BAR_COLUMNS // 2)
    assert shown(*timeline(document, 10)) == [
        f"  ✓  Prepare  {half}{empty}  1:10  Training, cached",
        f"  ✗  Train    {empty}{half}  1:10  Training, attempt 2",
        f"  ?  Odd      {'╶' * (BAR_COLUMNS - 1)}━  0:00  Training",
    ]


def test_a_step_under_way_reaches_until_now() -> None:
    """Its time goes on."""
    began = datetime.now(UTC) - timedelta(minutes=2)
    (line,) = shown(*timeline(PipelineRunDocument(steps=[step("Train", 0, None, "Executing", started_at=began)]), 10))
    assert line.startswith(f"  ●  Train  {'━' * BAR_COLUMNS}  2:0")


def test_what_has_no_room_is_counted() -> None:
    """Also what the document itself left out."""
    document = PipelineRunDocument(steps=[step(f"S{number}", number, 9) for number in range(5)], steps_left_out=3)
    lines = shown(*timeline(document, 2))
    assert [line.split()[1] for line in lines[:2]] == ["S3", "S4"]
    assert lines[2:] == ["  and 6 more"]
    assert timeline(PipelineRunDocument(), 2) == []


def test_progress_is_a_bar_where_the_total_is_known() -> None:
    """Words alone elsewhere."""
    bar = f"{'━' * 15}{' ' * 15}"
    assert shown(progress_bar(Progress(done=3, failed=1, total=8))) == [f"  {bar}  3 of 8 steps done, 1 failed"]
    assert shown(progress_bar(Progress(done=1))) == ["  1 step done"]


def test_a_change_of_a_step_is_one_line() -> None:
    """With the time of the change, and the reason of a failure."""
    assert shown(
        step_line(step("Train", 3, None, "Executing")),
        step_line(step("Train", 3, 10, "Failed", attempt=2, failure_reason="exit\ncode 1")),
        step_line(StepDocument(name="New", status="Starting")),
    ) == [
        "  12:00:03  Executing           Train, Training",
        "  12:00:10  Failed              Train, Training, attempt 2, 0:07: exit code 1",
        "            Starting            New",
    ]


def test_failures_are_told_as_far_as_they_are_known() -> None:
    """The causes once they are read, until then what the steps say."""
    document = PipelineRunDocument(steps=[step("A", 0, 1, "Failed", failure_reason="why"), step("B", 0, 1, "Failed")])
    assert shown(*failures(document, 3)) == ["  A: why", "  B: failed"]
    document.causes = [FailureCause(step="A", summary="A: the cause")]
    assert shown(*failures(document, 3)) == ["  A: the cause"]


def test_the_outcome_tells_cause_remedy_log_attempts_and_outputs() -> None:
    """In this order, and nothing where nothing is known."""
    document = PipelineRunDocument(
        causes=[FailureCause(step="A", summary="A: cause", remedy="Do it.", log=["[one]", "two"], log_url="https://l")],
        attempts=[Attempt(number=1, sagemaker_status="Failed", message="A: cause", started_at=NOON, ended_at=NOON)],
        outputs={"model": "s3://m", "auc": 0.5},
    )
    assert shown(*outcome(document)) == [
        "",
        "Why it failed",
        "  ✗ A: cause",
        "    → Do it.",
        "    | [one]",
        "    | two",
        "    https://l",
        "",
        "Attempts",
        "  1  Failed after 0:00: A: cause",
        "",
        "Outputs",
        "  model  s3://m",
        "  auc    0.5",
    ]
    assert outcome(PipelineRunDocument()) == []


def test_a_decision_is_asked_for_with_commands_that_reach_the_same_temporal() -> None:
    """Only while the run waits for one."""
    document = PipelineRunDocument(phase=Phase.WAITING_FOR_DECISION)
    lines = shown(*decision(document, "run-1", Connection("temporal:7233")))
    assert lines[2].endswith("polysync-sagemaker retry run-1 --address temporal:7233")
    assert lines[4].endswith("polysync-sagemaker give-up run-1 --address temporal:7233")
    assert decision(PipelineRunDocument(), "run-1", Connection()) == []
