"""What jobs show on their way: counters, stages, candidates, restarts, warm pools."""

import uuid
from typing import Any

import pytest

from sagemaker_standin.samples import JOB_SAMPLES
from tests.standin.process import Standin, until

LONG = 10**6


def fresh(prefix: str) -> str:
    """A name."""
    return f"{prefix}-{uuid.uuid4().hex[:20]}"


def test_a_labeling_job_counts_its_labels(standin: Standin) -> None:
    """A stopped one keeps what it has."""
    name = fresh("l")
    standin.script_job("labeling-job", name, seconds=LONG)
    standin.client.create_labeling_job(**{**JOB_SAMPLES["CreateLabelingJob"], "LabelingJobName": name})
    assert standin.client.describe_labeling_job(LabelingJobName=name)["LabelingJobStatus"] == "Initializing"
    standin.client.stop_labeling_job(LabelingJobName=name)
    standin.until_job("labeling-job", name, "Stopped")
    shown = standin.client.describe_labeling_job(LabelingJobName=name)
    none = {"TotalLabeled": 0, "HumanLabeled": 0, "MachineLabeled": 0, "FailedNonRetryableError": 0}
    assert shown["LabelCounters"] == {**none, "Unlabeled": 100}
    assert shown["LabelingJobOutput"]["OutputDatasetS3Uri"].startswith(f"s3://churn-data/labels/{name}/")
    assert shown["Tags"] == [{"Key": "team", "Value": "churn"}]
    [summary] = standin.client.list_labeling_jobs(NameContains=name)["LabelingJobSummaryList"]
    assert summary["LabelCounters"] == shown["LabelCounters"]
    assert summary["WorkteamArn"] == JOB_SAMPLES["CreateLabelingJob"]["HumanTaskConfig"]["WorkteamArn"]


def test_an_automl_job_has_stages_and_a_best_candidate(standin: Standin) -> None:
    """DescribeAutoMLJobV2 describes a job of the first version as well."""
    name = fresh("a")
    standin.script_job("automl-job", name, seconds=600)
    standin.client.create_auto_ml_job(**{**JOB_SAMPLES["CreateAutoMLJob"], "AutoMLJobName": name})
    stages = set[str]()

    def described() -> Any:
        shown = standin.client.describe_auto_ml_job_v2(AutoMLJobName=name)
        stages.add(shown["AutoMLJobSecondaryStatus"])
        return shown if shown["AutoMLJobStatus"] == "Completed" else None

    shown = until(described)
    assert {"Starting", "ModelTuning", "Completed"} <= stages
    assert shown["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]["MetricName"] == "AUC"
    assert shown["AutoMLProblemTypeConfigName"] == "Tabular"
    assert shown["AutoMLJobInputDataConfig"][0]["ChannelType"] == "training"
    first = standin.client.describe_auto_ml_job(AutoMLJobName=name)
    assert first["BestCandidate"] == shown["BestCandidate"]


@pytest.mark.parametrize(
    ("operation", "method"), [("CreateAutoMLJob", "create_auto_ml_job"), ("CreateAutoMLJobV2", "create_auto_ml_job_v2")]
)
def test_an_automl_job_completes_at_its_limit(standin: Standin, operation: str, method: str) -> None:
    """With the candidates that it has by then."""
    name = fresh("a")
    standin.script_job("automl-job", name, seconds=LONG)
    criteria = {"CompletionCriteria": {"MaxAutoMLJobRuntimeInSeconds": 600}}
    request = {**JOB_SAMPLES[operation], "AutoMLJobName": name}
    if operation == "CreateAutoMLJob":
        request["AutoMLJobConfig"] = criteria
    else:
        [(problem, config)] = request["AutoMLProblemTypeConfig"].items()
        request["AutoMLProblemTypeConfig"] = {problem: {**config, **criteria}}
    getattr(standin.client, method)(**request)
    standin.until_job("automl-job", name, "Completed")
    shown = standin.client.describe_auto_ml_job_v2(AutoMLJobName=name)
    assert shown["AutoMLJobSecondaryStatus"] == "MaxAutoMLJobRuntimeReached"


def test_a_retry_strategy_restarts_a_job_inside(standin: Standin) -> None:
    """After an InternalServerError only; the limits count all attempts together."""
    name = fresh("t")
    reason = "InternalServerError: We encountered an internal error."
    standin.script_job("training-job", name, seconds=100, outcome="Failed", failure_reason=reason)
    request = {
        **JOB_SAMPLES["CreateTrainingJob"],
        "TrainingJobName": name,
        "RetryStrategy": {"MaximumRetryAttempts": 2},
    }
    standin.client.create_training_job(**request)
    standin.until_job("training-job", name, "Failed")
    shown = standin.client.describe_training_job(TrainingJobName=name)
    words = [transition["Status"] for transition in shown["SecondaryStatusTransitions"]]
    assert (words.count("Restarting"), shown["TrainingTimeInSeconds"], shown["FailureReason"]) == (2, 320, reason)


def test_a_completed_job_has_metrics_and_artifacts(standin: Standin) -> None:
    """Those that its request defines."""
    name = fresh("t")
    standin.script_job("training-job", name, seconds=1)
    standin.client.create_training_job(**{**JOB_SAMPLES["CreateTrainingJob"], "TrainingJobName": name})
    standin.until_job("training-job", name, "Completed")
    shown = standin.client.describe_training_job(TrainingJobName=name)
    assert [metric["MetricName"] for metric in shown["FinalMetricDataList"]] == ["validation:auc"]
    assert shown["ModelArtifacts"]["S3ModelArtifacts"].endswith(f"/{name}/output/model.tar.gz")


def test_a_warm_pool_is_used_by_the_next_job(standin: Standin) -> None:
    """It is billed to the first job until then."""
    resources = {**JOB_SAMPLES["CreateTrainingJob"]["ResourceConfig"], "KeepAlivePeriodInSeconds": 21600}
    role = f"arn:aws:iam::111122223333:role/{fresh('r')}"
    request = {**JOB_SAMPLES["CreateTrainingJob"], "ResourceConfig": resources, "RoleArn": role}
    names = [fresh("t"), fresh("t")]
    for name, seconds in zip(names, (1, 600), strict=True):
        standin.script_job("training-job", name, seconds=seconds)
        standin.client.create_training_job(**{**request, "TrainingJobName": name})
        if seconds == 1:
            standin.until_job("training-job", name, "Completed")

    def pool() -> Any:
        return standin.client.describe_training_job(TrainingJobName=names[0])["WarmPoolStatus"]

    assert (pool()["Status"], pool()["ReusedByJob"]) == ("InUse", names[1])
    standin.until_job("training-job", names[1], "Completed")
    assert pool()["Status"] == "Reused"


def test_a_processing_job_leaves_an_exit_message(standin: Standin) -> None:
    """Beside the reason of its failure."""
    name = fresh("p")
    reason = "AlgorithmError: See job logs for more information"
    standin.script_job(
        "processing-job", name, seconds=1, outcome="Failed", failure_reason=reason, exit_message="7 rows are broken"
    )
    standin.client.create_processing_job(**{**JOB_SAMPLES["CreateProcessingJob"], "ProcessingJobName": name})
    standin.until_job("processing-job", name, "Failed")
    shown = standin.client.describe_processing_job(ProcessingJobName=name)
    assert (shown["FailureReason"], shown["ExitMessage"]) == (reason, "7 rows are broken")
    [summary] = standin.client.list_processing_jobs(NameContains=name)["ProcessingJobSummaries"]
    assert (summary["FailureReason"], summary["ExitMessage"]) == (reason, "7 rows are broken")
