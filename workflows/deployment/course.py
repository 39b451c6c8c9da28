"""The course of one deployment: describe, compare, create or update, tag, move the alias."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from activities.deployment.messages import (
    ChangedPipeline,
    CreatePipelineRequest,
    DeploymentState,
    DescribeDeploymentRequest,
    MoveAliasRequest,
    TagPipelineRequest,
    UpdatePipelineRequest,
    Wanted,
)
from activities.deployments import DeploymentActivities
from contract.deployment import AliasMove, PipelineDeployment, PipelineDeploymentInput
from contract.failures import FailureType
from workflows.deployment.documents import preview_of, versions_after
from workflows.policies import deployment_activity
from workflows.run.tokens import deployment_token
from workflows.views.deployment_details import render_deploying, render_deployment

R = TypeVar("R")

NOTHING_TO_EXPECT: Final = "nothing-to-expect"
"""A pipeline that is as wanted is no conflict, whatever its latest version."""


class DeploymentCourse:
    """One deployment, or the preview of one."""

    def __init__(self, given: PipelineDeploymentInput) -> None:
        """Take what is wanted."""
        self._given = given
        self._wanted = Wanted.of(given)
        self.deployed_definition: str | None = None
        """The deployed definition, compressed, if the input wants it."""

    async def run(self) -> PipelineDeployment:
        """Deploy, or find out what a deployment would change.

        Raises:
            ApplicationError: `DeploymentConflict`, `PipelineNotFound`, or what an activity failed with.
            ActivityError: An activity was cancelled.
        """
        given = self._given
        self._show("Comparing")
        state = await self._describe()
        if given.apply:
            self._check_expectation(state)
        if not state.exists and not given.has_definition:
            raise ApplicationError(
                f"There is no pipeline '{given.pipeline_name}' on the platform '{given.platform}'",
                type=FailureType.PIPELINE_NOT_FOUND,
                non_retryable=True,
            )
        document = preview_of(given, state)
        if given.apply:
            await self._apply(state, document)
        workflow.set_current_details(render_deployment(document))
        return document

    async def _describe(self) -> DeploymentState:
        given = self._given
        state = await workflow.execute_activity_method(
            DeploymentActivities.describe_pipeline_deployment,
            DescribeDeploymentRequest(
                platform=given.platform,
                pipeline_name=given.pipeline_name,
                wanted=self._wanted,
                version=given.version,
                version_alias=given.version_alias,
                alias=given.alias,
                with_definition=given.with_definition,
            ),
            **deployment_activity(f"Describe {given.pipeline_name}"),
        )
        self.deployed_definition = state.compressed_definition
        return state

    def _check_expectation(self, state: DeploymentState) -> None:
        """Compare the latest version with the one that is expected, if there is something to change.

        Raises:
            ApplicationError: `DeploymentConflict`.
        """
        expected, latest = self._given.expect, (state.latest_version or 0) if state.exists else 0
        if expected is not None and (expected != latest or (state.exists and expected == 0)):
            if self._is_as_wanted(state) and workflow.patched(NOTHING_TO_EXPECT):
                return
            found = f"version {latest}" if latest else "none" if state.exists else "no version, or no pipeline"
            should_be = f"version {expected} as its latest" if expected else "no version yet"
            raise ApplicationError(
                f"The pipeline '{self._given.pipeline_name}' should have {should_be}, and has {found}: another client "
                "has changed it. Nothing was changed; compare again",
                type=FailureType.DEPLOYMENT_CONFLICT,
                non_retryable=True,
            )

    def _is_as_wanted(self, state: DeploymentState) -> bool:
        """Whether nothing has to be done: the deployment was repeated, or another client wanted this as well."""
        alias = self._given.alias
        return state.exists and state.changes.same and (alias is None or state.alias_version == state.version)

    async def _apply(self, state: DeploymentState, document: PipelineDeployment) -> None:
        """Make the pipeline what is wanted, and write into the document what was done."""
        if not state.exists:
            created = await self._create()
            self._take(document, created, makes_version=True)
            if created.needs_tags:
                await self._tag(document)
        else:
            if state.changes.changes_definition or state.changes.settings:
                self._take(document, await self._update(state), makes_version=state.changes.changes_definition)
            if state.changes.tags:
                await self._tag(document)
        if document.alias_move is not None:
            await self._move_alias(document, document.alias_move)
        document.versions = versions_after(document)

    async def _create(self) -> ChangedPipeline:
        given = self._given
        self._show("Creating")
        return await workflow.execute_activity_method(
            DeploymentActivities.create_pipeline,
            CreatePipelineRequest(
                platform=given.platform,
                pipeline_name=given.pipeline_name,
                client_request_token=deployment_token(),
                wanted=self._wanted,
            ),
            **deployment_activity(f"Create {given.pipeline_name}"),
        )

    async def _update(self, state: DeploymentState) -> ChangedPipeline:
        given = self._given
        self._show("Updating")
        without = {} if state.changes.changes_definition else {"compressed_definition": None}
        return await workflow.execute_activity_method(
            DeploymentActivities.update_pipeline,
            UpdatePipelineRequest(
                platform=given.platform,
                pipeline_name=given.pipeline_name,
                pipeline_arn=state.pipeline_arn or "",
                wanted=self._wanted.model_copy(update=without),
                base_version=state.latest_version,
            ),
            **deployment_activity(f"Update {given.pipeline_name}"),
        )

    async def _tag(self, document: PipelineDeployment) -> None:
        given = self._given
        self._show("Tagging")
        tagged = await workflow.execute_activity_method(
            DeploymentActivities.tag_pipeline,
            TagPipelineRequest(
                platform=given.platform,
                pipeline_name=given.pipeline_name,
                pipeline_arn=document.pipeline_arn or "",
                tags=given.tags,
            ),
            **deployment_activity(f"Tag {given.pipeline_name}"),
        )
        document.tags = tagged.tags

    async def _move_alias(self, document: PipelineDeployment, move: AliasMove) -> None:
        given = self._given
        if document.version is None:
            raise ApplicationError(
                f"AWS lists no versions of the pipeline '{given.pipeline_name}', so the alias '{move.alias}' can be "
                "given to none",
                type=FailureType.AWS_REFUSED,
                non_retryable=True,
            )
        move.version = document.version
        before = f", from version {move.from_version}" if move.from_version else ""
        self._show(f"Moving the alias {move.alias} to version {move.version}{before}")
        await _to_its_end(
            workflow.execute_activity_method(
                DeploymentActivities.move_pipeline_alias,
                MoveAliasRequest(
                    platform=given.platform,
                    pipeline_name=given.pipeline_name,
                    pipeline_arn=document.pipeline_arn or "",
                    alias=move.alias,
                    version=move.version,
                    from_version=move.from_version,
                ),
                **deployment_activity(f"Move {move.alias} of {given.pipeline_name} to version {move.version}"),
            )
        )

    def _take(self, document: PipelineDeployment, changed: ChangedPipeline, *, makes_version: bool) -> None:
        """Write what a create or an update brought; an update of settings only concerns no version."""
        wanted = self._given
        document.pipeline_arn = changed.pipeline_arn
        if makes_version:
            document.version = document.latest_version = changed.version
        document.notes += changed.notes
        document.role_arn = changed.role_arn or document.role_arn
        document.display_name = wanted.display_name or document.display_name
        document.description = document.description if wanted.description is None else wanted.description or None
        document.max_parallel_steps = wanted.max_parallel_steps or document.max_parallel_steps

    def _show(self, doing: str) -> None:
        workflow.set_current_details(render_deploying(self._given, doing))


async def _to_its_end(work: Coroutine[Any, Any, R]) -> R:
    """Await work that a cancel does not break off: between its calls an alias names no version."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
