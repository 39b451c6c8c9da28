"""The activities behind `SageMakerPipelineDeployment`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.deployment.aliases import AliasMoves
from activities.deployment.creating import PipelineCreations
from activities.deployment.deployed import Deployed, DeployedPipelines
from activities.deployment.messages import (
    ChangedPipeline,
    CreatePipelineRequest,
    DeploymentState,
    DescribeDeploymentRequest,
    MoveAliasRequest,
    MovedAlias,
    TaggedPipeline,
    TagPipelineRequest,
    UpdatePipelineRequest,
)
from activities.deployment.refusals import failure_of
from activities.deployment.tagging import PipelineTags
from activities.deployment.updating import PipelineUpdates
from activities.deployment.wish import Wish
from activities.starting.admission import admit_pipeline
from activities.watching.heartbeats import heartbeating
from contract.definition_difference import Difference
from contract.definition_text import compress_definition
from contract.deployment import MAX_VERSIONS_SHOWN
from contract.names import ActivityType


class DeploymentActivities:
    """The activities on pipelines themselves."""

    def __init__(self, calls: SageMakerCalls) -> None:
        """Take what reaches AWS."""
        self._calls = calls
        self._deployed = DeployedPipelines(calls)
        self._creations = PipelineCreations(calls, self._deployed)
        self._updates = PipelineUpdates(calls, self._deployed)
        self._tags = PipelineTags(calls, self._deployed)
        self._aliases = AliasMoves(calls, self._deployed)

    @activity.defn(name=ActivityType.DESCRIBE_DEPLOYMENT)
    async def describe_pipeline_deployment(self, request: DescribeDeploymentRequest) -> DeploymentState:
        """Describe a pipeline as it is deployed, beside what is wanted.

        Raises:
            ApplicationError: `InvalidInput` for a platform, pipeline or version that it is not for, else typed and
                retryable after `activities.aws.errors`.
        """
        async with self._admitted(request.platform, request.pipeline_name) as platform:
            wish = Wish.of(platform, request.wanted)
            try:
                deployed = await self._deployed.read(
                    platform, request.pipeline_name, request.version, request.version_alias
                )
            except AwsError as error:
                raise failure_of(error) from None
            if deployed is None:
                return DeploymentState(
                    exists=False,
                    region=self._calls.region(platform),
                    role_arn=wish.role_arn,
                    tags=dict(wish.tags),
                    changes=await asyncio.to_thread(wish.difference, None),
                )
            # In a thread: a definition has up to 1 MiB.
            changes = await asyncio.to_thread(wish.difference, deployed)
            return _state(request, deployed, changes, self._calls.region(platform))

    @activity.defn(name=ActivityType.CREATE_PIPELINE)
    async def create_pipeline(self, request: CreatePipelineRequest) -> ChangedPipeline:
        """Create a pipeline; see `activities.deployment.creating.PipelineCreations`."""
        async with self._admitted(request.platform, request.pipeline_name) as platform:
            return await self._creations.create(platform, request)

    @activity.defn(name=ActivityType.UPDATE_PIPELINE)
    async def update_pipeline(self, request: UpdatePipelineRequest) -> ChangedPipeline:
        """Update a pipeline; see `activities.deployment.updating.PipelineUpdates`."""
        async with self._admitted(request.platform, request.pipeline_name) as platform:
            return await self._updates.update(platform, request)

    @activity.defn(name=ActivityType.TAG_PIPELINE)
    async def tag_pipeline(self, request: TagPipelineRequest) -> TaggedPipeline:
        """Give a pipeline its tags; see `activities.deployment.tagging.PipelineTags`."""
        async with self._admitted(request.platform, request.pipeline_name) as platform:
            return await self._tags.tag(platform, request)

    @activity.defn(name=ActivityType.MOVE_ALIAS)
    async def move_pipeline_alias(self, request: MoveAliasRequest) -> MovedAlias:
        """Move an alias to a version; see `activities.deployment.aliases.AliasMoves`."""
        # Whatever the platform allows by now: between the two calls the alias names no version.
        platform = self._calls.platforms.of_open_run(request.platform)
        async with heartbeating(lambda: None):
            return await self._aliases.move(platform, request)

    @asynccontextmanager
    async def _admitted(self, platform: str, pipeline_name: str) -> AsyncIterator[Platform]:
        """Heartbeat for the block, on a platform that the pipeline may be deployed on."""
        admitted = admit_pipeline(self._calls.platforms, platform, pipeline_name)
        async with heartbeating(lambda: None):
            yield admitted


def _state(
    request: DescribeDeploymentRequest, deployed: Deployed, changes: Difference, region: str | None
) -> DeploymentState:
    alias_version = next((found.version for found in deployed.versions if request.alias in found.aliases), None)
    state = deployed.state
    return DeploymentState(
        exists=True,
        region=region,
        pipeline_arn=deployed.arn,
        role_arn=state.role_arn,
        display_name=state.display_name,
        description=state.description,
        max_parallel_steps=state.max_parallel_steps,
        tags=dict(state.tags or {}),
        latest_version=deployed.latest_version,
        version=deployed.version,
        versions=list(deployed.versions[:MAX_VERSIONS_SHOWN]),
        alias_version=alias_version,
        changes=changes,
        compressed_definition=compress_definition(state.definition or "") if request.with_definition else None,
    )
