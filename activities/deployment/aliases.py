"""Moving an alias: AWS takes two calls, and between them the alias names no version (UpdatePipelineVersion).

Each attempt reads where the alias is and goes on from there, so that a crash between the calls does no more than delay
the second one. Once the alias is removed from its old version, nothing but another writer's choice ends the move.
"""

from collections.abc import Sequence
from typing import Final

import structlog
from temporalio import activity

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.deployment.deployed import DeployedPipelines
from activities.deployment.messages import MoveAliasRequest, MovedAlias
from activities.deployment.refusals import conflict, failure_of
from activities.resources.operations import UPDATE_PIPELINE_VERSION
from contract.deployment import DeployedVersion
from contract.failures import invalid_input

log = structlog.get_logger(__name__)

MAX_ALIASES: Final = 10
"""Of a version: botocore's service model, PipelineVersionAliases."""


class AliasMoves:
    """Moves aliases from version to version."""

    def __init__(self, calls: SageMakerCalls, deployed: DeployedPipelines) -> None:
        """Take what reaches AWS, and what reads pipelines."""
        self._calls = calls
        self._deployed = deployed

    async def move(self, platform: Platform, request: MoveAliasRequest) -> MovedAlias:
        """Move an alias to a version.

        Raises:
            ApplicationError: `InvalidInput` for a version that does not exist or has ten aliases, `DeploymentConflict`
                where another writer has moved the alias, else after `activities.aws.errors`.
        """
        try:
            versions = await self._deployed.versions(platform, request.pipeline_name)
        except AwsError as error:
            # An earlier attempt may have removed the alias.
            is_gone = error.is_answer and error.kind is Kind.NOT_FOUND
            raise failure_of(error, never_final=activity.info().attempt > 1 and not is_gone) from None
        holder = next((found.version for found in versions if request.alias in found.aliases), None)
        target = _target(versions, request, is_half_done=holder is None and request.from_version is not None)
        if holder == target.version:
            return MovedAlias(aliases=target.aliases)
        if holder is not None and holder != request.from_version:
            raise conflict(
                f"Another client has moved the alias '{request.alias}' of the pipeline '{request.pipeline_name}' to "
                f"version {holder} since it was described; it was left there"
            )
        if holder is not None:
            await self._remove(platform, request, holder)
        await self._add(platform, request)
        log.info("pipeline_alias.moved", pipeline=request.pipeline_name, alias=request.alias, version=request.version)
        return MovedAlias(aliases=[*target.aliases, request.alias])

    async def _remove(self, platform: Platform, request: MoveAliasRequest, holder: int) -> None:
        is_repeated = activity.info().attempt > 1
        try:
            await self._change(platform, request, holder, "Remove")
        except AwsError as error:
            if is_repeated and error.is_answer and error.kind is Kind.INVALID:
                # An earlier attempt removed it, and the list of the versions lags behind.
                log.info("pipeline_alias.already_removed", pipeline=request.pipeline_name, alias=request.alias)
                return
            raise failure_of(error, never_final=is_repeated) from None

    async def _add(self, platform: Platform, request: MoveAliasRequest) -> None:
        is_half_done = request.from_version is not None
        try:
            await self._change(platform, request, request.version, "Add")
        except AwsError as error:
            if is_half_done and error.is_answer and error.kind is Kind.NOT_FOUND:
                # The version may have been made a moment ago; only without its pipeline there is nothing left to do.
                is_half_done = await self._may_exist(platform, request.pipeline_name)
            raise failure_of(error, never_final=is_half_done) from None

    async def _may_exist(self, platform: Platform, name: str) -> bool:
        try:
            return await self._deployed.exists(platform, name)
        except AwsError:
            return True

    async def _change(self, platform: Platform, request: MoveAliasRequest, version: int, operation: str) -> None:
        await self._calls.call(
            platform,
            UPDATE_PIPELINE_VERSION,
            resource=f"pipeline={request.pipeline_name}, version={version}, alias={request.alias}",
            PipelineArn=request.pipeline_arn,
            PipelineVersionId=version,
            PipelineVersionAliasOperations={operation: [request.alias]},
        )


def _target(versions: Sequence[DeployedVersion], request: MoveAliasRequest, *, is_half_done: bool) -> DeployedVersion:
    """Return the version that gets the alias, if AWS will take it there: before the alias has left its old version.

    The list may lag behind a version that was made a moment ago: it has no aliases yet.
    """
    latest = versions[0].version if versions else 0
    found = next((each for each in versions if each.version == request.version), None)
    if found is None and request.version <= latest and not is_half_done:
        raise invalid_input(f"version: the pipeline '{request.pipeline_name}' has no version {request.version}")
    target = found or DeployedVersion(version=request.version)
    if request.alias not in target.aliases and len(target.aliases) >= MAX_ALIASES and not is_half_done:
        raise invalid_input(
            f"alias: version {request.version} has {', '.join(target.aliases)}, and AWS allows {MAX_ALIASES} aliases "
            "of a version"
        )
    return target
