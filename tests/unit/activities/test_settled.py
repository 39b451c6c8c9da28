"""Lists of steps beside the end of their execution."""

from typing import Any

import pytest

from activities.aws.platforms import Platform
from activities.resources.operations import Operation
from activities.results import settled
from activities.results.reading import Step
from activities.results.settled import MOST_EMPTY_READINGS, are_settled, read_settled_steps


def steps(*statuses: str) -> list[Step]:
    """Steps in these statuses."""
    return [{"StepName": f"s{number}", "StepStatus": status} for number, status in enumerate(statuses)]


@pytest.mark.parametrize(
    ("found", "status", "expected"),
    [
        (steps("Succeeded"), "Succeeded", True),
        (steps("Succeeded", "Executing"), "Succeeded", False),
        (steps(), "Succeeded", False),
        (steps("Succeeded", "Failed"), "Failed", True),
        (steps("Succeeded"), "Failed", False),
        (steps(), "Failed", False),
        (steps("Succeeded"), "CompletedWithFailures", False),
        (steps(), "Stopped", True),
        (steps("Stopping"), "Stopped", False),
    ],
)
def test_an_end_agrees_with_its_steps(found: list[Step], status: str, *, expected: bool) -> None:
    """A failure has a failed step, and a success has steps."""
    assert are_settled(found, status) is expected


class Lagging:
    """AWS, whose list of steps is empty at first."""

    def __init__(self, empty: int) -> None:
        self._empty, self.readings = empty, 0

    async def poll(self, platform: Platform, operation: Operation, **request: Any) -> Any:  # noqa: ARG002 — as `Polling`
        """Answer a list."""
        self.readings += 1
        return {"PipelineExecutionSteps": steps("Failed") if self.readings > self._empty else []}


@pytest.mark.parametrize(("empty", "readings"), [(2, 3), (100, 1 + MOST_EMPTY_READINGS)])
async def test_a_failure_without_steps_is_read_again(
    monkeypatch: pytest.MonkeyPatch, empty: int, readings: int
) -> None:
    """Its cause may be shown late; an execution that AWS refused before its first step has none."""
    monkeypatch.setattr(settled, "PAUSES_SECONDS", (0.0,) * 5)
    aws = Lagging(empty)
    found = await read_settled_steps(aws, Platform(), "arn", "Failed")
    assert (aws.readings, bool(found)) == (readings, empty < MOST_EMPTY_READINGS)
