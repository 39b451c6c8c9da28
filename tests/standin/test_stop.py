"""Stops, and the steps that hold them."""

import time

import pytest

from tests.standin.definitions import JsonObject, job, step
from tests.standin.process import Standin, token, until

_CALLBACK: JsonObject = {
    **step("wait", "Callback"),
    "SqsQueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/q",
    "OutputParameters": [{"OutputName": "rows", "OutputType": "Integer"}],
}


def _callback_token(standin: Standin, arn: str) -> str:
    return standin.until_step(arn, "wait")["Metadata"]["Callback"]["CallbackToken"]


def test_stopped_execution_passes_through_stopping(standin: Standin) -> None:
    """Running jobs are stopped, nothing new starts."""
    arn = standin.start(standin.create([job("a", seconds=100_000), job("b", needs=["a"])]))
    standin.control("POST", "/clock", {"scale": 1})
    try:
        standin.stop(arn)
        assert standin.status(arn) == "Stopping"
        assert standin.steps(arn)["a"]["StepStatus"] == "Stopping"
    finally:
        standin.control("POST", "/clock", {"scale": 600})
    assert standin.until_ended(arn) == "Stopped"
    assert {name: shown["StepStatus"] for name, shown in standin.steps(arn).items()} == {"a": "Stopped"}


def test_only_executing_executions_can_be_stopped(standin: Standin) -> None:
    """AWS's own text, after the end and during another stop."""
    ended = standin.start(standin.create([job("a", seconds=1)]))
    standin.until_ended(ended)
    stopping = standin.start(standin.create([_CALLBACK]))
    standin.stop(stopping)
    for arn in (ended, stopping):
        with pytest.raises(standin.client.exceptions.ClientError) as refused:
            standin.stop(arn)
        assert refused.value.response["Error"] == {
            "Code": "ValidationException",
            "Message": "Only pipelines with 'Executing' status can be stopped",
        }
    standin.client.send_pipeline_execution_step_success(CallbackToken=_callback_token_of_stopping(standin, stopping))


def _callback_token_of_stopping(standin: Standin, arn: str) -> str:
    return standin.until_step(arn, "wait", "Stopping")["Metadata"]["Callback"]["CallbackToken"]


def test_stop_under_the_same_token_is_one_stop(standin: Standin) -> None:
    """A repeated stop is answered like the first one, and counted."""
    name = standin.create([job("a", seconds=100_000)])
    arn, request_token = standin.start(name), token()
    for _ in range(2):
        standin.client.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=request_token)
    assert standin.until_ended(arn) == "Stopped"
    assert [found["stops_accepted"] for found in standin.executions(name)] == [2]


def test_callback_waits_for_its_answer(standin: Standin) -> None:
    """Its output parameters are what the answer says."""
    arn = standin.start(standin.create([_CALLBACK]))
    callback = _callback_token(standin, arn)
    assert len(callback) == 10
    standin.client.send_pipeline_execution_step_success(
        CallbackToken=callback, OutputParameters=[{"Name": "rows", "Value": "17"}]
    )
    assert standin.status(arn) == "Succeeded"
    metadata = standin.steps(arn)["wait"]["Metadata"]["Callback"]
    assert metadata["OutputParameters"] == [{"Name": "rows", "Value": "17"}]


def test_callback_that_fails(standin: Standin) -> None:
    """The answer's reason is the step's, and an answered token can't be answered again."""
    arn = standin.start(standin.create([_CALLBACK]))
    callback = _callback_token(standin, arn)
    standin.client.send_pipeline_execution_step_failure(CallbackToken=callback, FailureReason="warehouse is down")
    assert standin.status(arn) == "Failed"
    assert standin.steps(arn)["wait"]["FailureReason"] == "warehouse is down"
    with pytest.raises(standin.client.exceptions.ClientError, match="ValidationException"):
        standin.client.send_pipeline_execution_step_failure(CallbackToken=callback)
    with pytest.raises(standin.client.exceptions.ResourceNotFound):
        standin.client.send_pipeline_execution_step_failure(CallbackToken="nobody1234")


@pytest.mark.parametrize("answer", ["success", "failure"])
def test_callback_holds_a_stop_until_it_is_answered(standin: Standin, answer: str) -> None:
    """Stopping lasts as long as nobody answers; either answer ends it."""
    arn = standin.start(standin.create([_CALLBACK, job("beside", seconds=100_000)]))
    standin.stop(arn)
    assert standin.until_step(arn, "beside", "Stopped")
    assert standin.status(arn) == "Stopping"
    callback = _callback_token_of_stopping(standin, arn)
    if answer == "success":
        standin.client.send_pipeline_execution_step_success(CallbackToken=callback)
    else:
        standin.client.send_pipeline_execution_step_failure(CallbackToken=callback)
    assert standin.until_ended(arn) == "Stopped"


@pytest.mark.parametrize(("failure", "status"), [("", "Stopped"), ("Lambda timed out", "Failed")])
def test_lambda_holds_a_stop_until_it_ends(standin: Standin, failure: str, status: str) -> None:
    """If the function fails meanwhile, so does the execution."""
    arn = standin.start(
        standin.create([step("call", "Lambda", STANDIN_SECONDS="120", STANDIN_FAIL=failure), job("b", seconds=100_000)])
    )
    standin.stop(arn)
    until(lambda: standin.steps(arn)["b"]["StepStatus"] == "Stopped")
    assert standin.status(arn) == "Stopping"
    assert standin.steps(arn)["call"]["StepStatus"] == "Executing"
    assert standin.until_ended(arn) == status


def test_moments_of_stops_and_looks_are_told(standin: Standin) -> None:
    """When the stop took effect, and when a client last saw the status: measurements of others rest on it."""
    name = standin.create([job("a", seconds=100_000)])
    arn = standin.start(name)
    [found] = standin.executions(name)
    assert (found["stop_accepted_at"], found["last_shown_at"]) == (None, None)
    before = time.time()
    standin.stop(arn)
    stopped = time.time()
    standin.client.list_pipeline_executions(PipelineName=name)
    [listed] = standin.executions(name)
    standin.describe(arn)
    [described] = standin.executions(name)
    assert before <= listed["stop_accepted_at"] <= stopped <= listed["last_shown_at"] < described["last_shown_at"]
    assert described["stop_accepted_at"] == listed["stop_accepted_at"]
