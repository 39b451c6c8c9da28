"""The wire: codes, texts, validation from the service model."""

import json
from http.client import HTTPConnection

import pytest

from tests.standin.definitions import JsonObject, job
from tests.standin.process import ROLE, Standin, token

_ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/ghost/execution/abcdefghijkl"
_EXECUTION_ARN_PATTERN = r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:[0-9]{12}:pipeline\/.*\/execution\/.*"


def _post(standin: Standin, operation: str, body: str) -> tuple[int, JsonObject, dict[str, str]]:
    connection = HTTPConnection(standin.url.removeprefix("http://"), timeout=60)
    try:
        connection.request("POST", "/", body, {"X-Amz-Target": f"SageMaker.{operation}"})
        response = connection.getresponse()
        return (
            response.status,
            json.loads(response.read()),
            {key.lower(): value for key, value in response.getheaders()},
        )
    finally:
        connection.close()


def _constraint(value: str, member: str, constraint: str) -> str:
    return f"Value {value} at '{member}' failed to satisfy constraint: Member must {constraint}"


def test_error_on_the_wire(standin: Standin) -> None:
    """Type, message, content type and request id as AWS sends them."""
    status, body, headers = _post(standin, "DescribePipeline", json.dumps({"PipelineName": "ghost"}))
    assert status == 400
    assert body == {
        "__type": "ResourceNotFound",
        "message": "Pipeline 'arn:aws:sagemaker:us-east-1:111122223333:pipeline/ghost' does not exist.",
    }
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert len(headers["x-amzn-requestid"]) == 36


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("MakeCoffee", "{}", "UnknownOperationException"),
        ("DescribePipeline", "not json", "SerializationException"),
        ("DescribePipeline", "[]", "SerializationException"),
        ("DescribePipeline", '{"PipelineName": 5}', "SerializationException"),
        ("ListPipelines", '{"MaxResults": true}', "SerializationException"),
    ],
)
def test_input_that_is_no_input(standin: Standin, operation: str, body: str, code: str) -> None:
    """Unknown operations and wrong JSON types have codes of their own."""
    status, reply, _ = _post(standin, operation, body)
    assert (status, reply["__type"]) == (400, code)


@pytest.mark.parametrize(
    ("operation", "request_body", "problem"),
    [
        ("DescribePipeline", {}, _constraint("null", "pipelineName", "not be null")),
        (
            "StopPipelineExecution",
            {"PipelineExecutionArn": "nonsense", "ClientRequestToken": "t" * 32},
            _constraint(
                "'nonsense'", "pipelineExecutionArn", f"satisfy regular expression pattern: {_EXECUTION_ARN_PATTERN}"
            ),
        ),
        (
            "StopPipelineExecution",
            {"PipelineExecutionArn": _ARN, "ClientRequestToken": "short"},
            _constraint("'short'", "clientRequestToken", "have length greater than or equal to 32"),
        ),
        (
            "StopPipelineExecution",
            {"PipelineExecutionArn": _ARN, "ClientRequestToken": "t" * 129},
            _constraint(f"'{'t' * 129}'", "clientRequestToken", "have length less than or equal to 128"),
        ),
        (
            "ListPipelines",
            {"SortOrder": "Sideways"},
            _constraint("'Sideways'", "sortOrder", "satisfy enum value set: [Ascending, Descending]"),
        ),
        (
            "ListPipelines",
            {"MaxResults": 101},
            _constraint("'101'", "maxResults", "have value less than or equal to 100"),
        ),
        (
            "StartPipelineExecution",
            {
                "PipelineName": "p",
                "ClientRequestToken": "t" * 32,
                "PipelineParameters": [{"Name": "a b", "Value": "v"}],
            },
            _constraint(
                "'a b'", "pipelineParameters.1.member.name", r"satisfy regular expression pattern: [A-Za-z0-9\-_]*"
            ),
        ),
    ],
)
def test_violated_constraint(standin: Standin, operation: str, request_body: JsonObject, problem: str) -> None:
    """Required members, min, max, pattern and enum, in AWS's words, nested members included."""
    _, reply, _ = _post(standin, operation, json.dumps(request_body))
    assert reply == {"__type": "ValidationException", "message": f"1 validation error detected: {problem}"}


def test_several_violations_come_together(standin: Standin) -> None:
    """Counted, and joined by semicolons."""
    _, reply, _ = _post(standin, "ListPipelines", '{"SortOrder": "x", "MaxResults": 0}')
    first = _constraint("'x'", "sortOrder", "satisfy enum value set: [Ascending, Descending]")
    second = _constraint("'0'", "maxResults", "have value greater than or equal to 1")
    assert reply["message"] == f"2 validation errors detected: {first}; {second}"


def test_pipeline_from_create_to_delete(standin: Standin) -> None:
    """Create, describe by name and ARN, update to a second version, list, delete."""
    client, name = standin.client, standin.create([job("a", seconds=1)], PipelineDescription="first")
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:pipeline/{name}"
    first = client.describe_pipeline(PipelineName=name)
    assert (first["PipelineArn"], first["PipelineStatus"], first["PipelineDescription"]) == (arn, "Active", "first")
    later = first["PipelineDefinition"].replace('"a"', '"b"')
    update = client.update_pipeline(PipelineName=name, PipelineDefinition=later)
    assert update["PipelineVersionId"] == 2
    described = client.describe_pipeline(PipelineName=arn)
    assert (described["PipelineDefinition"], described["PipelineDescription"]) == (later, "first")
    old = standin.start(name, PipelineVersionId=1)
    assert standin.until_ended(old) == "Succeeded"
    assert list(standin.steps(old)) == ["a"]
    assert standin.describe(old)["PipelineVersionId"] == 1
    ran = client.describe_pipeline_definition_for_execution(PipelineExecutionArn=old)
    assert ran["PipelineDefinition"] == first["PipelineDefinition"]
    assert [found["PipelineName"] for found in client.list_pipelines(PipelineNamePrefix=name)["PipelineSummaries"]] == [
        name
    ]
    with pytest.raises(client.exceptions.ResourceNotFound):
        standin.start(name, PipelineVersionId=3)
    client.delete_pipeline(PipelineName=name, ClientRequestToken=token())
    for gone in (lambda: client.describe_pipeline(PipelineName=name), lambda: standin.describe(old)):
        with pytest.raises(client.exceptions.ResourceNotFound, match="does not exist"):
            gone()


def test_names_are_unique_and_lower_cased_in_arns(standin: Standin) -> None:
    """AWS's own text for a name that is taken."""
    request: JsonObject = {
        "PipelineDefinition": '{"Version": "2020-12-01", "Steps": [{"Name": "a", "Type": "Model"}]}',
        "RoleArn": ROLE,
    }
    create = standin.client.create_pipeline
    created = create(PipelineName="MixedCase", ClientRequestToken=token(), **request)
    assert created["PipelineArn"] == "arn:aws:sagemaker:us-east-1:111122223333:pipeline/mixedcase"
    with pytest.raises(standin.client.exceptions.ClientError) as refused:
        create(PipelineName="MixedCase", ClientRequestToken=token(), **request)
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Pipeline names must be unique within an AWS account and region. "
        "Pipeline with name (MixedCase) already exists.",
    }


def test_pipeline_deleted_behind_everybodys_back(standin: Standin) -> None:
    """Its open execution is found no more, and still counted."""
    name = standin.create([job("a", seconds=100_000)])
    arn = standin.start(name)
    standin.control("POST", f"/pipelines/{name}/delete")
    with pytest.raises(standin.client.exceptions.ResourceNotFound, match="does not exist"):
        standin.describe(arn)
    with pytest.raises(standin.client.exceptions.ResourceNotFound, match="does not exist"):
        standin.start(name)
    assert [found["execution_arn"] for found in standin.executions(name)] == [arn]


def test_pipeline_with_open_executions_stays(standin: Standin) -> None:
    """DeletePipeline asks for its executions to be stopped first."""
    name = standin.create([job("a", seconds=100_000)])
    arn = standin.start(name)
    with pytest.raises(standin.client.exceptions.ConflictException):
        standin.client.delete_pipeline(PipelineName=name, ClientRequestToken=token())
    standin.stop(arn)
