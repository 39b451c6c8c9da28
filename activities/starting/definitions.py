"""What pipelines declare, cached for a minute: a thousand starts are not a thousand calls of DescribePipeline."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.resources.operations import DESCRIBE_PIPELINE
from activities.shared_reads import SharedReads
from contract.declarations import DeclaredParameter, read_declarations

LIFETIME_SECONDS: Final = 60.0
FAILURE_LIFETIME_SECONDS: Final = 10.0
"""A granted permission or the end of an outage must be noticed sooner than a changed definition."""

MAX_REMEMBERED: Final = 256
"""Pipelines in a worker's cache, over all platforms."""

Key = tuple[str, str, int | str | None]


@dataclass(frozen=True)
class Declared:
    """What a pipeline declared at one moment, or why that is not known."""

    began: float
    """When the reading began (`time.monotonic`): the answer is no older than this."""
    parameters: Sequence[DeclaredParameter] = ()
    unreadable: Sequence[str] = ()
    """Entries that could not be read: parameters beyond those known may be declared."""
    callback_steps: Sequence[str] = ()
    """The names of its Callback steps."""
    unknown_because: str | None = None
    is_missing: bool = False
    """Whether that is because AWS knows no such pipeline, version or alias."""


class Definitions:
    """The declarations of pipelines; concurrent reads share one DescribePipeline (single-flight)."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls
        self._reads = SharedReads[Key, Declared](
            lifetime=LIFETIME_SECONDS,
            failure_lifetime=FAILURE_LIFETIME_SECONDS,
            is_failure=lambda declared: declared.unknown_because is not None,
            most=MAX_REMEMBERED,
        )

    async def read(
        self,
        platform: Platform,
        pipeline_name: str,
        version: int | str | None = None,
        *,
        since: float | None = None,
    ) -> Declared:
        """Return what a pipeline declares; a failure to read it is part of the answer and is not raised.

        Args:
            platform: Where the pipeline is.
            pipeline_name: Its name or ARN.
            version: The number of its version, or the alias of one; None for the latest.
            since: The answer must not be older than this (`time.monotonic`); by default a minute may have passed.
        """
        key = (platform.name, pipeline_name, version)
        return await self._reads.get(key, lambda: self._read(platform, pipeline_name, version), since=since)

    async def _read(self, platform: Platform, pipeline_name: str, version: int | str | None) -> Declared:
        began = time.monotonic()
        request: dict[str, Any] = {"PipelineName": pipeline_name}
        if version is not None:
            request["PipelineVersionId" if isinstance(version, int) else "PipelineVersionAlias"] = version
        try:
            described = await self._calls.call(platform, DESCRIBE_PIPELINE, **request)
            # In a thread: a definition has up to 1 MiB.
            found = await asyncio.to_thread(read_declarations, described.get("PipelineDefinition") or "")
            return Declared(began, found.parameters, found.problems, found.callback_steps)
        except AwsError as error:
            is_missing = error.kind is Kind.NOT_FOUND
            return Declared(began, unknown_because=error.explanation, is_missing=is_missing)
        except ValueError as error:
            return Declared(began, unknown_because=str(error))
