"""The untidy forms of AWS's answers, each a switch."""

import json
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.standin.definitions import JsonObject, get, job, parameter, step
from tests.standin.process import Standin

NO_CAPACITY = (
    "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: ml.p3 is not available in this region"
)
NOTE = (
    "Retry not appropriate on execution of step with PipelineExecutionArn {arn} and StepId Train. "
    "No retry policy configured for the exception type SAGEMAKER_RESOURCE_LIMIT."
)


def raw(standin: Standin, operation: str, **request: Any) -> JsonObject:
    """A reply as it is on the wire: boto3 drops nulls."""
    connection = HTTPConnection(standin.url.removeprefix("http://"), timeout=60)
    try:
        connection.request("POST", "/", json.dumps(request), {"X-Amz-Target": f"SageMaker.{operation}"})
        reply: JsonObject = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return reply


def first_step(standin: Standin, arn: str) -> JsonObject:
    """The newest step of an execution, as it is on the wire."""
    shown: JsonObject = raw(standin, "ListPipelineExecutionSteps", PipelineExecutionArn=arn)["PipelineExecutionSteps"][
        0
    ]
    return shown


def ended(standin: Standin, *steps: JsonObject, status: str = "Succeeded") -> str:
    """The ARN of an execution of these steps that has ended so."""
    arn = standin.start(standin.create(steps))
    assert standin.until_ended(arn) == status
    return arn


def test_steps_that_the_execution_ran_have_empty_results(standin: Standin) -> None:
    """Real answers carry an object without an ARN on computed steps."""
    arn = ended(standin, job("a", seconds=1))
    with standin.behaving(results_of_own_steps="empty"):
        shown = first_step(standin, arn)
    empty = {"SourcePipelineExecutionArn": ""}
    assert (shown["CacheHitResult"], shown["SelectiveExecutionResult"]) == (empty, empty)
    with standin.behaving(results_of_own_steps="omitted"):
        assert first_step(standin, arn).keys().isdisjoint({"CacheHitResult", "SelectiveExecutionResult"})


@pytest.mark.parametrize(("absent", "reason", "metadata"), [("null", None, None), ("empty", "", {})])
def test_members_without_a_value_have_a_form(
    standin: Standin, absent: str, reason: str | None, metadata: JsonObject | None
) -> None:
    """Dates are null in both forms; an object that is there has all its members."""
    arn = ended(standin, job("a", seconds=1))
    with standin.behaving(absent_members=absent):
        shown, described = first_step(standin, arn), raw(standin, "DescribePipelineExecution", PipelineExecutionArn=arn)
    assert shown["FailureReason"] == described["FailureReason"] == reason
    assert shown["Metadata"]["TrainingJob"] == metadata
    assert shown["Metadata"]["ProcessingJob"]["Arn"].startswith("arn:")
    running = standin.start(standin.create([job("a", seconds=100_000)]))
    with standin.behaving(absent_members=absent):
        assert first_step(standin, running)["EndTime"] is None
    standin.stop(running)


def test_the_last_page_has_an_empty_or_a_repeating_token(standin: Standin) -> None:
    """A client that pages on for any token never gets to an end of the second kind."""
    arn = ended(standin, job("a", seconds=1))
    request = {"PipelineExecutionArn": arn}
    with standin.behaving(last_page_token="empty"):
        assert raw(standin, "ListPipelineExecutionSteps", **request)["NextToken"] == ""
    with standin.behaving(last_page_token="repeated"):
        first = raw(standin, "ListPipelineExecutionSteps", **request)
        second = raw(standin, "ListPipelineExecutionSteps", **request, NextToken=first["NextToken"])
    assert (len(first["PipelineExecutionSteps"]), second["PipelineExecutionSteps"]) == (1, [])
    assert second["NextToken"] == first["NextToken"]


@pytest.mark.parametrize(("form", "separator"), [("none", None), ("line", "\n"), ("sentence", " ")])
def test_a_reason_ends_with_the_missing_retry_policy(standin: Standin, form: str, separator: str | None) -> None:
    """Both separators are seen; the note follows only what a retry policy covers."""
    with standin.behaving(retry_note=form):
        arn = ended(standin, step("Train", "Training", STANDIN_FAIL=NO_CAPACITY), status="Failed")
        code = ended(standin, step("Train", "Training", STANDIN_FAIL="AlgorithmError: no data"), status="Failed")
    note = "" if separator is None else separator + NOTE.format(arn=arn)
    assert standin.steps(arn)["Train"]["FailureReason"] == NO_CAPACITY + note
    assert standin.steps(code)["Train"]["FailureReason"] == "AlgorithmError: no data"


@pytest.mark.parametrize("form", ["lower_case", "as_named"])
def test_job_arns_and_names_are_spelled_apart(standin: Standin, form: str) -> None:
    """A job is described by either spelling; name and log stream keep capitals."""
    arguments = {"STANDIN_LOG": "epoch 1", "STANDIN_SECONDS": "1"}
    with standin.behaving(job_arns=form):
        arn = ended(standin, step("TrainModel", "Training", HyperParameters=arguments))
    job_arn = standin.steps(arn)["TrainModel"]["Metadata"]["TrainingJob"]["Arn"]
    described = standin.client.describe_training_job(TrainingJobName=job_arn.rpartition("/")[2])
    name = described["TrainingJobName"]
    assert "-TrainModel-" in name
    assert job_arn.rpartition("/")[2] == (name.lower() if form == "lower_case" else name)
    assert described["TrainingJobArn"] == job_arn
    group = "/aws/sagemaker/TrainingJobs"
    events = standin.logs.filter_log_events(logGroupName=group, logStreamNamePrefix=f"{name}/")["events"]
    assert [event["message"] for event in events] == ["epoch 1"]


def test_listed_executions_are_spelled_as_the_pipeline_is(standin: Standin) -> None:
    """The start gives lower case; every operation takes both spellings."""
    name = standin.create([job("a", seconds=1)], name="ChurnOfTheYear")
    arn = standin.start(name)
    with standin.behaving(listed_execution_arns="as_named"):
        listed = standin.client.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
    assert arn.rpartition("/")[2] == listed[0]["PipelineExecutionArn"].rpartition("/")[2]
    assert ":pipeline/churnoftheyear/" in arn
    assert ":pipeline/ChurnOfTheYear/" in listed[0]["PipelineExecutionArn"]
    assert standin.describe(listed[0]["PipelineExecutionArn"])["PipelineExecutionArn"] == arn


def test_the_list_of_steps_lags_behind_the_end_of_the_execution(standin: Standin) -> None:
    """The execution is Failed while its step still executes; the cause comes later."""
    with standin.behaving(steps_lag_seconds=3600):
        arn = ended(standin, job("a", seconds=1, fail="AlgorithmError: no data"), status="Failed")
        shown = standin.steps(arn)["a"]
        assert (shown["StepStatus"], shown.get("EndTime"), shown.get("FailureReason")) == ("Executing", None, None)
    shown = standin.steps(arn)["a"]
    assert (shown["StepStatus"], shown["FailureReason"]) == ("Failed", "AlgorithmError: no data")


def test_a_job_appears_some_time_after_its_step(standin: Standin) -> None:
    """Until then the step's Metadata is empty."""
    arn = standin.start(standin.create([job("a", seconds=100_000)]))
    with standin.behaving(metadata_lag_seconds=3600):
        assert standin.until_step(arn, "a")["Metadata"] == {}
    assert standin.steps(arn)["a"]["Metadata"].keys() == {"ProcessingJob"}
    standin.stop(arn)


def test_the_job_of_a_cached_step_is_gone(standin: Standin) -> None:
    """The step still carries its ARN."""
    cached = job("a", seconds=1, members={"CacheConfig": {"Enabled": True, "ExpireAfter": "P1D"}})
    name = standin.create([cached])
    standin.until_ended(standin.start(name))
    with standin.behaving(jobs_of_cached_steps="gone"):
        arn = standin.start(name)
        assert standin.until_ended(arn) == "Succeeded"
    job_name = standin.steps(arn)["a"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    with pytest.raises(ClientError, match="Could not find requested job"):
        standin.client.describe_processing_job(ProcessingJobName=job_name)


def test_an_html_page_has_the_status_of_its_fault(standin: Standin) -> None:
    """500 as a broken server sends it; 503 unless said otherwise."""
    for more, status in (({"html_status": 500}, 500), ({}, 503)):
        standin.fault("ListPipelines", "html_5xx", times=1, **more)
        with pytest.raises(ClientError) as raised:
            standin.client.list_pipelines()
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert "text/html" in raised.value.response["ResponseMetadata"]["HTTPHeaders"]["content-type"]


def test_a_parameter_needs_no_type_and_a_default_may_be_long(standin: Standin) -> None:
    """No Type is String; only values of a start are bounded by 1,024 characters."""
    long = "x" * 4096
    untyped = {"Name": "Stage", "DefaultValue": "dev", "Description": "where it runs"}
    name = standin.create(
        [job("a", seconds=1, output=get("Parameters.Stage"))], [untyped, parameter("Long", default=long)]
    )
    arn = standin.start(name, {"Stage": "prod"})
    listed = standin.client.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert listed == [{"Name": "Stage", "Value": "prod"}, {"Name": "Long", "Value": long}]
    with pytest.raises(ClientError, match="less than or equal to 1024"):
        standin.start(name, {"Long": long})


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("EMR", {"ClusterId", "StepId", "StepName", "LogFilePath"}),
        ("EMRServerless", {"ApplicationId", "JobRunId", "JobRunName", "LogFilePath"}),
        ("Athena", {"QueryExecutionId", "S3OutputLocation"}),
        ("BedrockCustomModel", {"Arn"}),
        ("BedrockCustomModelDeployment", {"Arn"}),
        ("BedrockProvisionedModelThroughput", {"Arn"}),
        ("BedrockModelImport", {"Arn"}),
        ("Job", {"Arn"}),
    ],
)
def test_steps_outside_sagemaker_have_metadata(standin: Standin, kind: str, members: set[str]) -> None:
    """Each kind has its own member of the model."""
    metadata = standin.steps(ended(standin, step("outside", kind)))["outside"]["Metadata"]
    assert metadata.keys() == {kind}
    assert metadata[kind].keys() == members  # type: ignore[literal-required]


@pytest.mark.parametrize("switches", [{"job_arns": "upper_case"}, {"no_such_switch": 1}])
def test_a_switch_has_only_its_own_positions(standin: Standin, switches: JsonObject) -> None:
    """A position that does not exist changes nothing."""
    before = standin.control("GET", "/behaviours")
    with pytest.raises(AssertionError, match=next(iter(switches))):
        standin.control("POST", "/behaviours", {**switches, "absent_members": "null"})
    assert standin.control("GET", "/behaviours") == before
