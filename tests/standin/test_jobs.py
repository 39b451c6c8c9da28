"""The jobs behind steps, and what they log."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.standin.definitions import job, step
from tests.standin.process import Standin

GROUP = "/aws/sagemaker/TrainingJobs"
OUT_OF_MEMORY = "AlgorithmError: out of memory, exit code: 137"


def training(name: str = "Train", *, limit: int = 3600, **settings: str) -> dict[str, object]:
    """A Training step with `STANDIN_` hyperparameters."""
    return step(
        name,
        "Training",
        HyperParameters={f"STANDIN_{key.upper()}": value for key, value in settings.items()},
        StoppingCondition={"MaxRuntimeInSeconds": limit},
        OutputDataConfig={"S3OutputPath": "s3://models"},
    )


def job_of(standin: Standin, arn: str, name: str = "Train", member: str = "TrainingJob") -> str:
    """The name of the job behind a step, as its ARN spells it."""
    metadata = dict(standin.steps(arn)[name]["Metadata"])
    job_arn: str = metadata[member]["Arn"]  # type: ignore[index]
    return job_arn.rpartition("/")[2]


def test_a_finished_training_job_tells_artifacts_metrics_and_seconds(standin: Standin) -> None:
    """What the step's definition does not say is measured: the seconds are billed ones."""
    metrics = [{"MetricName": "validation:auc", "Value": 0.91, "Timestamp": 1.0}]
    arn = standin.start(standin.create([training(seconds="30", job=json.dumps({"FinalMetricDataList": metrics}))]))
    assert standin.until_ended(arn) == "Succeeded"
    shown = standin.client.describe_training_job(TrainingJobName=job_of(standin, arn))
    assert (shown["TrainingJobStatus"], shown["SecondaryStatus"]) == ("Completed", "Completed")
    artifacts = f"s3://models/{shown['TrainingJobName']}/output/model.tar.gz"
    assert shown["ModelArtifacts"] == {"S3ModelArtifacts": artifacts}
    assert shown["BillableTimeInSeconds"] == 30
    assert [(metric["MetricName"], metric["Value"]) for metric in shown["FinalMetricDataList"]] == [
        ("validation:auc", 0.91)
    ]
    assert shown["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600}


def test_a_failed_job_has_a_reason_of_its_own_and_a_log(standin: Standin) -> None:
    """The log's last lines are there however soon the job ended, and only those of its own stream."""
    pipeline = standin.create([training(seconds="5", fail=OUT_OF_MEMORY, log="epoch 1\nepoch 2\nKilled")])
    arn, other = standin.start(pipeline), standin.start(pipeline)
    assert (standin.until_ended(arn), standin.until_ended(other)) == ("Failed", "Failed")
    shown = standin.client.describe_training_job(TrainingJobName=job_of(standin, arn))
    name = shown["TrainingJobName"]
    assert (shown["TrainingJobStatus"], shown["FailureReason"]) == ("Failed", OUT_OF_MEMORY)
    events = standin.logs.filter_log_events(logGroupName=GROUP, logStreamNamePrefix=f"{name}/")["events"]
    assert [event["message"] for event in events] == ["epoch 1", "epoch 2", "Killed"]
    latest = standin.logs.filter_log_events(
        logGroupName=GROUP,
        logStreamNamePrefix=f"{name}/",
        startTime=events[0]["timestamp"],
        startFromHead=False,
        limit=2,
    )
    assert [event["message"] for event in latest["events"]] == ["Killed", "epoch 2"]
    tail = standin.logs.get_log_events(logGroupName=GROUP, logStreamName=events[0]["logStreamName"], limit=1)
    assert [event["message"] for event in tail["events"]] == ["Killed"]


def test_a_job_that_overruns_is_stopped_and_fails_its_step(standin: Standin) -> None:
    """The job itself is Stopped with MaxRuntimeExceeded, which is no cancel."""
    arn = standin.start(standin.create([training(limit=10, seconds="60")]))
    assert standin.until_ended(arn) == "Failed"
    shown = standin.client.describe_training_job(TrainingJobName=job_of(standin, arn))
    assert (shown["TrainingJobStatus"], shown["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_a_stopped_execution_stops_its_job(standin: Standin) -> None:
    """A job that a person stopped says Stopped, and no reason."""
    arn = standin.start(standin.create([job("Prepare", seconds=3600)]))
    standin.until_step(arn, "Prepare")
    standin.stop(arn)
    assert standin.until_ended(arn) == "Stopped"
    shown = standin.client.describe_processing_job(ProcessingJobName=job_of(standin, arn, "Prepare", "ProcessingJob"))
    assert shown["ProcessingJobStatus"] == "Stopped"
    assert "FailureReason" not in shown


def test_a_job_that_is_stopped_directly_fails_its_step(standin: Standin) -> None:
    """The execution was not asked to stop."""
    arn = standin.start(standin.create([job("Prepare", seconds=600)]))
    standin.until_step(arn, "Prepare")
    name = job_of(standin, arn, "Prepare", "ProcessingJob")
    standin.client.stop_processing_job(ProcessingJobName=name)
    assert standin.until_ended(arn) == "Failed"
    assert [found["status"] for found in standin.jobs("processing-job", name)] == ["Stopped"]


def test_a_model_package_tells_its_approval(standin: Standin) -> None:
    """By its ARN, as the step's metadata has it."""
    arn = standin.start(
        standin.create(
            [step("Register", "RegisterModel", ModelPackageGroupName="Churn", ModelApprovalStatus="Approved")]
        )
    )
    assert standin.until_ended(arn) == "Succeeded"
    package = standin.steps(arn)["Register"]["Metadata"]["RegisterModel"]["Arn"]
    shown = standin.client.describe_model_package(ModelPackageName=package)
    assert (shown["ModelPackageArn"], shown["ModelApprovalStatus"]) == (package, "Approved")


def test_unknown_jobs_and_logs_are_refused_in_aws_words(standin: Standin) -> None:
    """SageMaker has no code of its own for a transform job that does not exist; CloudWatch Logs has."""
    with pytest.raises(ClientError, match=r"\(ValidationException\).*Could not find requested job with name: nothing"):
        standin.client.describe_transform_job(TransformJobName="nothing")
    with pytest.raises(ClientError, match=r"\(ResourceNotFoundException\).*log group does not exist"):
        standin.logs.filter_log_events(logGroupName="/aws/sagemaker/Endpoints/nothing")


def test_more_than_a_hundred_steps_come_in_pages(standin: Standin) -> None:
    """At most 100 a page, each step once."""
    arn = standin.start(standin.create([job(f"s{number}", seconds=1) for number in range(130)]))
    standin.until_ended(arn)
    pages = standin.client.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn)
    sizes = [len(page["PipelineExecutionSteps"]) for page in pages]
    assert sizes == [100, 30]
