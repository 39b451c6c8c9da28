"""The document of a deployment: what it would do, and what there is after it."""

from activities.deployment.messages import DeploymentState
from contract.deployment import (
    MAX_VERSIONS_SHOWN,
    AliasMove,
    DeployedVersion,
    DeploymentAction,
    PipelineDeployment,
    PipelineDeploymentInput,
)


def preview_of(given: PipelineDeploymentInput, state: DeploymentState) -> PipelineDeployment:
    """Write what would be done to a pipeline that is deployed like this."""
    action = DeploymentAction.UNCHANGED
    if not state.exists:
        action = DeploymentAction.CREATED
    elif not state.changes.same:
        action = DeploymentAction.UPDATED
    version = state.version
    if state.changes.changes_definition or not state.exists:
        version = None if state.latest_version is None and state.exists else (state.latest_version or 0) + 1
    move = None
    if given.alias is not None and (version is None or state.alias_version != version):
        move = AliasMove(alias=given.alias, version=version, from_version=state.alias_version)
    return PipelineDeployment(
        platform=given.platform,
        region=state.region,
        pipeline_name=given.pipeline_name,
        pipeline_arn=state.pipeline_arn,
        applied=given.apply,
        action=action,
        version=version if given.apply else state.version,
        latest_version=state.latest_version,
        changes=state.changes,
        alias_move=move,
        role_arn=state.role_arn,
        display_name=state.display_name,
        description=state.description,
        max_parallel_steps=state.max_parallel_steps,
        tags=state.tags,
        versions=state.versions,
    )


def versions_after(document: PipelineDeployment) -> list[DeployedVersion]:
    """Return the versions as they are after a deployment: with the one that it made, and its alias where it is now."""
    versions, move = document.versions, document.alias_move
    if document.version is not None and all(found.version != document.version for found in versions):
        versions = [DeployedVersion(version=document.version), *versions][:MAX_VERSIONS_SHOWN]
    if move is None:
        return versions
    return [
        found.model_copy(
            update={
                "aliases": [
                    *(alias for alias in found.aliases if alias != move.alias),
                    *([move.alias] if found.version == move.version else []),
                ]
            }
        )
        for found in versions
    ]
