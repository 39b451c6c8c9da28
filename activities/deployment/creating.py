"""Creating a pipeline, once."""

import asyncio
from typing import Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.deployment.deployed import DeployedPipelines
from activities.deployment.messages import ChangedPipeline, CreatePipelineRequest
from activities.deployment.refusals import conflict, failure_of, is_name_taken
from activities.deployment.wish import Wish
from activities.resources.operations import CREATE_PIPELINE
from contract.failures import invalid_input

ATTEMPTS_UNTIL_VISIBLE: Final = 6
"""About a minute."""

log = structlog.get_logger(__name__)


class PipelineCreations:
    """Creates pipelines."""

    def __init__(self, calls: SageMakerCalls, deployed: DeployedPipelines) -> None:
        """Take what reaches AWS, and what reads pipelines."""
        self._calls = calls
        self._deployed = deployed

    async def create(self, platform: Platform, request: CreatePipelineRequest) -> ChangedPipeline:
        """Create a pipeline: AWS answers a repeated token with the pipeline of the first request.

        Raises:
            ApplicationError: `InvalidInput` without a definition or a role, `InvalidDefinition`, `DeploymentConflict`
                for a name that another writer has taken with something else, else after `activities.aws.errors`.
        """
        wish = Wish.of(platform, request.wanted)
        if wish.definition is None or wish.role_arn is None:
            missing = "definition" if wish.definition is None else "role_arn"
            raise invalid_input(
                f"{missing}: there is no pipeline '{request.pipeline_name}' yet, and a new one needs it"
            )
        arguments = {
            "PipelineName": request.pipeline_name,
            "ClientRequestToken": request.client_request_token,
            **wish.members(),
        }
        if wish.tags:
            arguments["Tags"] = [{"Key": key, "Value": value} for key, value in wish.tags.items()]
        try:
            answer = await self._calls.call(platform, CREATE_PIPELINE, **arguments)
        except AwsError as error:
            if is_name_taken(error):
                return await self._existing(platform, request.pipeline_name, wish, error)
            raise await asyncio.to_thread(failure_of, error, definition=wish.definition) from None
        log.info("pipeline.created", pipeline=request.pipeline_name, platform=platform.name)
        return ChangedPipeline(pipeline_arn=str(answer["PipelineArn"]), version=1, role_arn=wish.role_arn)

    async def _existing(self, platform: Platform, name: str, wish: Wish, refusal: AwsError) -> ChangedPipeline:
        """Return the pipeline that has the name if it is as it should be.

        How long AWS remembers a token is not published: the pipeline may be that of an earlier attempt.
        """
        try:
            deployed = await self._deployed.read(platform, name)
        except AwsError as error:
            raise failure_of(error) from None
        if deployed is None:
            raise _not_visible(refusal)
        changes = await asyncio.to_thread(wish.difference, deployed)
        if changes.changes_definition or changes.settings:
            raise conflict(
                f"The pipeline '{name}' did not exist when it was described, and another client has created it since, "
                "with another definition or role. Compare with it, and deploy again"
            )
        return ChangedPipeline(
            pipeline_arn=deployed.arn, version=deployed.version, role_arn=wish.role_arn, needs_tags=bool(changes.tags)
        )


def _not_visible(refusal: AwsError) -> ApplicationError:
    """Return the failure where the name is taken and there is nothing of this name, for example as it is deleted."""
    return failure_of(refusal, never_final=activity.info().attempt < ATTEMPTS_UNTIL_VISIBLE)
