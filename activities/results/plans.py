"""The plans of executions, cached, so that a thousand runs of a pipeline do not read a thousand definitions."""

import asyncio
from typing import Final

import structlog

from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.resources.members import text
from activities.resources.operations import DESCRIBE_DEFINITION
from activities.results.patience import ReadingCalls
from activities.results.plan import Plan, read_plan
from activities.shared_reads import SharedReads
from contract.arns import pipeline_arn

log = structlog.get_logger(__name__)

LIFETIME_SECONDS: Final = 600.0
"""A version never changes, but a pipeline that is deleted and created again counts its versions from 1."""

FAILURE_LIFETIME_SECONDS: Final = 60.0
"""Shorter, so that a permission that was granted is noticed soon."""

MAX_REMEMBERED: Final = 64
"""Plans over all platforms; one of a thousand steps takes some hundred KiB."""

MAX_CHARS_ON_LOOP: Final = 32 * 1024
"""Definitions up to here are read within a few milliseconds; AWS gives up to 1 MiB."""

Key = tuple[str, str]


class Plans:
    """What executions may run; callers that ask at the same time share one read."""

    def __init__(self, calls: ReadingCalls) -> None:
        self._calls = calls
        self._reads = SharedReads[Key, Plan | None](
            lifetime=LIFETIME_SECONDS,
            failure_lifetime=FAILURE_LIFETIME_SECONDS,
            is_failure=lambda plan: plan is None,
            most=MAX_REMEMBERED,
        )

    async def plan(self, platform: Platform, execution_arn: str, version_id: int | None) -> Plan | None:
        """Return an execution's plan; None where its definition cannot be read, which is cached as well.

        Args:
            platform: Where the execution runs.
            execution_arn: The execution.
            version_id: The version of its pipeline, which other executions may share; None if it is not known.
        """
        of = execution_arn if version_id is None else f"{pipeline_arn(execution_arn)}#{version_id}"
        return await self._reads.get((platform.name, of), lambda: self._read(platform, execution_arn))

    async def _read(self, platform: Platform, execution_arn: str) -> Plan | None:
        try:
            answer = await self._calls.poll(platform, DESCRIBE_DEFINITION, PipelineExecutionArn=execution_arn)
        except AwsError as error:
            log.warning("pipeline_execution.plan_not_read", execution_arn=execution_arn, error=error.explanation)
            return None
        definition = text(answer, "PipelineDefinition") or ""
        if len(definition) <= MAX_CHARS_ON_LOOP:
            return read_plan(definition)
        return await asyncio.to_thread(read_plan, definition)
