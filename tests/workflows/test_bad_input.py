"""Input that cannot be run fails the workflow at once; no workflow task is retried for ever."""

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue

from tests.workflows.stage import Stage

PROBLEMS: dict[str, tuple[list[object], str]] = {
    "no argument": ([], "one JSON object is needed, 0 arguments came"),
    "two arguments": ([{"pipeline_name": "a"}, {}], "one JSON object is needed, 2 arguments came"),
    "null": ([None], "must be a JSON object"),
    "list": ([[]], "must be a JSON object"),
    "string": (["a"], "must be a JSON object"),
    "number": ([5], "must be a JSON object"),
    "empty object": ([{}], "pipeline_name: required, but missing"),
    "null name": ([{"pipeline_name": None}], "pipeline_name: required, but missing"),
    "wrong type": ([{"pipeline_name": 5}], "pipeline_name: Input should be a valid string"),
    "malformed name": ([{"pipeline_name": "my pipeline"}], "pipeline_name: must be a pipeline's name"),
    "unknown key": ([{"pipeline_name": "a", "paramters": {}}], "paramters: unknown field; known fields: pipeline_name"),
    "key given twice": ([{"pipeline_name": "a", "PipelineName": "b"}], "'pipeline_name' is given twice"),
    "text for a number": ([{"pipeline_name": "a", "timeout": "60"}], "timeout: Input should be a valid number"),
    "boolean for a number": ([{"pipeline_name": "a", "poll_interval": True}], "poll_interval: Input should be"),
    "zero timeout": ([{"pipeline_name": "a", "timeout": 0}], "timeout: Input should be greater than 0"),
    "nested parameter": ([{"pipeline_name": "a", "parameters": {"x": [1]}}], "parameters: 'x' must be a string"),
    "long parameter": ([{"pipeline_name": "a", "parameters": {"x": "y" * 1025}}], "parameters: 'x' has 1025 char"),
    "parameter twice": (
        [{"pipeline_name": "a", "parameters": [{"name": "x", "value": 1}, {"Name": "x", "Value": 2}]}],
        "parameters: 'x' is given twice",
    ),
    "display name": ([{"pipeline_name": "a", "display_name": "my run_1"}], "for example 'my-run-1'"),
    "bad ARN": ([{"pipeline_name": "a", "execution_arn": "arn:x"}], "execution_arn: must be a pipeline execution's"),
    "long platform": ([{"pipeline_name": "a", "platform": "x" * 3000}], "platform: must be 1 to 100 characters"),
    "unknown platform": ([{"pipeline_name": "a", "platform": "nowhere"}], "no platform 'nowhere'; it has: default"),
    "json that is none": (
        [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b"{pipeline"))],
        "the argument cannot be read",
    ),
    "unknown encoding": (
        [RawValue(Payload(metadata={"encoding": b"avro/binary"}, data=b"\x00"))],
        "the argument cannot be read",
    ),
    "polls too often": ([{"pipeline_name": "a", "poll_interval": 1e-9}], "poll_interval: must be at least 1 second"),
    "deep expression": (
        [{"pipeline_name": "a", "outputs": {"model": "!" * 999 + "a"}}],
        "outputs.model: is nested too deeply",
    ),
    "execution as a pipeline": (
        [{"pipeline_name": "arn:aws:sagemaker:us-east-1:111122223333:pipeline/allowed-one/execution/secret-pipeline"}],
        "pipeline_name: must be a pipeline's name",
    ),
    "deep json": (
        [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b'{"a":' * 9000 + b"1" + b"}" * 9000))],
        "must be one JSON object of at most 200 levels",
    ),
    "lone surrogate": (
        [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b'{"pipeline_name":"a","platform":"\\ud800"}'))],
        "the argument cannot be read",
    ),
    ".NET's null": ([RawValue(Payload(metadata={"encoding": b"binary/null"}))], "must be a JSON object"),
}


@pytest.mark.parametrize(("arguments", "problem"), PROBLEMS.values(), ids=PROBLEMS.keys())
async def test_bad_input_fails_as_invalid_input(stage: Stage, arguments: list[object], problem: str) -> None:
    """The failure names the field and the problem, and nothing is asked of AWS."""
    failure = await (await stage.start(*arguments)).failure()
    assert failure.type == "InvalidInput"
    assert problem in failure.message
    assert failure.non_retryable
    assert stage.calls("StartPipelineExecution")["received"] == 0


async def test_a_problem_never_repeats_the_value(stage: Stage) -> None:
    """A refused parameter may be a secret that was put into the wrong place."""
    failure = await (await stage.start({"pipeline_name": "hunter2 hunter2", "parameters": "hunter2"})).failure()
    assert "hunter2" not in str(failure.message)
    assert "hunter2" not in str(failure.details)
