"""An end that AWS has reported is reported, whatever goes wrong in explaining it."""

from typing import Any

import pytest

from activities.aws.platforms import Platform
from activities.models import Observation, WatchRequest
from activities.resources.operations import LIST_STEPS, Operation
from activities.results import results as reading_results
from activities.results.observing import StepsObserver
from contract.outputs import Output

ARN = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdef123456"
HIT = {"SourcePipelineExecutionArn": ARN}


def training(name: str, **members: Any) -> dict[str, Any]:
    """A step that failed with its job."""
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:training-job/{name.lower()}"
    return {"StepName": name, "StepStatus": "Failed", "Metadata": {"TrainingJob": {"Arn": arn}}, **members}


class Aws:
    """Answers by a table, and raises what the table says."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {LIST_STEPS.name: {"PipelineExecutionSteps": [training("Train")], "NextToken": ""}, **answers}
        self.requests: list[tuple[str, dict[str, Any]]] = []

    async def call(self, platform: Platform, operation: Operation, **request: Any) -> Any:
        """Answer."""
        assert platform.name == "default"
        self.requests.append((operation.name, request))
        answer = self.answers.get(operation.name, {})
        if isinstance(answer, Exception):
            raise answer
        return answer

    poll = call


async def ended(aws: Aws, status: str = "Failed", **outputs: Output) -> Observation:
    """What a watch reports of the end."""
    request = WatchRequest(platform="default", execution_arn=ARN, poll_interval=5, outputs=outputs)
    return await StepsObserver(aws).with_results(Platform(), request, Observation(sagemaker_status=status))


@pytest.mark.parametrize("operation", ["ListPipelineExecutionSteps", "DescribeTrainingJob", "FilterLogEvents"])
async def test_a_fault_of_the_worker_is_a_note(operation: str) -> None:
    """What none of our tables knows must not keep the run open; a required output is missing then."""
    observed = await ended(
        Aws(**{operation: ZeroDivisionError("planted")}), x=Output(expression="steps.Nope", required=True)
    )
    assert observed.sagemaker_status == "Failed"
    assert observed.results is not None
    assert any("ZeroDivisionError: planted" in note for note in observed.results.notes)
    assert observed.results.outputs == {"x": None}
    assert len(observed.results.missing_outputs) == 1


async def test_a_fault_in_the_outputs_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    """The causes are there all the same."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(reading_results, "evaluate", fail)
    observed = await ended(Aws(), x=Output(expression="steps.Train.name"))
    assert observed.results is not None
    assert [cause.step for cause in observed.results.causes] == ["Train"]
    assert observed.results.outputs == {"x": None}


async def test_a_job_is_sought_under_its_own_name() -> None:
    """AWS lowers the name in the ARN; log streams keep it."""
    aws = Aws(DescribeTrainingJob={"TrainingJobName": "Train", "TrainingJobStatus": "Failed"})
    observed = await ended(aws)
    (request,) = [request for operation, request in aws.requests if operation == "FilterLogEvents"]
    assert request["logStreamNamePrefix"] == "Train/"
    assert observed.results is not None
    assert str(observed.results.causes[0].log_url).endswith("prefix=Train/")


async def test_only_jobs_of_this_execution_are_billed() -> None:
    """Those of cached steps and of steps that were taken over were paid before."""
    steps = [
        training("Own", StepStatus="Succeeded", CacheHitResult={"SourcePipelineExecutionArn": ""}),
        training("Cached", StepStatus="Succeeded", CacheHitResult=HIT),
        training("Taken", StepStatus="Succeeded", SelectiveExecutionResult=HIT),
    ]
    aws = Aws(
        ListPipelineExecutionSteps={"PipelineExecutionSteps": steps},
        DescribeTrainingJob={"BillableTimeInSeconds": 100},
    )
    observed = await ended(aws, "Succeeded", name=Output(expression="steps.Cached.job.BillableTimeInSeconds"))
    assert observed.results is not None
    assert observed.results.billable_seconds == 100
    assert observed.results.outputs == {"name": 100}


async def test_a_reason_without_content_ends_with_the_log() -> None:
    """The line that says why stands in the log that was read anyway."""
    aws = Aws(
        DescribeTrainingJob={"FailureReason": "AlgorithmError: , exit code: 1", "TrainingJobStatus": "Failed"},
        FilterLogEvents={"events": [{"message": "Reporting training FAILURE"}, {"message": "ValueError: bad column"}]},
    )
    observed = await ended(aws)
    assert observed.message == "Train: AlgorithmError: , exit code: 1; its log ends with: ValueError: bad column"
