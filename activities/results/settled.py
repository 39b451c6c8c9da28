"""Reading the steps of an execution that has ended: the list of steps is eventually consistent with the end."""

import asyncio
from collections.abc import Sequence
from typing import Final

from activities.aws.platforms import Platform
from activities.results.reading import Polling, Step, read_steps
from contract.pipeline_document import run_status
from contract.run import RunStatus
from contract.steps import OPEN_STEPS

PAUSES_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Between two readings. AWS does not document how long the list lags; some seconds were seen."""

MOST_EMPTY_READINGS: Final = 3
"""More readings of a list without any step are not made: AWS may have refused the execution before its first step."""


async def read_settled_steps(calls: Polling, platform: Platform, execution_arn: str, status: str | None) -> list[Step]:
    """Read the steps again, for a bounded time, while they contradict the end: else a failure would have no cause.

    Args:
        calls: Reaches AWS.
        platform: Where the execution ran.
        execution_arn: An execution that has ended.
        status: Its terminal status.

    Returns:
        The steps as they were read last, oldest first; after the last reading they may still contradict the end.

    Raises:
        botocore.exceptions.ClientError: AWS answered with an error.
        botocore.exceptions.BotoCoreError: The call could not be made, or no answer came.
    """
    steps = await read_steps(calls, platform, execution_arn)
    for number, pause in enumerate(PAUSES_SECONDS):
        if are_settled(steps, status) or (not steps and number >= MOST_EMPTY_READINGS):
            break
        await asyncio.sleep(pause)
        steps = await read_steps(calls, platform, execution_arn)
    return steps


def are_settled(steps: Sequence[Step], status: str | None) -> bool:
    """Whether steps agree with the end of their execution: none is open, and a failed execution has a failed step.

    One that succeeded has a step, and one that was stopped need not have any.
    """
    statuses = {step.get("StepStatus") for step in steps}
    if statuses & OPEN_STEPS:
        return False
    match run_status(status):
        case RunStatus.FAILED:
            return "Failed" in statuses
        case RunStatus.SUCCESS:
            return bool(steps)
        case _:
            return True
