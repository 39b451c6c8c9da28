"""Updating a pipeline, once: UpdatePipeline takes no token, so the versions decide whether an update is done.

A changed definition makes a new version, an unchanged one none (developer guide, "Pipeline version aliases"), so a
repeated update does no harm. What does harm is to overwrite another writer's version, above all in a later attempt.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.deployment.deployed import DeployedPipelines
from activities.deployment.messages import ChangedPipeline, UpdatePipelineRequest
from activities.deployment.refusals import conflict, failure_of
from activities.deployment.wish import Wish
from activities.resources.members import number
from activities.resources.operations import UPDATE_PIPELINE
from contract.definition_text import is_same_definition
from contract.deployment import DeployedVersion

log = structlog.get_logger(__name__)

MAX_NEW_VERSIONS: Final = 20
"""Versions since the description that are searched for ours, the oldest of them first."""


class PipelineUpdates:
    """Updates pipelines."""

    def __init__(self, calls: SageMakerCalls, deployed: DeployedPipelines) -> None:
        """Take what reaches AWS, and what reads pipelines."""
        self._calls = calls
        self._deployed = deployed

    async def update(self, platform: Platform, request: UpdatePipelineRequest) -> ChangedPipeline:
        """Update a pipeline unless an earlier attempt did.

        Raises:
            ApplicationError: `InvalidDefinition`, `DeploymentConflict` if another writer made a version since, else
                after `activities.aws.errors`.
        """
        wish = Wish.of(platform, request.wanted)
        try:
            if (done := await self._done(platform, request, wish)) is not None:
                await self._settle(platform, request.pipeline_name, wish)
                return done
            answer = await self._calls.call(
                platform, UPDATE_PIPELINE, PipelineName=request.pipeline_name, **wish.members()
            )
        except AwsError as error:
            raise await asyncio.to_thread(failure_of, error, definition=wish.definition) from None
        log.info("pipeline.updated", pipeline=request.pipeline_name, platform=platform.name)
        version = number(answer, "PipelineVersionId") if wish.definition is not None else request.base_version
        return ChangedPipeline(
            pipeline_arn=request.pipeline_arn,
            version=version,
            role_arn=wish.role_arn,
            notes=_overtaken(request.base_version, version),
        )

    async def _settle(self, platform: Platform, name: str, wish: Wish) -> None:
        """Send the wanted settings, which makes no version: it may be another client that made the wanted version."""
        if settings := replace(wish, definition=None).members():
            await self._calls.call(platform, UPDATE_PIPELINE, PipelineName=name, **settings)

    async def _done(self, platform: Platform, request: UpdatePipelineRequest, wish: Wish) -> ChangedPipeline | None:
        """Return what an earlier attempt did; None if there is no newer version than the one that was described.

        Raises:
            AwsError: The versions cannot be read.
            ApplicationError: `DeploymentConflict`, the newer versions are another writer's.
        """
        base = request.base_version
        versions = await self._deployed.versions(platform, request.pipeline_name)
        newer = sorted((found for found in versions if base and found.version > base), key=lambda found: found.version)
        if not newer:
            return None
        ours = await self._ours(platform, request.pipeline_name, wish, newer)
        if ours is None:
            raise conflict(
                f"The pipeline '{request.pipeline_name}' had the version {base} when it was described, and another "
                f"client has made version {newer[-1].version} since; nothing was overwritten. Compare with it, and "
                "deploy again"
            )
        return ChangedPipeline(pipeline_arn=request.pipeline_arn, version=ours, role_arn=wish.role_arn)

    async def _ours(self, platform: Platform, name: str, wish: Wish, newer: Sequence[DeployedVersion]) -> int | None:
        """Return the version that has the wanted definition."""
        for found in newer[:MAX_NEW_VERSIONS] if wish.definition is not None else ():
            definition = await self._deployed.definition(platform, name, found.version)
            if is_same_definition(wish.definition or "", definition):
                return found.version
        return None


def _overtaken(base: int | None, version: int | None) -> list[str]:
    if base is None or version is None or version <= base + 1:
        return []
    between = f"version {base + 1}" if version == base + 2 else f"versions {base + 1} to {version - 1}"
    return [f"Another client made {between} at the same moment; the deployed definition is now version {version}."]
