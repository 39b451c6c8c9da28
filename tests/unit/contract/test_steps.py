"""The steps of a run document."""

from datetime import UTC, datetime, timedelta

import pytest

from contract.steps import MAX_STEP_REASON_CHARS, MAX_STEPS, Progress, StepDocument, merge_steps

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAYLOAD_LIMIT_BYTES = 2 * 1024 * 1024


def step(number: int, status: str = "Succeeded", **fields: object) -> StepDocument:
    """A step that started that many seconds after noon."""
    return StepDocument.model_validate(
        {"name": f"s{number:04}", "status": status, "started_at": NOON + timedelta(seconds=number), **fields}
    )


def test_a_new_look_replaces_the_old_one() -> None:
    """Steps stay in the order of their start."""
    steps = merge_steps([step(2, "Executing"), step(1)], [step(3, "Starting"), step(2)])
    assert [(found.name, found.status) for found in steps] == [
        ("s0001", "Succeeded"),
        ("s0002", "Succeeded"),
        ("s0003", "Starting"),
    ]


def test_rounds_of_a_loop_are_steps_of_their_own() -> None:
    """AWS gives them the same name."""
    steps = merge_steps([], [step(1, iteration="Loop[0]"), step(1, iteration="Loop[1]")])
    assert [found.key for found in steps] == ["Loop[0]/s0001", "Loop[1]/s0001"]


JOB = "arn:aws:sagemaker:us-east-1:111122223333:training-job/a"


@pytest.mark.parametrize(
    "change",
    [
        {"status": "Failed"},
        {"attempt": 2},
        {"job_arn": JOB + "2"},
        {"started_at": NOON + timedelta(seconds=2)},
        {"ended_at": NOON + timedelta(seconds=9)},
        {"failure_reason": "exit code: 1"},
    ],
)
def test_a_step_that_changes_has_another_mark(change: dict[str, object]) -> None:
    """A resumed step may fail again under the same status and attempt, with another job, reason and times."""
    before = step(1, "Executing", job_arn=JOB)
    after = step(1, **{"status": "Executing", "job_arn": JOB, **change})  # type: ignore[arg-type]
    assert before.has_mark(before.mark)
    assert not after.has_mark(before.mark)
    assert after.has_mark(after.mark)


def test_a_mark_outlives_json_and_texts() -> None:
    """Workflow and activity compute it on either side of a payload; a reason may be cut or redacted in between."""
    failed = step(1, "Failed", job_arn=JOB, ended_at=NOON, failure_reason="the password is hunter2")
    received = StepDocument.model_validate_json(failed.model_dump_json())
    assert received.mark == failed.mark == failed.model_copy(update={"failure_reason": "[redacted]"}).mark


def test_marks_of_older_histories_count_by_status_and_attempt() -> None:
    """A run that crosses the upgrade is not told of all its steps again."""
    assert step(1, "Executing", job_arn=JOB).has_mark("Executing/1")
    assert not step(1, "Executing", attempt=10, job_arn=JOB).has_mark("Executing/1")
    assert not step(1).has_mark(None)


def test_too_many_steps_lose_those_that_succeeded_first() -> None:
    """What failed or runs is what people look for."""
    many = [step(number, "Failed" if number == 0 else "Succeeded") for number in range(MAX_STEPS + 100)]
    steps = merge_steps([], many)
    assert len(steps) == MAX_STEPS
    assert [found.name for found in steps[:2]] == ["s0000", "s0101"]


def test_the_largest_document_stays_below_temporals_limit() -> None:
    """Every text at its bound; AWS's own bounds hold for the ARN (256) and the link with it."""
    largest = step(
        0,
        "Failed",
        name="n" * 256,
        iteration="i" * 262,
        display_name="d" * 256,
        failure_reason="r" * MAX_STEP_REASON_CHARS,
        job_arn="a" * 256,
        console_url="u" * 350,
    )
    assert len(largest.model_dump_json()) * MAX_STEPS < PAYLOAD_LIMIT_BYTES * 0.6


@pytest.mark.parametrize(
    ("succeeded", "before", "after"),
    [
        (True, Progress(done=2, total=4), Progress(done=2, total=2)),
        (True, Progress(done=2, running=1, failed=1, total=4), Progress(done=2, failed=1, total=3)),
        (True, Progress(done=2), Progress(done=2)),
        (False, Progress(done=2, running=1, failed=1, total=4), Progress(done=2, failed=1, total=4)),
    ],
)
def test_nothing_runs_at_the_end(*, succeeded: bool, before: Progress, after: Progress) -> None:
    """After a success no step is open either: the others were in a branch that was not taken."""
    assert before.at_the_end(succeeded=succeeded) == after
