"""Failing steps, retries, caching, selective executions."""

import pytest

from tests.standin.definitions import get, job, parameter, step
from tests.standin.process import Standin, token

_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type."
)
_RETRY = {
    "RetryPolicies": [
        {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 3},
        {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "IntervalSeconds": 3, "ExpireAfterMin": 1},
    ]
}


def test_failed_step_fails_the_execution(standin: Standin) -> None:
    """The execution's reason is AWS's general one; the cause stands in the step, and nothing new starts."""
    name = standin.create(
        [job("a", fail=get("Parameters.Reason"), seconds=5), job("b", needs=["a"]), job("c", seconds=60)],
        [parameter("Reason", default="")],
    )
    arn = standin.start(name, {"Reason": "AlgorithmError: exit code 1"})
    assert standin.until_ended(arn) == "Failed"
    assert standin.describe(arn)["FailureReason"] == "Step failure: One or multiple steps failed."
    steps = standin.steps(arn)
    assert {name: shown["StepStatus"] for name, shown in steps.items()} == {"a": "Failed", "c": "Succeeded"}
    assert steps["a"]["FailureReason"] == "AlgorithmError: exit code 1"
    assert standin.until_ended(standin.start(name)) == "Succeeded"


def test_job_that_was_never_created_has_no_metadata(standin: Standin) -> None:
    """As AWS shows a step whose Create call was refused."""
    reason = "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: no such role"
    arn = standin.start(standin.create([job("a", fail=reason, seconds=1)]))
    assert standin.until_ended(arn) == "Failed"
    shown = standin.steps(arn)["a"]
    assert (shown["Metadata"], shown["AttemptCount"], shown["FailureReason"]) == ({}, 1, reason)


@pytest.mark.parametrize(
    ("reason", "failed_attempts", "status", "attempts"),
    [
        (_CAPACITY, 2, "Succeeded", 3),
        (_CAPACITY, 9, "Failed", 4),
        ("AlgorithmError: exit code 1", 1, "Failed", 1),
        ("InternalServerError: try again", 99, "Failed", 6),
    ],
    ids=["passes", "gives-up", "not-retryable", "runs-out-of-time"],
)
def test_retry_policies(standin: Standin, reason: str, failed_attempts: int, status: str, attempts: int) -> None:
    """Only failures of the policy's kind are retried, at most MaxAttempts times or ExpireAfterMin minutes."""
    arn = standin.start(
        standin.create([job("a", members=_RETRY, seconds=1, fail=reason, fail_attempts=failed_attempts)])
    )
    assert standin.until_ended(arn) == status
    assert standin.steps(arn)["a"]["AttemptCount"] == attempts


def test_retried_execution_keeps_its_arn_and_its_finished_steps(standin: Standin) -> None:
    """RetryPipelineExecution runs only what had not succeeded."""
    name = standin.create(
        [job("a", seconds=1), job("b", needs=["a"], seconds=1, fail="AlgorithmError: flaky", fail_attempts=1)]
    )
    arn = standin.start(name)
    assert standin.until_ended(arn) == "Failed"
    first = standin.steps(arn)["a"]
    reply = standin.client.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token())
    assert reply["PipelineExecutionArn"] == arn
    assert standin.until_ended(arn) == "Succeeded"
    assert "FailureReason" not in standin.describe(arn)
    assert standin.steps(arn)["a"] == first
    assert standin.steps(arn)["b"]["AttemptCount"] == 2


def test_what_can_not_be_retried(standin: Standin) -> None:
    """An execution that succeeded, and one that ended in a Fail step."""
    succeeded = standin.start(standin.create([job("a", seconds=1)]))
    failed = standin.start(standin.create([step("a", "Fail", ErrorMessage="no")]))
    assert (standin.until_ended(succeeded), standin.until_ended(failed)) == ("Succeeded", "Failed")
    for arn in (succeeded, failed):
        with pytest.raises(standin.client.exceptions.ClientError, match="ValidationException"):
            standin.client.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token())


def test_fail_step_stops_the_jobs_beside_it(standin: Standin) -> None:
    """The execution ends Failed without waiting for them."""
    arn = standin.start(standin.create([step("a", "Fail", ErrorMessage="no"), job("b", seconds=100_000)]))
    assert standin.until_ended(arn) == "Failed"
    assert standin.steps(arn)["b"]["StepStatus"] == "Stopped"


def test_cached_step_is_taken_over(standin: Standin) -> None:
    """Same pipeline, step and arguments within ExpireAfter; other arguments run again."""
    cached = {"CacheConfig": {"Enabled": True, "ExpireAfter": "PT1H"}}
    name = standin.create(
        [job("a", members=cached, seconds=60, label=get("Parameters.Label"))], [parameter("Label", default="x")]
    )
    first = standin.start(name)
    assert standin.until_ended(first) == "Succeeded"
    second, other = standin.start(name), standin.start(name, {"Label": "y"})
    assert [standin.until_ended(arn) for arn in (second, other)] == ["Succeeded", "Succeeded"]
    hit, job_of_first = standin.steps(second)["a"], standin.steps(first)["a"]["Metadata"]
    assert hit["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert hit["Metadata"] == job_of_first
    assert standin.steps(other)["a"]["CacheHitResult"] == {"SourcePipelineExecutionArn": ""}


def test_selective_execution_builds_on_its_source(standin: Standin) -> None:
    """The selected step runs; what it needs is taken from the source, and the rest does not appear."""
    name = standin.create([job("a", seconds=1), job("b", needs=["a"], seconds=1), job("c", needs=["b"], seconds=1)])
    source = standin.start(name)
    assert standin.until_ended(source) == "Succeeded"
    config = {"SelectedSteps": [{"StepName": "b"}], "SourcePipelineExecutionArn": source}
    arn = standin.start(name, SelectiveExecutionConfig=config)
    assert standin.until_ended(arn) == "Succeeded"
    steps = standin.steps(arn)
    assert list(steps) == ["a", "b"]
    assert steps["a"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": source}
    assert steps["b"]["SelectiveExecutionResult"] == {"SourcePipelineExecutionArn": ""}


def test_selective_execution_that_lacks_its_source(standin: Standin) -> None:
    """AWS's own text."""
    name = standin.create([job("a"), job("b", needs=["a"])])
    text = r"Invalid SourcePipelineExecutionArn: null. The selected steps \[b\] have dependencies on \[a\]"
    with pytest.raises(standin.client.exceptions.ClientError, match=text):
        standin.start(name, SelectiveExecutionConfig={"SelectedSteps": [{"StepName": "b"}]})
