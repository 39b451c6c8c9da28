"""`SageMakerPipelineDiscovery` against a real Temporal server and the stand-in."""

import asyncio
import base64
import json

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import CancelledError

from contract.discovery import Continuation, PipelineDiscovery
from tests.discovery.finder import Finder
from tests.standin.definitions import parameter
from tests.standin.process import ROLE, token
from tests.workflows.stage import until


async def test_a_pipeline_is_told_as_a_polysync_job(finder: Finder) -> None:
    """Every field that Polysync imports, with SageMaker's types and its own."""
    name = finder.create(
        "churn",
        [
            parameter("InputData"),
            parameter("Count", "Integer", 2),
            parameter("Rate", "Float", 0.5),
            parameter("Balance", "Boolean", default=False),
            parameter("Stage", default="a", EnumValues=["a", "b"]),
        ],
        PipelineDisplayName="Churn",
        PipelineDescription="Trains weekly",
        ParallelismConfiguration={"MaxParallelExecutionSteps": 3},
    )
    finder.stage.standin.start(name, {"InputData": "s3://a"})
    found = await finder.find()
    assert (found.platform, found.region, found.name_prefix, found.total) == ("default", "us-east-1", finder.prefix, 1)
    assert (found.problems, found.next_token) == ([], None)
    job = found.jobs[0].model_dump(mode="json")
    times = [job.pop(key) for key in ("created_at", "last_modified_at", "last_run_at")]
    assert all(time.endswith("Z") for time in times)
    columns = ("name", "type", "data_type", "default_value", "enum_values", "required", "direction")
    assert [tuple(one[column] for column in columns) for one in job.pop("parameters")] == [
        ("InputData", "String", "string", None, None, True, "Input"),
        ("Count", "Integer", "long", 2, None, False, "Input"),
        ("Rate", "Float", "double", 0.5, None, False, "Input"),
        ("Balance", "Boolean", "boolean", False, None, False, "Input"),
        ("Stage", "String", "string", "a", ["a", "b"], False, "Input"),
    ]
    assert job == {
        "external_id": name,
        "job_type": "SageMaker Pipeline",
        "arn": f"arn:aws:sagemaker:us-east-1:111122223333:pipeline/{name}",
        "role_arn": ROLE,
        "display_name": "Churn",
        "description": "Trains weekly",
        "status": "Active",
        "max_parallel_steps": 3,
    }


async def test_all_pages_of_aws_are_read_and_told_in_name_order(finder: Finder) -> None:
    """More pipelines than one page of ListPipelines has, created in another order than that of their names."""
    names = sorted(finder.create(f"{number * 7 % 120:03}") for number in range(120))
    found = await finder.find()
    assert [job.external_id for job in found.jobs] == names
    assert finder.stage.calls("ListPipelines")["received"] == 2
    assert finder.stage.calls("DescribePipeline")["received"] == 120


async def test_pages_follow_each_other_by_name(finder: Finder) -> None:
    """A pipeline created or deleted between two pages moves nothing, and no page is described twice."""
    names = finder.create_many(7)
    first = await finder.find(page_size=3)
    assert [job.external_id for job in first.jobs] == names[:3]
    finder.create("000-new")
    finder.stage.standin.client.delete_pipeline(PipelineName=names[2], ClientRequestToken=token())
    second = await finder.find(pageSize=3, nextToken=first.next_token)
    assert [job.external_id for job in second.jobs] == names[3:6]
    third = await finder.find(PageSize=3, NextToken=second.next_token)
    assert [job.external_id for job in third.jobs] == names[6:]
    assert third.next_token is None
    assert finder.stage.calls("DescribePipeline")["received"] == 7


async def test_a_prefix_may_end_with_a_hyphen(finder: Finder) -> None:
    """AWS's pattern refuses it, though it is what people write: AWS gets it without, and the rest is done here."""
    finder.create("a")
    finder.stage.standin.client.create_pipeline(
        PipelineName=f"{finder.prefix.rstrip('-')}x",
        PipelineDefinition='{"Version": "2020-12-01", "Steps": [{"Name": "S", "Type": "Fail", "Arguments": {}}]}',
        RoleArn=ROLE,
        ClientRequestToken=token(),
    )
    found = await finder.find()
    assert [job.external_id for job in found.jobs] == [f"{finder.prefix}a"]
    assert found.total == 1


async def test_nothing_found_is_no_failure(finder: Finder) -> None:
    """An empty page."""
    found = await finder.find()
    assert (found.jobs, found.total, found.next_token) == ([], 0, None)


async def test_one_pipelines_problem_is_not_the_others(finder: Finder) -> None:
    """Without permission for one of three, its job comes without parameters, and the problem says why."""
    names = finder.create_many(3)
    finder.stage.standin.fault("DescribePipeline", "access_denied", pipeline=names[1])
    found = await finder.find()
    assert [(job.external_id, job.parameters) for job in found.jobs] == [
        (names[0], []),
        (names[1], None),
        (names[2], []),
    ]
    assert found.jobs[1].role_arn == ROLE
    assert [(problem.external_id, problem.type) for problem in found.problems] == [(names[1], "AccessDenied")]
    assert "sagemaker:DescribePipeline" in found.problems[0].message


async def test_a_refusal_that_nobody_knows_is_told(finder: Finder) -> None:
    """Whatever AWS says about one pipeline stands beside the others' jobs."""
    names = finder.create_many(2)
    finder.stage.standin.fault("DescribePipeline", "error", pipeline=names[0], code="NewError", message="No idea")
    found = await finder.find()
    assert [job.parameters for job in found.jobs] == [None, []]
    assert found.problems[0].type == "AwsRefused"
    assert "NewError: No idea" in found.problems[0].message


async def test_a_pipeline_deleted_in_between_is_left_out(finder: Finder) -> None:
    """Listed, and gone when it is described: neither a job nor a problem."""
    names = finder.create_many(3)
    finder.stage.standin.fault(
        "DescribePipeline", "error", pipeline=names[1], code="ResourceNotFound", message="does not exist."
    )
    found = await finder.find()
    assert [job.external_id for job in found.jobs] == [names[0], names[2]]
    assert found.problems == []


async def test_throttling_slows_down_and_loses_nothing(finder: Finder) -> None:
    """List and describe are throttled; every pipeline comes, each described once to the end."""
    names = finder.create_many(20)
    finder.stage.standin.fault("ListPipelines", "throttle", times=1)
    finder.stage.standin.fault("DescribePipeline", "throttle", times=4)
    found = await finder.find()
    assert [job.external_id for job in found.jobs] == names
    assert found.problems == []
    described = finder.stage.calls("DescribePipeline")
    assert (described["received"], described["by_code"]["ThrottlingException"]) == (24, 4)


async def test_an_outage_is_sat_out_and_the_next_attempt_goes_on(finder: Finder) -> None:
    """The last of 30 pipelines cannot be described for a while: the retry begins with it."""
    names = finder.create_many(30)
    finder.stage.standin.fault("DescribePipeline", "html_5xx", pipeline=names[-1], times=6)
    found = await finder.find()
    assert [job.external_id for job in found.jobs] == names
    assert finder.stage.calls("DescribePipeline")["received"] == 29 + 6 + 1


async def test_no_permission_to_list_fails_with_the_permission(finder: Finder) -> None:
    """Nothing can be found at all, so the discovery fails within seconds."""
    finder.stage.standin.fault("ListPipelines", "access_denied")
    failure = await finder.failure({})
    assert failure.type == "AccessDenied"
    assert "sagemaker:ListPipelines" in failure.message


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (({"platform": "prod"},), "platform: this worker has no platform 'prod'; it has: default"),
        (({"Platform": " "},), "platform: must not be blank"),
        (({"platform": "x" * 5000},), "platform: must be 1 to 100 characters"),
        (({"pageSize": 0},), "page_size: Input should be greater than or equal to 1"),
        (({"page_size": "5"},), "page_size: Input should be a valid integer"),
        (({"namePrefix": "-a"},), "name_prefix: must be the beginning of pipeline names"),
        (({"next_token": "nonsense"},), "next_token: is not a next_token of a discovery"),
        (
            ({"next_token": Continuation(platform="default", name_prefix="b", after="c").token()},),
            "next_token belongs to a discovery with another platform or name_prefix",
        ),
        (({"prefix": "a"},), "prefix: unknown field; known fields: platform, name_prefix, page_size, next_token"),
        (([],), "input: must be a JSON object, such as {}"),
        (({}, {}), "at most one JSON object is needed, 2 arguments came"),
    ],
)
async def test_bad_input_is_refused_by_field(finder: Finder, arguments: tuple[object, ...], told: str) -> None:
    """Every kind of bad input fails the workflow and asks AWS nothing."""
    failure = await finder.failure(*arguments)
    assert failure.type == "InvalidInput"
    assert told in failure.message
    assert finder.stage.calls("ListPipelines")["received"] == 0


@pytest.mark.parametrize("arguments", [(), (None,), ({},), ({"Platform": None, "NextToken": None},)])
async def test_no_input_means_the_default_platform(finder: Finder, arguments: tuple[object, ...]) -> None:
    """.NET writes nulls, and other callers write nothing."""
    name = finder.create("a")
    found = await (await finder.start(*arguments)).result()
    assert found.platform == "default"
    assert name in {job.external_id for job in found.jobs}


async def test_a_native_cancel_ends_at_once(finder: Finder) -> None:
    """However long AWS takes to answer, the workflow closes as Canceled."""
    finder.create("a")
    held = finder.stage.standin.fault("DescribePipeline", "hold_reply")
    handle = await finder.start({"name_prefix": finder.prefix})
    await until(lambda: finder.stage.standin.fault_state(held)["holding"])
    await handle.cancel()
    with pytest.raises(WorkflowFailureError) as raised:
        await asyncio.wait_for(handle.result(), 3)
    assert isinstance(raised.value.cause, CancelledError)
    assert (await handle.describe()).status is WorkflowExecutionStatus.CANCELED
    finder.stage.standin.control("DELETE", f"/faults/{held}")


async def test_the_web_ui_shows_what_was_found(finder: Finder) -> None:
    """The current details name platform, number and problems; the result is plain JSON for any language."""
    names = finder.create_many(2)
    finder.stage.standin.fault("DescribePipeline", "access_denied", pipeline=names[0])
    handle = await finder.start({"name_prefix": finder.prefix})
    await handle.result()
    metadata: WorkflowMetadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert "### ⚠️ 2 of 2 pipelines" in metadata.current_details
    assert f"**{names[0]}** AccessDenied" in metadata.current_details
    history = (await handle.fetch_history()).to_json_dict()
    payload = history["events"][-1]["workflowExecutionCompletedEventAttributes"]["result"]["payloads"][0]
    document = json.loads(base64.b64decode(payload["data"]))
    assert PipelineDiscovery.model_validate(document).jobs[0].external_id == names[0]


async def test_a_parameter_without_a_type_is_a_string_and_hides_no_other(finder: Finder) -> None:
    """AWS's own schema makes Type optional for a String."""
    name = finder.create("odd", [{"Name": "A"}, parameter("B", "Integer", 2)])
    found = await finder.find()
    assert [(one.name, one.type) for one in found.jobs[0].parameters or []] == [("A", "String"), ("B", "Integer")]
    assert (found.jobs[0].external_id, found.problems) == (name, [])
