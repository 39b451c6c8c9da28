"""Versions of pipelines, their aliases and tags."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.standin.definitions import JsonObject, definition, job
from tests.standin.process import ROLE, Standin, token

FIRST = definition([job("a", seconds=1)])
SECOND = definition([job("b", seconds=1)])
THIRD = definition([job("c", seconds=1)])


def sagemaker(standin: Standin) -> Any:
    """The client without its types: their package does not know aliases yet."""
    return standin.client


@contextmanager
def refused(code: str, text: str) -> Iterator[None]:
    """A refusal with that code and a message that holds the text."""
    with pytest.raises(ClientError) as refusal:
        yield
    error = refusal.value.response["Error"]
    assert (error["Code"], text in error["Message"]) == (code, True), error


def versions(standin: Standin, name: str) -> dict[int, list[str]]:
    """The aliases of each version, newest first."""
    listed = sagemaker(standin).list_pipeline_versions(PipelineName=name)["PipelineVersionSummaries"]
    return {version["PipelineVersionId"]: version.get("PipelineVersionAliases", []) for version in listed}


def change(standin: Standin, name: str, number: int, **operations: list[str]) -> None:
    """UpdatePipelineVersion with `Add` and `Remove`."""
    sagemaker(standin).update_pipeline_version(
        PipelineArn=sagemaker(standin).describe_pipeline(PipelineName=name)["PipelineArn"],
        PipelineVersionId=number,
        PipelineVersionAliasOperations=operations,
    )


def test_only_a_changed_definition_is_a_new_version(standin: Standin) -> None:
    """A new role or description is none; text in another form is one unless the JSON decides."""
    name = standin.create([job("a", seconds=1)])
    update = sagemaker(standin).update_pipeline
    assert update(PipelineName=name, PipelineDefinition=FIRST, PipelineDescription="d")["PipelineVersionId"] == 1
    with standin.behaving(changed_definitions="json"):
        assert update(PipelineName=name, PipelineDefinition=FIRST + " ")["PipelineVersionId"] == 1
    assert update(PipelineName=name, PipelineDefinition=FIRST + " ")["PipelineVersionId"] == 2
    assert update(PipelineName=name, PipelineDefinition=SECOND)["PipelineVersionId"] == 3
    assert sagemaker(standin).describe_pipeline(PipelineName=name)["PipelineDescription"] == "d"
    assert versions(standin, name) == {3: [], 2: [], 1: []}
    with standin.behaving(versions_lag_seconds=60):
        assert versions(standin, name) == {}


def test_alias_is_given_with_a_change_only(standin: Standin) -> None:
    """Create and Update take aliases, Update only for a version that it makes; a refused update changes nothing."""
    name = standin.create([job("a", seconds=1)], PipelineVersionAliases=["prod", "live"])
    update = sagemaker(standin).update_pipeline
    with refused("ValidationException", "when the pipeline definition changes"):
        update(PipelineName=name, PipelineDefinition=FIRST, PipelineVersionAliases=["staging"])
    with refused("ConflictException", "'prod' is already assigned to version 1"):
        update(PipelineName=name, PipelineDefinition=SECOND, PipelineVersionAliases=["prod"])
    with standin.behaving(taken_aliases="validation"), refused("ValidationException", "already assigned"):
        update(PipelineName=name, PipelineDefinition=SECOND, PipelineVersionAliases=["prod"])
    with refused("ValidationException", "can't consist of numbers only"):
        update(PipelineName=name, PipelineDefinition=SECOND, PipelineVersionAliases=["7"])
    assert versions(standin, name) == {1: ["prod", "live"]}
    made = update(PipelineName=name, PipelineDefinition=SECOND, PipelineVersionAliases=["staging"])
    assert made["PipelineVersionId"] == 2
    assert versions(standin, name) == {2: ["staging"], 1: ["prod", "live"]}


def test_alias_moves_in_two_calls(standin: Standin) -> None:
    """Removed, then added; in between it names no version, and nothing can be started from it."""
    name = standin.create([job("a", seconds=1)], PipelineVersionAliases=["prod"])
    sagemaker(standin).update_pipeline(PipelineName=name, PipelineDefinition=SECOND)
    by_alias: JsonObject = {"PipelineVersionAlias": "prod"}
    first = standin.start(name, **by_alias)
    with refused("ConflictException", "'prod' is already assigned to version 1"):
        change(standin, name, 2, Add=["prod"])
    change(standin, name, 1, Remove=["prod"])
    with refused("ResourceNotFound", "Pipeline version alias 'prod' does not exist"):
        standin.start(name, **by_alias)
    with refused("ResourceNotFound", "does not exist"):
        sagemaker(standin).list_pipeline_executions(PipelineName=name, **by_alias)
    change(standin, name, 2, Add=["prod"])
    second = standin.start(name, **by_alias)
    described: JsonObject = sagemaker(standin).describe_pipeline_execution(PipelineExecutionArn=second)
    assert (described["PipelineVersionId"], described["PipelineVersionAliases"]) == (2, ["prod"])
    assert "PipelineVersionAliases" not in standin.describe(first)
    listed = sagemaker(standin).list_pipeline_executions(PipelineName=name, **by_alias)["PipelineExecutionSummaries"]
    assert [execution["PipelineExecutionArn"].lower() for execution in listed] == [second]
    newest = sagemaker(standin).list_pipeline_versions(PipelineName=name)["PipelineVersionSummaries"][0]
    assert newest["LastExecutionPipelineExecutionArn"] == second
    shown = sagemaker(standin).describe_pipeline(PipelineName=name, **by_alias)
    assert (shown["PipelineDefinition"], shown["PipelineVersionAliases"]) == (SECOND, ["prod"])


@pytest.mark.parametrize(
    ("operations", "text"),
    [
        ({"Add": ["x"], "Remove": ["x"]}, "can't appear in both"),
        ({"Add": ["42"]}, "can't consist of numbers only"),
        ({"Add": [f"a{number}" for number in range(10)]}, "up to 10 aliases"),
        ({"Add": ["no spaces"]}, "regular expression pattern"),
    ],
)
def test_refused_alias_operations(standin: Standin, operations: dict[str, list[str]], text: str) -> None:
    """Limits of aliases; nothing is changed."""
    name = standin.create([job("a", seconds=1)], PipelineVersionAliases=["prod"])
    with refused("ValidationException", text):
        change(standin, name, 1, **operations)
    assert versions(standin, name) == {1: ["prod"]}


def test_needless_alias_changes(standin: Standin) -> None:
    """To add a present alias or to remove an absent one is accepted, or refused by a switch."""
    name = standin.create([job("a", seconds=1)], PipelineVersionAliases=["prod"])
    change(standin, name, 1, Add=["prod"], Remove=["absent"])
    with standin.behaving(needless_alias_changes="refused"):
        with refused("ValidationException", "already assigned to version 1"):
            change(standin, name, 1, Add=["prod"])
        with refused("ValidationException", "not assigned to version 1"):
            change(standin, name, 1, Remove=["absent"])
    with refused("ResourceNotFound", "Pipeline version '2' does not exist"):
        change(standin, name, 2, Add=["prod"])


def test_create_is_idempotent_by_token(standin: Standin) -> None:
    """A repeated token is answered as before; another one finds the name taken."""
    request: dict[str, Any] = {"PipelineName": f"p-{token()}", "PipelineDefinition": FIRST, "RoleArn": ROLE}
    first, create = token(), sagemaker(standin).create_pipeline
    arns = [create(ClientRequestToken=first, **request)["PipelineArn"] for _ in range(2)]
    assert arns[0] == arns[1]
    with refused("ValidationException", "Pipeline names must be unique within"):
        create(ClientRequestToken=token(), **request)
    with standin.behaving(taken_pipeline_names="conflict"), refused("ConflictException", "names must be unique"):
        create(ClientRequestToken=token(), **request)


def test_length_of_inline_definitions(standin: Standin) -> None:
    """The service may take less than its model says."""
    with standin.behaving(longest_inline_definition=10), refused("ValidationException", "longer than 10 characters"):
        standin.create([job("a", seconds=1)])


def test_tags_of_pipelines(standin: Standin) -> None:
    """Given with Create, changed with AddTags and DeleteTags, shown by ListTags."""
    client, tags = sagemaker(standin), [{"Key": "team", "Value": "risk"}, {"Key": "env", "Value": "dev"}]
    name = standin.create([job("a", seconds=1)], Tags=tags)
    arn = client.describe_pipeline(PipelineName=name)["PipelineArn"]
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "env", "Value": "prod"}])
    client.delete_tags(ResourceArn=arn, TagKeys=["team", "absent"])
    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "env", "Value": "prod"}]
    with refused("ResourceLimitExceeded", "up to 50 tags"):
        client.add_tags(ResourceArn=arn, Tags=[{"Key": f"k{number}", "Value": ""} for number in range(50)])
    with refused("ResourceNotFound", "does not exist"):
        client.list_tags(ResourceArn=f"{arn}-absent")


@pytest.mark.parametrize(("which", "ran"), [("own", {"a"}), ("latest", {"b"})])
def test_retry_after_an_update(standin: Standin, which: str, ran: set[str]) -> None:
    """It runs the definition that the execution began with, or by a switch the pipeline's latest."""
    name = standin.create([job("a", seconds=1, fail="boom", fail_attempts=1)])
    arn = standin.start(name)
    assert standin.until_ended(arn) == "Failed"
    sagemaker(standin).update_pipeline(PipelineName=name, PipelineDefinition=SECOND)
    with standin.behaving(retried_definition=which):
        sagemaker(standin).retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token())
    assert standin.until_ended(arn) == "Succeeded"
    assert set(standin.steps(arn)) == ran


def test_versions_are_listed_and_described(standin: Standin) -> None:
    """Versions are paged, filtered by time, and described by number with names of their own."""
    name = standin.create([job("a", seconds=1)])
    before = time.time()
    for text in (SECOND, THIRD):
        sagemaker(standin).update_pipeline(PipelineName=name, PipelineDefinition=text)
    client = sagemaker(standin)
    arn = client.describe_pipeline(PipelineName=name)["PipelineArn"]
    client.update_pipeline_version(
        PipelineArn=arn, PipelineVersionId=2, PipelineVersionDisplayName="second", PipelineVersionDescription="d"
    )
    pages = client.get_paginator("list_pipeline_versions").paginate(
        PipelineName=name, CreatedAfter=before, SortOrder="Ascending", PaginationConfig={"PageSize": 1}
    )
    found = [summary for page in pages for summary in page["PipelineVersionSummaries"]]
    assert [summary["PipelineVersionId"] for summary in found] == [2, 3]
    assert found[0]["PipelineVersionDisplayName"] == "second"
    described = client.describe_pipeline(PipelineName=name, PipelineVersionId=2)
    assert (described["PipelineDefinition"], described["PipelineVersionDescription"]) == (SECOND, "d")
