"""Faults on demand, the counts that prove what happened, and the rest of the control API."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ConnectionClosedError

from tests.standin.definitions import JsonObject, job
from tests.standin.process import Standin, token, until

_START = "StartPipelineExecution"


@pytest.fixture
def pipeline(standin: Standin) -> str:
    """A pipeline of one short step."""
    return standin.create([job("a", seconds=1)])


@pytest.mark.parametrize(
    ("fault", "error", "http_status"),
    [
        ({"effect": "throttle"}, "ThrottlingException: Rate exceeded", 400),
        ({"effect": "error", "code": "ConflictException", "message": "busy"}, "ConflictException: busy", 400),
        ({"effect": "error", "code": "InternalFailure", "http_status": 500}, "InternalFailure: ", 500),
        ({"effect": "html_5xx"}, "503: Service Unavailable", 503),
        ({"effect": "expired_credentials"}, "ExpiredTokenException: The security token included in the request", 400),
        ({"effect": "clock_skew", "seconds": 3600}, "InvalidSignatureException: Signature expired: 20", 400),
        ({"effect": "clock_skew", "seconds": -3600}, "InvalidSignatureException: Signature not yet current: 20", 400),
        (
            {"effect": "access_denied"},
            "AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/worker/session is not authorized to",
            400,
        ),
        (
            {"effect": "quota", "limit": 3},
            "ResourceLimitExceeded: The account-level service limit 'ml.p3.2xlarge for training job usage' is 3 In",
            400,
        ),
    ],
)
def test_refusals(standin: Standin, pipeline: str, fault: JsonObject, error: str, http_status: int) -> None:
    """Nothing happens, AWS's code and text come back, and the fault is spent after its times."""
    standin.fault(_START, pipeline=pipeline, times=1, **fault)
    with pytest.raises(standin.client.exceptions.ClientError) as refused:
        standin.start(pipeline)
    response = refused.value.response
    assert f"{response['Error']['Code']}: {response['Error']['Message']}".startswith(error)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == http_status
    assert standin.executions(pipeline) == []
    assert standin.start(pipeline)


@pytest.mark.parametrize(("effect", "executions"), [("reset_before", 0), ("reset_after", 1)])
def test_lost_connections(standin: Standin, pipeline: str, effect: str, executions: int) -> None:
    """The caller sees the same in both cases; only the effect differs."""
    standin.fault(_START, effect, pipeline=pipeline, times=1)
    request_token = token()
    with pytest.raises(ConnectionClosedError):
        standin.start(pipeline, ClientRequestToken=request_token)
    assert len(standin.executions(pipeline)) == executions
    standin.start(pipeline, ClientRequestToken=request_token)
    (found,) = standin.executions(pipeline)
    assert found["starts_accepted"] == executions + 1


def test_held_reply(standin: Standin, pipeline: str) -> None:
    """The execution exists while its start is still unanswered, until the fault is deleted."""
    fault = standin.fault(_START, "hold_reply", pipeline=pipeline)
    with ThreadPoolExecutor(1) as pool:
        start = pool.submit(standin.start, pipeline)
        until(lambda: standin.fault_state(fault)["holding"] == 1)
        (found,) = standin.executions(pipeline)
        assert not start.done()
        standin.control("DELETE", f"/faults/{fault}")
        assert start.result(timeout=60) == found["execution_arn"]


def test_refused_request_does_not_reach_later_faults(standin: Standin, pipeline: str) -> None:
    """A fault that is spent by its times waits for a request that gets as far."""
    standin.fault(_START, "throttle", pipeline=pipeline, times=1)
    later = standin.fault(_START, "delay_after", pipeline=pipeline, times=1, seconds=0.01)
    with pytest.raises(standin.client.exceptions.ClientError, match="Rate exceeded"):
        standin.start(pipeline)
    assert standin.fault_state(later)["hits"] == 0
    standin.start(pipeline)
    assert standin.fault_state(later)["hits"] == 1


@pytest.mark.parametrize("effect", ["delay_before", "delay_after"])
def test_delays(standin: Standin, pipeline: str, effect: str) -> None:
    """Before the effect or after it, in real seconds."""
    fault = standin.fault(_START, effect, pipeline=pipeline, seconds=0.3)
    with ThreadPoolExecutor(1) as pool:
        start = pool.submit(standin.start, pipeline)
        until(lambda: standin.fault_state(fault)["hits"] == 1)
        assert len(standin.executions(pipeline)) == (1 if effect == "delay_after" else 0)
        assert start.result(timeout=60)


def test_hidden_execution(standin: Standin, pipeline: str) -> None:
    """A new execution can't be found for a while, then it can."""
    standin.fault(_START, "hide", pipeline=pipeline, seconds=0.3)
    arn = standin.start(pipeline)
    with pytest.raises(standin.client.exceptions.ResourceNotFound):
        standin.describe(arn)

    def listed() -> list[str]:
        reply = standin.client.list_pipeline_executions(PipelineName=pipeline)
        return [found["PipelineExecutionArn"] for found in reply["PipelineExecutionSummaries"]]

    assert listed() == []
    assert until(listed) == [arn]
    assert standin.describe(arn)["PipelineExecutionArn"] == arn


def test_probability_is_repeatable(standin: Standin, pipeline: str) -> None:
    """The same seed refuses the same requests."""

    def refused() -> list[bool]:
        standin.control("POST", "/seed", {"seed": 7})
        fault = standin.fault("DescribePipeline", "throttle", probability=0.5, pipeline=pipeline)
        outcomes = []
        for _ in range(20):
            try:
                standin.client.describe_pipeline(PipelineName=pipeline)
                outcomes.append(False)
            except standin.client.exceptions.ClientError:
                outcomes.append(True)
        standin.control("DELETE", f"/faults/{fault}")
        return outcomes

    first = refused()
    assert first == refused()
    assert 0 < sum(first) < 20


def test_calls_are_counted_by_code(launch: Callable[..., Standin]) -> None:
    """Received and answered calls of each operation; the counts can be reset."""
    standin = launch()
    pipeline = standin.create([job("a", seconds=1)])
    standin.fault("*", "throttle", times=1)
    with pytest.raises(standin.client.exceptions.ClientError):
        standin.start(pipeline)
    standin.start(pipeline)
    assert standin.control("GET", "/calls") == {
        "CreatePipeline": {"received": 1, "by_code": {"OK": 1}},
        _START: {"received": 2, "by_code": {"ThrottlingException": 1, "OK": 1}},
    }
    standin.control("DELETE", "/calls")
    assert standin.control("GET", "/calls") == {}


@pytest.mark.parametrize(("status", "has_ended"), [("Paused", False), ("CompletedWithFailures", True)])
def test_forced_status(standin: Standin, pipeline: str, status: str, *, has_ended: bool) -> None:
    """A status that the engine never gives, until it is released; only a terminal one has an end."""
    arn = standin.start(pipeline)
    standin.until_ended(arn)
    path = f"/executions/{arn.rpartition('/')[2]}/force"
    standin.control("POST", path, {"status": status, "failure_reason": "forced"})
    (found,) = standin.executions(pipeline)
    assert (found["ended_at"] is not None) is has_ended
    assert (standin.status(arn), standin.describe(arn)["FailureReason"]) == (status, "forced")
    standin.control("POST", path, {"status": None})
    assert standin.status(arn) == "Succeeded"


@pytest.mark.parametrize(("failure", "status", "steps"), [(None, "Succeeded", 2), ("out of memory", "Failed", 1)])
def test_finished_executions_end_with_their_steps(
    standin: Standin, failure: str | None, status: str, steps: int
) -> None:
    """The open steps end as asked, and so do those that they let begin."""
    pipeline = standin.create([job("a", seconds=10**6), job("b", ["a"], seconds=10**6)])
    arn = standin.start(pipeline)
    standin.control("POST", f"/executions/{arn.rpartition('/')[2]}/finish", {"failure": failure})
    assert standin.status(arn) == status
    shown = standin.client.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert [step["StepStatus"] for step in shown] == [status] * steps


def test_scripted_step(standin: Standin, pipeline: str) -> None:
    """A script goes before the step's own settings."""
    script = {"pipeline": pipeline, "step": "a", "seconds": 2, "outcome": "Failed", "failure_reason": "as told"}
    standin.control("POST", "/scripts", script)
    arn = standin.start(pipeline)
    assert standin.until_ended(arn) == "Failed"
    assert standin.steps(arn)["a"]["FailureReason"] == "as told"


def test_quota_of_open_executions(launch: Callable[..., Standin]) -> None:
    """Beyond it a start is refused; when an execution ends, there is room again."""
    standin = launch("--max-concurrent", "1", "--clock-scale", "600")
    name = standin.create([job("a", seconds=100_000)])
    arn = standin.start(name)
    with pytest.raises(standin.client.exceptions.ResourceLimitExceeded, match="is 1 Instances"):
        standin.start(name)
    standin.stop(arn)
    assert standin.until_ended(arn) == "Stopped"
    assert standin.start(name)
