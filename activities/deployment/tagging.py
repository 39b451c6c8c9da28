"""Giving a pipeline its tags."""

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.deployment.deployed import DeployedPipelines
from activities.deployment.messages import TaggedPipeline, TagPipelineRequest, Wanted
from activities.deployment.refusals import failure_of
from activities.deployment.wish import Wish
from activities.resources.operations import ADD_TAGS, DELETE_TAGS


class PipelineTags:
    """Changes tags of pipelines; each attempt computes the change from the tags that there are."""

    def __init__(self, calls: SageMakerCalls, deployed: DeployedPipelines) -> None:
        """Take what reaches AWS, and what reads pipelines."""
        self._calls = calls
        self._deployed = deployed

    async def tag(self, platform: Platform, request: TagPipelineRequest) -> TaggedPipeline:
        """Remove and add tags until they are the wanted ones.

        Raises:
            ApplicationError: Typed and retryable after `activities.aws.errors`.
        """
        arn = request.pipeline_arn
        try:
            tags = await self._deployed.tags(platform, arn)
            changes = Wish.of(platform, Wanted(tags=request.tags)).tag_changes(tags)
            # First what makes room: a resource has up to 50 tags.
            if changes.removed:
                await self._calls.call(platform, DELETE_TAGS, ResourceArn=arn, TagKeys=changes.removed)
            if changes.added:
                added = [{"Key": key, "Value": value} for key, value in changes.added.items()]
                await self._calls.call(platform, ADD_TAGS, ResourceArn=arn, Tags=added)
        except AwsError as error:
            raise failure_of(error) from None
        kept = {key: value for key, value in tags.items() if key not in changes.removed}
        return TaggedPipeline(tags={**kept, **changes.added})
