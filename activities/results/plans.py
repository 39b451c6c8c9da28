"""The plans of executions, remembered, so that a thousand runs of a pipeline are not a thousand definitions."""

import asyncio
import time
from collections import OrderedDict
from typing import Final

import structlog

from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.resources.operations import DESCRIBE_DEFINITION
from activities.results.patience import ReadingCalls
from activities.results.plan import Plan, read_plan
from contract.arns import pipeline_arn

log = structlog.get_logger(__name__)

LIFETIME_SECONDS: Final = 600.0
"""A version never changes, but a pipeline that is deleted and made anew counts its versions from 1 again."""

FAILURE_LIFETIME_SECONDS: Final = 60.0
"""A permission that was granted is to be noticed sooner."""

MAX_REMEMBERED: Final = 64
"""Plans over all platforms; one of a thousand steps takes some hundred KiB."""

Key = tuple[str, str]


class Plans:
    """What executions may run; whoever asks at the same time shares one answer."""

    def __init__(self, calls: ReadingCalls) -> None:
        self._calls = calls
        self._reads: OrderedDict[Key, tuple[float, asyncio.Task[Plan | None]]] = OrderedDict()

    async def plan(self, platform: Platform, execution_arn: str, version_id: int | None) -> Plan | None:
        """Give an execution's plan; None where its definition cannot be read, which is remembered as well.

        Args:
            platform: Where the execution runs.
            execution_arn: The execution.
            version_id: The version of its pipeline, which tells that others run the same; None if it is not known.
        """
        now = time.monotonic()
        of = execution_arn if version_id is None else f"{pipeline_arn(execution_arn)}#{version_id}"
        key = (platform.name, of)
        began, reading = self._reads.get(key, (float("-inf"), None))
        if reading is None or now - began > _lifetime(reading):
            reading = asyncio.create_task(self._read(platform, execution_arn))
            self._reads[key] = (now, reading)
        self._reads.move_to_end(key)
        while len(self._reads) > MAX_REMEMBERED:
            self._reads.popitem(last=False)
        # Shielded: one watch that ends must not take the answer from the others.
        return await asyncio.shield(reading)

    async def _read(self, platform: Platform, execution_arn: str) -> Plan | None:
        try:
            answer = await self._calls.poll(platform, DESCRIBE_DEFINITION, PipelineExecutionArn=execution_arn)
        except AwsError as error:
            log.warning("pipeline_execution.plan_not_read", execution_arn=execution_arn, error=error.explanation)
            return None
        return read_plan(answer.get("PipelineDefinition") or "")


def _lifetime(reading: asyncio.Task[Plan | None]) -> float:
    if not reading.done():
        return LIFETIME_SECONDS
    if reading.cancelled() or reading.exception() is not None:
        return 0.0
    return LIFETIME_SECONDS if reading.result() else FAILURE_LIFETIME_SECONDS
