"""Deployments on a real server: one version for one definition, and the failures that people can act on."""

import asyncio
import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from contract.definition_text import compress_definition, decompress_definition, definition_text
from contract.deployment import AliasMove, DeploymentAction, PipelineDeployment
from contract.names import DEFINITION_QUERY, JOIN_UPDATE
from tests.deployment.deployer import Deployer, failure_of, of_job
from tests.standin.process import ROLE
from tests.workflows.stage import Stage, until


async def test_create_update_unchanged(deployer: Deployer) -> None:
    """Previewed, created, unchanged however it is written, updated to one new version that gets the alias."""
    first = of_job("a")
    preview = await deployer.preview(definition=first, role_arn=ROLE)
    assert (preview.applied, preview.action, preview.version) == (False, DeploymentAction.CREATED, None)
    created = await deployer.apply(
        definition=first, role_arn=ROLE, description="d", tags={"team": "risk"}, max_parallel_steps=3
    )
    assert created.model_dump(include={"applied", "action", "version", "latest_version", "tags"}) == {
        "applied": True,
        "action": DeploymentAction.CREATED,
        "version": 1,
        "latest_version": 1,
        "tags": {"team": "risk"},
    }
    described = deployer.client.describe_pipeline(PipelineName=deployer.pipeline)
    assert described["PipelineDefinition"] == definition_text(first)
    assert (described["PipelineDescription"], described["ParallelismConfiguration"]) == (
        "d",
        {"MaxParallelExecutionSteps": 3},
    )
    reordered = {"Steps": first["Steps"], "Version": first["Version"]}
    for same in ({"definition": reordered}, {"compressed_definition": compress_definition(definition_text(first))}):
        unchanged = await deployer.apply(**same)
        assert (unchanged.action, unchanged.version) == (DeploymentAction.UNCHANGED, 1)
    assert deployer.aliases == {1: []}
    updated = await deployer.apply(definition=of_job("b"), alias="staging", expect=1)
    assert (updated.action, updated.version) == (DeploymentAction.UPDATED, 2)
    assert updated.alias_move == AliasMove(alias="staging", version=2)
    assert deployer.aliases == {found.version: found.aliases for found in updated.versions} == {2: ["staging"], 1: []}
    assert deployer.tags == {"team": "risk"}


async def test_settings_alone_make_no_version(deployer: Deployer) -> None:
    """Role, names and description are updated; tags are declared as a whole, except AWS's own."""
    await deployer.create(tags={"team": "risk", "env": "dev", "sagemaker:domain-arn": "d"})
    other = f"{ROLE}2"
    changed = await deployer.apply(role_arn=other, description="new", tags={"env": "prod"}, display_name="Churn")
    assert (changed.action, changed.version) == (DeploymentAction.UPDATED, 1)
    assert changed.tags == deployer.tags == {"env": "prod", "sagemaker:domain-arn": "d"}
    described = deployer.client.describe_pipeline(PipelineName=deployer.pipeline)
    assert (described["RoleArn"], described["PipelineDescription"], described["PipelineDisplayName"]) == (
        other,
        "new",
        "Churn",
    )
    again = await deployer.apply(role_arn=other, description="new", tags={"env": "prod"})
    assert again.action is DeploymentAction.UNCHANGED
    assert deployer.aliases == {1: []}


async def test_promotion_moves_an_alias(deployer: Deployer) -> None:
    """To a version by number, or to the version that another alias has; one that is there already stays."""
    await deployer.create(alias="prod")
    await deployer.apply(definition=of_job("b"), alias="staging")
    promoted = await deployer.apply(version_alias="staging", alias="prod")
    assert promoted.alias_move == AliasMove(alias="prod", version=2, from_version=1)
    assert promoted.action is DeploymentAction.UNCHANGED
    assert deployer.aliases == {2: ["staging", "prod"], 1: []}
    assert [found.aliases for found in promoted.versions] == [["staging", "prod"], []]
    # Settings are the pipeline's: beside them the alias still goes to the version that is named, not to the latest.
    back = await deployer.apply(version=1, alias="prod", description="as it was")
    assert (back.action, back.version, back.latest_version) == (DeploymentAction.UPDATED, 1, 2)
    assert back.alias_move == AliasMove(alias="prod", version=1, from_version=2)
    assert (await deployer.apply(version=1, alias="prod")).alias_move is None
    assert deployer.aliases == {2: ["staging"], 1: ["prod"]}
    unknown = await deployer.failure(version=9, alias="prod")
    assert (unknown.type, "has no version 9; the latest is 2" in unknown.message) == ("InvalidInput", True)


async def test_versions_that_aws_does_not_list_yet(deployer: Deployer) -> None:
    """Its list lags behind updates: what was deployed a moment ago is unchanged, promoted, and taken back."""
    await deployer.create(alias="prod")
    with deployer.stage.standin.behaving(versions_lag_seconds=600):
        updated = await deployer.apply(definition=of_job("b"), alias="staging")
        assert (updated.action, updated.version) == (DeploymentAction.UPDATED, 2)
        again = await deployer.apply(definition=of_job("b"), alias="staging", expect=2)
        assert (again.action, again.version, again.alias_move) == (DeploymentAction.UNCHANGED, 2, None)
        promoted = await deployer.apply(version_alias="staging", alias="prod")
        assert promoted.alias_move == AliasMove(alias="prod", version=2, from_version=1)
        back = await deployer.apply(version=1, alias="prod", expect=2)
        assert back.alias_move == AliasMove(alias="prod", version=1, from_version=2)
        deployer.client.update_pipeline(PipelineName=deployer.pipeline, PipelineDefinition=definition_text(of_job("c")))
        assert (await deployer.failure(definition=of_job("d"), expect=2)).type == "DeploymentConflict"
    assert deployer.aliases == {3: [], 2: ["staging"], 1: ["prod"]}


async def test_a_definition_that_aws_refuses(deployer: Deployer) -> None:
    """AWS's text, and the place of what it names."""
    await deployer.create()
    text = "Unable to parse pipeline definition. Unknown Argument member 'ModelPackageName'"
    deployer.stage.standin.fault("UpdatePipeline", "error", code="ValidationException", message=text)
    wrong = of_job("b")
    wrong["Steps"][0]["Arguments"]["ModelPackageName"] = "x"
    refused = await deployer.failure(definition=wrong)
    assert refused.type == "InvalidDefinition"
    assert text in refused.message
    assert "In the definition: $.Steps[0].Arguments.ModelPackageName. Nothing was changed" in refused.message
    assert deployer.aliases == {1: []}


async def test_outsiders_are_not_overwritten(deployer: Deployer) -> None:
    """The expected version is another one, before or while it is deployed."""
    await deployer.create()
    assert (await deployer.apply(definition=of_job("a"), expect=0)).action is DeploymentAction.UNCHANGED
    stale = await deployer.failure(definition=of_job("b"), expect=0)
    assert (stale.type, "has version 1: another client" in stale.message) == ("DeploymentConflict", True)
    assert (await deployer.failure(definition=of_job("a"), alias="prod", expect=0)).type == "DeploymentConflict"
    held = deployer.stage.standin.fault("ListTags", "hold_reply", times=1)
    handle = await deployer.start(apply=True, definition=of_job("b"))
    await until(lambda: deployer.stage.standin.fault_state(held)["holding"])
    deployer.client.update_pipeline(PipelineName=deployer.pipeline, PipelineDefinition=definition_text(of_job("c")))
    deployer.stage.standin.control("DELETE", f"/faults/{held}")
    overtaken = await failure_of(handle)
    assert (overtaken.type, "has made version 2 since" in overtaken.message) == ("DeploymentConflict", True)
    assert deployer.aliases == {2: [], 1: []}


async def test_what_cannot_be_deployed(deployer: Deployer) -> None:
    """There is no such pipeline, no role for a new one, no permission for the role."""
    missing = await deployer.failure(alias="prod", version=1)
    assert missing.type == "PipelineNotFound"
    no_role = await deployer.failure(definition=of_job("a"))
    assert (no_role.type, "role_arn: there is no pipeline" in no_role.message) == ("InvalidInput", True)
    deployer.stage.standin.fault("CreatePipeline", "access_denied")
    denied = await deployer.failure(definition=of_job("a"), role_arn=ROLE)
    assert (denied.type, "iam:PassRole" in denied.message) == ("AccessDenied", True)


async def test_the_deployed_definition_is_a_query(deployer: Deployer) -> None:
    """It stands in no result; the versions do."""
    await deployer.create()
    await deployer.apply(definition=of_job("b"))
    handle = await deployer.start(version=1, with_definition=True)
    document = await handle.result()
    assert [version.version for version in document.versions] == [2, 1]
    compressed = await handle.query(DEFINITION_QUERY, result_type=str)
    assert decompress_definition(compressed) == definition_text(of_job("a"))


async def test_two_deployments_at_once(deployer: Deployer) -> None:
    """The same one joins and gets its result; another one is a conflict."""
    held = deployer.stage.standin.fault("CreatePipeline", "hold_reply")
    wanted = {"pipeline_name": deployer.pipeline, "apply": True, "definition": of_job("a"), "role_arn": ROLE}
    handle = await deployer.start(**{name: value for name, value in wanted.items() if name != "pipeline_name"})
    await until(lambda: deployer.stage.standin.fault_state(held)["holding"])
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await handle.execute_update(JOIN_UPDATE, {**wanted, "definition": of_job("b")})
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "DeploymentConflict"
    written_otherwise = {**wanted, "definition": None, "compressedDefinition": compress_definition(str_of(wanted))}
    joined = asyncio.create_task(handle.execute_update(JOIN_UPDATE, written_otherwise, result_type=PipelineDeployment))
    await asyncio.sleep(0)
    deployer.stage.standin.control("DELETE", f"/faults/{held}")
    assert await joined == await handle.result()
    assert deployer.aliases == {1: []}
    assert deployer.stage.calls("CreatePipeline")["by_code"] == {"OK": 1}


def str_of(wanted: dict[str, object]) -> str:
    """The text of an input's definition."""
    definition = wanted["definition"]
    assert isinstance(definition, dict)
    return definition_text(definition)


async def test_platforms_limit_and_tag(idle_stage: Stage, tmp_path: Path) -> None:
    """Only allowed pipelines are deployed, with the platform's role and tags."""
    deployer = Deployer(idle_stage)
    path = tmp_path / "platforms.toml"
    path.write_text(
        f'[platforms.default]\nregion = "us-east-1"\nendpoint_url = "{idle_stage.standin.url}"\n'
        f'allowed_pipelines = ["{deployer.pipeline}"]\ndefault_role_arn = "{ROLE}"\ntags = {{ owner = "platform" }}\n',
        encoding="utf-8",
    )
    async with idle_stage.worker(platforms_file=path, region=None, endpoint_url=None):
        created = await deployer.apply(definition=of_job("a"), role_arn="platform", tags={"env": "dev"})
        assert created.role_arn == ROLE
        assert deployer.tags == {"owner": "platform", "env": "dev"}
        deployer.client.add_tags(ResourceArn=created.pipeline_arn, Tags=[{"Key": "owner", "Value": "x"}])
        assert (await deployer.apply(tags={})).tags == deployer.tags == {"owner": "platform"}
        refused = await Deployer(idle_stage, "other").failure(definition=of_job("a"), role_arn=ROLE)
    assert (refused.type, "its allowed_pipelines do not name it" in refused.message) == ("InvalidInput", True)


async def test_half_a_surrogate_pair_in_a_definition_ends_no_deployment(deployer: Deployer) -> None:
    """The differences name its step, and go into a history."""
    definition = json.dumps(of_job("a")).replace('"Name": "a"', '"Name": "a\\ud800"')
    assert "\\ud800" in definition
    preview = await deployer.preview(definition=definition, role_arn=ROLE)
    assert preview.action == DeploymentAction.CREATED
