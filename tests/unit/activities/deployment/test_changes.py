"""What updates, creates and alias moves ask of AWS, and what they make of its answers and of earlier attempts."""

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.deployment.messages import (
    CreatePipelineRequest,
    DescribeDeploymentRequest,
    MoveAliasRequest,
    UpdatePipelineRequest,
    Wanted,
)
from activities.deployments import DeploymentActivities
from contract.definition_text import compress_definition
from contract.deployment import DeployedVersion
from tests.unit.activities.attempt import attempt
from tests.unit.activities.scripted_aws import Answer, ScriptedAws, refusal, reply

ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn"
ROLE = "arn:aws:iam::111122223333:role/Churn"
OURS = '{"Version":"2020-12-01","Steps":[{"Name":"b","Type":"Fail"}]}'
THEIRS = '{"Version":"2020-12-01","Steps":[{"Name":"c","Type":"Fail"}]}'
UPDATE = UpdatePipelineRequest(
    platform="default",
    pipeline_name="churn",
    pipeline_arn=ARN,
    wanted=Wanted(compressed_definition=compress_definition(OURS)),
    base_version=1,
)
CREATE = CreatePipelineRequest(
    platform="default",
    pipeline_name="churn",
    client_request_token="t" * 32,
    wanted=Wanted(compressed_definition=compress_definition(OURS), role_arn=ROLE),
)
MOVE = MoveAliasRequest(
    platform="default", pipeline_name="churn", pipeline_arn=ARN, alias="prod", version=2, from_version=1
)
TAKEN = refusal("ValidationException", "Pipeline names must be unique within an AWS account and region.")
NONE = refusal("ResourceNotFound", "does not exist")
CONFLICT = refusal("ConflictException", "already assigned")


def versions(*aliases: list[str]) -> list[Answer]:
    """The list of the versions 1, 2, … with their aliases, and that there is no further one."""
    return [listed(*aliases), NONE]


def listed(*aliases: list[str]) -> Answer:
    """The list alone."""
    found = [{"PipelineVersionId": number, "PipelineVersionAliases": each} for number, each in enumerate(aliases, 1)]
    return reply(PipelineVersionSummaries=found[::-1])


def described(definition: str, **members: Any) -> Answer:
    """A pipeline with this definition."""
    return reply(PipelineArn=ARN, PipelineDefinition=definition, RoleArn=ROLE, **members)


@pytest.fixture
def activities(calls: SageMakerCalls) -> DeploymentActivities:
    """The activities on the scripted AWS."""
    return DeploymentActivities(calls)


async def failed(number: int, run: Any, request: Any) -> ApplicationError:
    """The failure of an activity's attempt."""
    with pytest.raises(ApplicationError) as raised:
        await attempt(number).run(run, request)
    return raised.value


async def test_an_update_is_sent_once_it_is_known_that_none_landed(
    aws: ScriptedAws, activities: DeploymentActivities
) -> None:
    """The versions are read before each attempt."""
    aws.script += [*versions([]), reply(PipelineArn=ARN, PipelineVersionId=2)]
    changed = await attempt(2).run(activities.update_pipeline, UPDATE)
    assert (changed.version, changed.notes) == (2, [])
    assert aws.requests[-1] == ("UpdatePipeline", {"PipelineName": "churn", "PipelineDefinition": OURS})


async def test_an_update_that_landed_is_found(aws: ScriptedAws, activities: DeploymentActivities) -> None:
    """Also below a version that another client has made since; nothing is sent again."""
    aws.script += [*versions([], [], []), described(OURS)]
    changed = await attempt(2).run(activities.update_pipeline, UPDATE)
    assert changed.version == 2
    assert aws.operations == ["ListPipelineVersions", "DescribePipeline", "DescribePipeline"]


async def test_another_clients_version_is_left_alone(aws: ScriptedAws, activities: DeploymentActivities) -> None:
    """Whatever attempt finds it."""
    aws.script += [*versions([], []), described(THEIRS)]
    refused = await failed(1, activities.update_pipeline, UPDATE)
    assert (refused.type, refused.non_retryable) == ("DeploymentConflict", True)
    assert "UpdatePipeline" not in aws.operations


async def test_a_version_that_was_overtaken_is_named(aws: ScriptedAws, activities: DeploymentActivities) -> None:
    """Another client made one between the list and the update."""
    aws.script += [*versions([]), reply(PipelineArn=ARN, PipelineVersionId=4)]
    changed = await attempt().run(activities.update_pipeline, UPDATE)
    assert changed.notes == [
        "Another client made versions 2 to 3 at the same moment; the deployed definition is now version 4."
    ]


async def test_a_lost_reply_of_an_update_is_retried(aws: ScriptedAws, activities: DeploymentActivities) -> None:
    """An outage never ends it."""
    aws.script += [*versions([]), Answer("<html></html>", 502, "text/html")]
    lost = await failed(50, activities.update_pipeline, UPDATE)
    assert not lost.non_retryable


@pytest.mark.parametrize(
    ("definition", "outcome"), [(OURS, 1), (OURS.replace(",", ", "), 1), (THEIRS, "DeploymentConflict")]
)
async def test_a_name_that_is_taken(
    aws: ScriptedAws, activities: DeploymentActivities, definition: str, outcome: object
) -> None:
    """By the pipeline that is wanted, which a forgotten token made; or by another one, which is left alone."""
    aws.script += [TAKEN, described(definition), *versions([]), described(definition), reply(Tags=[])]
    try:
        found: object = (await attempt(2).run(activities.create_pipeline, CREATE)).version
    except ApplicationError as error:
        found = error.type
    assert found == outcome


async def test_a_taken_name_without_a_pipeline_is_doubted(aws: ScriptedAws, activities: DeploymentActivities) -> None:
    """It may be on its way, or on its way out; not for ever."""
    gone = refusal("ResourceNotFound", "does not exist")
    aws.script += [TAKEN, gone, TAKEN, gone]
    assert not (await failed(1, activities.create_pipeline, CREATE)).non_retryable
    assert (await failed(6, activities.create_pipeline, CREATE)).non_retryable


async def test_a_move_goes_on_from_where_the_alias_is(aws: ScriptedAws, activities: DeploymentActivities) -> None:
    """Removed and added; only added; nothing at all."""
    aws.script += [*versions(["prod"], ["x"]), reply(), reply(), *versions([], ["x"]), reply(), *versions([], ["prod"])]
    for number, aliases in ((1, ["x", "prod"]), (2, ["x", "prod"]), (3, ["prod"])):
        assert (await attempt(number).run(activities.move_pipeline_alias, MOVE)).aliases == aliases
    changes = [
        (request["PipelineVersionId"], request["PipelineVersionAliasOperations"])
        for operation, request in aws.requests
        if operation == "UpdatePipelineVersion"
    ]
    assert changes == [(1, {"Remove": ["prod"]}), (2, {"Add": ["prod"]}), (2, {"Add": ["prod"]})]


async def test_a_move_leaves_another_clients_choice(aws: ScriptedAws, activities: DeploymentActivities) -> None:
    """The alias is at a version that it was neither to leave nor to reach."""
    aws.script += [*versions([], [], ["prod"])]
    refused = await failed(1, activities.move_pipeline_alias, MOVE)
    assert (refused.type, "to version 3" in refused.message) == ("DeploymentConflict", True)


async def test_what_aws_would_refuse_is_refused_before_the_removal(
    aws: ScriptedAws, activities: DeploymentActivities
) -> None:
    """Ten aliases, or no such version; half-done, the addition is tried for ever instead."""
    full = [f"a{number}" for number in range(10)]
    aws.script += [*versions(["prod"], full), *versions(["prod"], [], [])]
    ten = await failed(1, activities.move_pipeline_alias, MOVE)
    assert (ten.type, "AWS allows 10 aliases" in ten.message) == ("InvalidInput", True)
    missing = await failed(1, activities.move_pipeline_alias, MOVE.model_copy(update={"version": 0}))
    assert missing.type == "InvalidInput"
    assert "UpdatePipelineVersion" not in aws.operations
    aws.script += [*versions([], full), refusal("ValidationException", "up to 10 aliases")]
    assert not (await failed(2, activities.move_pipeline_alias, MOVE)).non_retryable


async def test_a_half_done_move_ends_with_its_pipeline(aws: ScriptedAws, activities: DeploymentActivities) -> None:
    """A denied or conflicting addition is retried, a deleted pipeline is not."""
    aws.script += [*versions([], []), refusal("AccessDeniedException", "no"), *versions([], []), CONFLICT]
    assert not (await failed(9, activities.move_pipeline_alias, MOVE)).non_retryable
    assert not (await failed(9, activities.move_pipeline_alias, MOVE)).non_retryable
    aws.script += [refusal("ResourceNotFound", "does not exist")]
    gone = await failed(9, activities.move_pipeline_alias, MOVE)
    assert (gone.type, gone.non_retryable) == ("PipelineNotFound", True)


async def test_an_addition_waits_for_a_version_that_is_not_there_yet(
    aws: ScriptedAws, activities: DeploymentActivities
) -> None:
    """The alias has left its old version; only a pipeline that is gone ends the move."""
    missing = refusal("ResourceNotFound", "Pipeline version 2 does not exist")
    aws.script += [*versions(["prod"]), reply(), missing, described(OURS)]
    assert not (await failed(1, activities.move_pipeline_alias, MOVE)).non_retryable
    aws.script += [*versions(["prod"]), reply(), missing, refusal("ResourceNotFound", "does not exist")]
    gone = await failed(1, activities.move_pipeline_alias, MOVE)
    assert (gone.type, gone.non_retryable) == ("PipelineNotFound", True)


async def test_a_removal_that_landed_is_not_refused(aws: ScriptedAws, activities: DeploymentActivities) -> None:
    """A list that lags shows the alias where it was; in a first attempt the refusal counts."""
    lagging, refused = versions(["prod"], []), refusal("ValidationException", "no such alias")
    aws.script += [*lagging, refused, reply()]
    assert (await attempt(2).run(activities.move_pipeline_alias, MOVE)).aliases == ["prod"]
    aws.script += [*lagging, refused]
    assert (await failed(1, activities.move_pipeline_alias, MOVE)).non_retryable


DESCRIBE = DescribeDeploymentRequest(platform="default", pipeline_name="churn", alias="prod", wanted=UPDATE.wanted)


async def test_the_definition_is_that_of_the_version(aws: ScriptedAws, activities: DeploymentActivities) -> None:
    """One that another client made between the calls is not taken for it."""
    for now, of_the_version in ((OURS, THEIRS), (THEIRS, OURS)):
        aws.script += [described(now), *versions([], []), described(of_the_version), reply(Tags=[])]
        state = await attempt(1).run(activities.describe_pipeline_deployment, DESCRIBE)
        assert state.changes.changes_definition is (of_the_version is THEIRS)


async def test_a_version_that_the_list_does_not_show_yet_is_asked_for(
    aws: ScriptedAws, activities: DeploymentActivities
) -> None:
    """With its aliases, by its number: it is compared with, it is moved from, and another client's is left alone."""
    unlisted = [listed([]), described(OURS, PipelineVersionAliases=["prod"], CreationTime=1_700_000_000), NONE]
    aws.script += [described(OURS), *unlisted, described(OURS), reply(Tags=[])]
    state = await attempt(1).run(activities.describe_pipeline_deployment, DESCRIBE)
    assert (state.latest_version, state.version, state.alias_version, state.changes.same) == (2, 2, 2, True)
    assert state.versions == [DeployedVersion(version=2, aliases=["prod"]), DeployedVersion(version=1)]
    back = MOVE.model_copy(update={"version": 1, "from_version": 2})
    aws.script += [*unlisted, reply(), reply()]
    assert (await attempt(1).run(activities.move_pipeline_alias, back)).aliases == ["prod"]
    no_version = refusal("ValidationException", "Pipeline version 3 does not exist")
    aws.script += [listed([]), described(THEIRS), no_version, described(THEIRS)]
    refused = await failed(1, activities.update_pipeline, UPDATE)
    assert (refused.type, "UpdatePipeline" in aws.operations) == ("DeploymentConflict", False)


async def test_settings_are_sent_beside_another_clients_equal_version(
    aws: ScriptedAws, activities: DeploymentActivities
) -> None:
    """It made the definition that is wanted, and may have given it another role."""
    wanted = Wanted(compressed_definition=compress_definition(OURS), role_arn=ROLE, description="new")
    aws.script += [*versions([], []), described(OURS), reply(PipelineArn=ARN)]
    changed = await attempt(1).run(activities.update_pipeline, UPDATE.model_copy(update={"wanted": wanted}))
    assert changed.version == 2
    settings = {"PipelineName": "churn", "RoleArn": ROLE, "PipelineDescription": "new"}
    assert aws.requests[-1] == ("UpdatePipeline", settings)


async def test_tags_are_missing_from_another_clients_equal_pipeline(
    aws: ScriptedAws, activities: DeploymentActivities
) -> None:
    """CreatePipeline would have given them to it."""
    tagged = CREATE.model_copy(update={"wanted": CREATE.wanted.model_copy(update={"tags": {"team": "risk"}})})
    for tags, needs_tags in (([], True), ([{"Key": "team", "Value": "risk"}], False)):
        aws.script += [TAKEN, described(OURS), *versions([]), described(OURS), reply(Tags=tags)]
        assert (await attempt(1).run(activities.create_pipeline, tagged)).needs_tags is needs_tags


async def test_a_description_names_versions_that_there_are_not(
    aws: ScriptedAws, activities: DeploymentActivities
) -> None:
    """By number and by alias, with those that there are."""
    for fields, text in (
        ({"version": 9}, "has no version 9; the latest is 2"),
        ({"version_alias": "prod"}, "has the alias 'prod'; there is: live (version 1)"),
    ):
        aws.script += [described(OURS), *versions(["live"], [])]
        request = DescribeDeploymentRequest(platform="default", pipeline_name="churn", **fields)
        refused = await failed(1, activities.describe_pipeline_deployment, request)
        assert (refused.type, text in refused.message) == ("InvalidInput", True), refused.message
