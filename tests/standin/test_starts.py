"""Starts: tokens, parameters, lists of executions."""

import time
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

import pytest

from tests.standin.definitions import job, parameter
from tests.standin.process import Standin, token, until

_PARAMETERS = [
    parameter("Text", default=""),
    parameter("Count", "Integer", 1),
    parameter("Rate", "Float", 0.5),
    parameter("Flag", "Boolean", default=False),
    parameter("Stage", default="dev", EnumValues=["dev", "prod"]),
]


def test_same_token_is_the_same_execution(standin: Standin) -> None:
    """One execution, however often the same start is sent; each answered start is counted."""
    name, request_token = standin.create([job("a", seconds=1)], _PARAMETERS), token()
    arns = {standin.start(name, {"Count": "2"}, ClientRequestToken=request_token) for _ in range(3)}
    assert len(arns) == 1
    (found,) = standin.executions(name)
    assert found["execution_arn"] in arns
    assert (found["client_request_token"], found["starts_accepted"]) == (request_token, 3)
    assert found["parameters"] == {"Text": "", "Count": "2", "Rate": "0.5", "Flag": "False", "Stage": "dev"}


@pytest.mark.parametrize(
    ("behaviour", "code"), [("conflict", "ConflictException"), ("validation", "ValidationException")]
)
def test_same_token_with_other_input_is_refused(standin: Standin, behaviour: str, code: str) -> None:
    """AWS's answer is not published, so it is a switch."""
    name, request_token = standin.create([job("a", seconds=1)], _PARAMETERS), token()
    standin.start(name, {"Count": "2"}, ClientRequestToken=request_token)
    with standin.behaving(reused_token=behaviour):  # noqa: SIM117 — the refusal is of the start
        with pytest.raises(standin.client.exceptions.ClientError, match=code):
            standin.start(name, {"Count": "3"}, ClientRequestToken=request_token)
    assert len(standin.executions(name)) == 1


def test_same_token_with_other_input_can_give_the_first_execution(standin: Standin) -> None:
    """The third of the possible answers."""
    name, request_token = standin.create([job("a", seconds=1)], _PARAMETERS), token()
    first = standin.start(name, {"Count": "2"}, ClientRequestToken=request_token)
    with standin.behaving(reused_token="first"):
        assert standin.start(name, {"Count": "3"}, ClientRequestToken=request_token) == first


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"Ghost": "1"}, "'Ghost' is not defined"),
        ({"Count": "one"}, "'one' of parameter 'Count' is not a valid Integer"),
        ({"Count": "1.5"}, "'1.5' of parameter 'Count' is not a valid Integer"),
        ({"Count": "1_000"}, "'1_000' of parameter 'Count' is not a valid Integer"),
        ({"Rate": "nan"}, "'nan' of parameter 'Rate' is not a valid Float"),
        ({"Rate": "fast"}, "'fast' of parameter 'Rate' is not a valid Float"),
        ({"Flag": "yes"}, "'yes' of parameter 'Flag' is not a valid Boolean"),
        ({"Stage": "test"}, r"'test' of parameter 'Stage' is not one of \[dev, prod\]"),
        ({"Text": ""}, r"string \"\" is too short \(length: 0, required minimum: 1\)"),
    ],
)
def test_parameter_that_does_not_fit(standin: Standin, given: dict[str, str], problem: str) -> None:
    """The refusal names the parameter, and nothing is started."""
    name = standin.create([job("a", seconds=1)], _PARAMETERS)
    with pytest.raises(standin.client.exceptions.ClientError, match=f"ValidationException.*{problem}"):
        standin.start(name, given)
    assert standin.executions(name) == []


def test_parameter_without_default_must_be_given(standin: Standin) -> None:
    """The refusal names it."""
    name = standin.create([job("a", seconds=1)], [parameter("Date")])
    with pytest.raises(standin.client.exceptions.ClientError, match="'Date' has no default"):
        standin.start(name)
    arn = standin.start(name, {"Date": "2024-11-20"})
    reply = standin.client.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    assert reply["PipelineParameters"] == [{"Name": "Date", "Value": "2024-11-20"}]


def test_parameters_by_pages(standin: Standin) -> None:
    """Two hundred of them, a hundred a page."""
    arn = standin.start(standin.create([job("a", seconds=1)], [parameter(f"P{n}", default="x") for n in range(200)]))
    pages = standin.client.get_paginator("list_pipeline_parameters_for_execution").paginate(PipelineExecutionArn=arn)
    names = [[entry["Name"] for entry in page["PipelineParameters"]] for page in pages]
    assert [len(page) for page in names] == [100, 100]
    assert list(chain(*names)) == [f"P{n}" for n in range(200)]


def test_steps_by_pages(standin: Standin) -> None:
    """More than a hundred steps, newest first."""
    arn = standin.start(standin.create([job(f"s{n}", seconds=1) for n in range(120)]))
    assert standin.until_ended(arn) == "Succeeded"
    pages = standin.client.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn)
    names = [[entry["StepName"] for entry in page["PipelineExecutionSteps"]] for page in pages]
    assert [len(page) for page in names] == [100, 20]
    assert list(chain(*names)) == [f"s{n}" for n in reversed(range(120))]


def test_executions_by_pages(standin: Standin) -> None:
    """Newest first, by pages that hold still while new executions appear, or ordered by ARN."""
    client, name = standin.client, standin.create([job("a", seconds=1)])
    arns = [standin.start(name) for _ in range(5)]
    first = client.list_pipeline_executions(PipelineName=name, MaxResults=2)
    arns.append(standin.start(name))
    second = client.list_pipeline_executions(PipelineName=name, MaxResults=2, NextToken=first["NextToken"])
    listed = [found["PipelineExecutionArn"] for page in (first, second) for found in page["PipelineExecutionSummaries"]]
    assert listed == arns[4:0:-1]
    by_arn = client.list_pipeline_executions(PipelineName=name, SortBy="PipelineExecutionArn", SortOrder="Ascending")
    assert [found["PipelineExecutionArn"] for found in by_arn["PipelineExecutionSummaries"]] == sorted(arns)


def _is_past(instant: float) -> bool:
    return time.time() > instant


def test_executions_between_two_times(standin: Standin) -> None:
    """CreatedAfter and CreatedBefore, in either order."""
    name, arns = standin.create([job("a", seconds=1)]), []
    for _ in range(3):
        arns.append(standin.start(name))
        until(partial(_is_past, time.time() + 0.02))
    middle, margin = standin.describe(arns[1])["CreationTime"], timedelta(milliseconds=10)

    def listed(**bounds: Any) -> list[str]:
        reply = standin.client.list_pipeline_executions(PipelineName=name, **bounds)
        return [found["PipelineExecutionArn"] for found in reply["PipelineExecutionSummaries"]]

    assert listed(CreatedAfter=middle - margin, CreatedBefore=middle + margin) == [arns[1]]
    assert listed(CreatedBefore=middle + margin) == [arns[1], arns[0]]
    assert listed(CreatedAfter=middle - margin, SortOrder="Ascending") == [arns[1], arns[2]]


def test_what_the_start_says_is_what_describe_shows(standin: Standin) -> None:
    """Display name, description, parallelism; the first two can be updated."""
    name = standin.create([job("a", seconds=1)])
    arn = standin.start(
        name,
        PipelineExecutionDisplayName="monday",
        PipelineExecutionDescription="first",
        ParallelismConfiguration={"MaxParallelExecutionSteps": 3},
    )
    standin.client.update_pipeline_execution(PipelineExecutionArn=arn, PipelineExecutionDescription="second")
    shown = standin.describe(arn)
    assert shown["PipelineExecutionDisplayName"] == "monday"
    assert shown["PipelineExecutionDescription"] == "second"
    assert shown["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 3}


def test_role_is_not_accepted_for_own_pipelines(standin: Standin) -> None:
    """RoleArn is for pipelines that AWS manages."""
    name = standin.create([job("a", seconds=1)])
    with pytest.raises(standin.client.exceptions.ClientError, match=r"ValidationException.*RoleArn"):
        standin.start(name, RoleArn="arn:aws:iam::111122223333:role/other")


def test_lists_can_be_made_to_lag(standin: Standin) -> None:
    """What was stopped a moment ago still looks as before, and what was started just now is not there yet."""
    name = standin.create([job("a", seconds=3600)])
    arn = standin.start(name)

    def listed() -> list[tuple[str, str]]:
        summaries = standin.client.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
        return [(found["PipelineExecutionArn"], found["PipelineExecutionStatus"]) for found in summaries]

    standin.stop(arn)
    status = until(lambda: found if (found := standin.status(arn)) == "Stopped" else None)
    assert listed() == [(arn, status)]
    with standin.behaving(lists_lag_seconds=3600):
        assert listed() == []
    with standin.behaving(lists_lag_seconds=0.5):
        fresh = standin.start(name)
        standin.stop(fresh)
        assert [entry for entry in listed() if entry[0] == fresh] in ([], [(fresh, "Executing")])
        until(lambda: (fresh, "Stopped") in listed())
