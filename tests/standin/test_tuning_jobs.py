"""Tuning jobs and the training jobs that they make, also behind a step of a pipeline."""

import re
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sagemaker_standin.samples import JOB_SAMPLES
from tests.standin.definitions import step
from tests.standin.process import Standin, token, until

TUNING = "hyper-parameter-tuning-job"
TRAINING = "training-job"
NO_DATA = "ClientError: no data in the training channel"
ALL_FAILED = "All training jobs failed."


def tune(standin: Standin, name: str = "", **script: Any) -> str:
    """Create the sample's tuning job: six training jobs, two at once."""
    name = name or f"h-{uuid.uuid4().hex[:20]}"
    standin.script_job(TUNING, name, **{"seconds": 600, **script})
    request = {**JOB_SAMPLES["CreateHyperParameterTuningJob"], "HyperParameterTuningJobName": name}
    standin.client.create_hyper_parameter_tuning_job(**request)
    return name


def describe(standin: Standin, name: str) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob."""
    return dict(standin.client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name))


def children(standin: Standin, name: str, **more: Any) -> list[dict[str, Any]]:
    """ListTrainingJobsForHyperParameterTuningJob."""
    reply = standin.client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name, **more)
    return [dict(summary) for summary in reply["TrainingJobSummaries"]]


def test_training_jobs_come_one_after_another(standin: Standin) -> None:
    """At most two run at once; the best one is that with the highest metric."""
    name = tune(standin)
    running = until(lambda: describe(standin, name)["TrainingJobStatusCounters"])
    assert running["InProgress"] + running["Completed"] < 6
    standin.until_job(TUNING, name, "Completed")
    shown, made = describe(standin, name), children(standin, name)
    counters = {"Completed": 6, "InProgress": 0, "RetryableError": 0, "NonRetryableError": 0, "Stopped": 0}
    assert shown["TrainingJobStatusCounters"] == counters
    assert shown["ObjectiveStatusCounters"] == {"Succeeded": 6, "Pending": 0, "Failed": 0}
    assert shown["ConsumedResources"] == {"RuntimeInSeconds": 1200}
    assert [bool(re.fullmatch(rf"{name}-00\d-[0-9a-z]{{8}}", child["TrainingJobName"])) for child in made] == [True] * 6
    values = {child["TrainingJobName"]: child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for child in made}
    best = shown["BestTrainingJob"]["TrainingJobName"]
    assert values[best] == max(values.values())
    [first] = children(standin, name, SortBy="FinalObjectiveMetricValue", SortOrder="Descending", MaxResults=1)
    assert first["TrainingJobName"] == best
    child = standin.client.describe_training_job(TrainingJobName=best)
    assert child["TuningJobArn"] == shown["HyperParameterTuningJobArn"]
    assert child["HyperParameters"].keys() == {"rounds", "eta", "max_depth"}
    assert child["FinalMetricDataList"][0]["Value"] == pytest.approx(values[best])


def test_several_definitions_take_turns(standin: Standin) -> None:
    """Each has ranges and an objective of its own."""
    name = f"h-{uuid.uuid4().hex[:20]}"
    sample = JOB_SAMPLES["CreateHyperParameterTuningJob"]
    config = dict(sample["HyperParameterTuningJobConfig"])
    own = {
        "TuningObjective": config.pop("HyperParameterTuningJobObjective"),
        "HyperParameterRanges": config.pop("ParameterRanges"),
    }
    definitions = [{**sample["TrainingJobDefinition"], **own, "DefinitionName": word} for word in ("deep", "wide")]
    request: dict[str, Any] = {"HyperParameterTuningJobConfig": config, "TrainingJobDefinitions": definitions}
    standin.client.create_hyper_parameter_tuning_job(HyperParameterTuningJobName=name, **request)
    standin.until_job(TUNING, name, "Completed")
    made = children(standin, name)
    assert sorted(child["TrainingJobDefinitionName"] for child in made) == ["deep"] * 3 + ["wide"] * 3
    assert {frozenset(child["TunedHyperParameters"]) for child in made} == {frozenset({"eta", "max_depth"})}
    assert describe(standin, name)["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] > 0


def test_failed_training_jobs_have_reasons_and_logs(standin: Standin) -> None:
    """A script for the training jobs has the name of the tuning job as its prefix."""
    name = f"h-{uuid.uuid4().hex[:20]}"
    standin.script_job(TRAINING, name, outcome="Failed", failure_reason=NO_DATA, log=["reading", NO_DATA], attempts=2)
    lost = "InternalServerError: We encountered an internal error."
    standin.script_job(TRAINING, name, outcome="Failed", failure_reason=lost, attempts=1)
    tune(standin, name)
    standin.until_job(TUNING, name, "Completed")
    counters = describe(standin, name)["TrainingJobStatusCounters"]
    assert (counters["Completed"], counters["RetryableError"], counters["NonRetryableError"]) == (3, 1, 2)
    failed = children(standin, name, StatusEquals="Failed")
    assert sorted(child["FailureReason"] for child in failed) == [NO_DATA, NO_DATA, lost]
    group = "/aws/sagemaker/TrainingJobs"
    events = standin.logs.filter_log_events(logGroupName=group, logStreamNamePrefix=name)["events"]
    assert sorted(event["message"] for event in events) == [NO_DATA, NO_DATA, "reading", "reading"]


def test_a_tuning_job_fails_with_all_its_training_jobs(standin: Standin) -> None:
    """Its own reason names none of theirs."""
    name = f"h-{uuid.uuid4().hex[:20]}"
    standin.script_job(TRAINING, name, outcome="Failed", failure_reason=NO_DATA)
    tune(standin, name)
    standin.until_job(TUNING, name, "Failed")
    assert describe(standin, name)["FailureReason"] == ALL_FAILED
    assert {child["FailureReason"] for child in children(standin, name)} == {NO_DATA}


def test_a_stop_stops_the_training_jobs(standin: Standin) -> None:
    """Those that did not begin never do."""
    name = tune(standin, seconds=10**6)
    until(lambda: describe(standin, name)["TrainingJobStatusCounters"]["InProgress"] == 2)
    standin.client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    standin.until_job(TUNING, name, "Stopped")
    assert [child["TrainingJobStatus"] for child in children(standin, name)] == ["Stopped", "Stopped"]
    assert [job["status"] for job in standin.jobs(TRAINING, name)] == ["Stopped", "Stopped"]


def test_training_jobs_outlive_their_tuning_job(standin: Standin) -> None:
    """DeleteHyperParameterTuningJob deletes none of them."""
    name = tune(standin, seconds=60)
    standin.until_job(TUNING, name, "Completed")
    child = children(standin, name)[0]["TrainingJobName"]
    standin.client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    with pytest.raises(ClientError, match=r"\(ResourceNotFound\).*can't find a tuning job"):
        children(standin, name)
    assert standin.client.describe_training_job(TrainingJobName=child)["TrainingJobStatus"] == "Completed"


def tuning_step(**settings: str) -> dict[str, Any]:
    """A Tuning step with the sample's arguments."""
    request = {key: value for key, value in JOB_SAMPLES["CreateHyperParameterTuningJob"].items() if key != "Tags"}
    environment = {f"STANDIN_{key.upper()}": value for key, value in settings.items()}
    request["TrainingJobDefinition"] = {**request["TrainingJobDefinition"], "Environment": environment}
    return step("Tune", "Tuning", **request)


def test_a_step_has_training_jobs_too(standin: Standin) -> None:
    """They fail with the step's reason; its job's name has at most 32 characters."""
    arn = standin.start(standin.create([tuning_step(seconds="60", fail=NO_DATA)]))
    assert standin.until_ended(arn) == "Failed"
    shown = standin.steps(arn)["Tune"]
    name = shown["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]
    assert (len(name), shown["FailureReason"]) == (28, ALL_FAILED)
    made = children(standin, name)
    assert [child["FailureReason"] for child in made] == [NO_DATA] * 6


def test_a_retried_step_has_training_jobs_of_its_own(standin: Standin) -> None:
    """Those of the first attempt fail with a capacity error, those of the second do not."""
    no_capacity = "CapacityError: Unable to provision requested ML compute capacity."
    pipeline = standin.create([tuning_step(seconds="60", fail=no_capacity, fail_attempts="1")])
    execution = standin.start(pipeline)
    assert standin.until_ended(execution) == "Failed"
    standin.client.retry_pipeline_execution(PipelineExecutionArn=execution, ClientRequestToken=token())
    assert standin.until_ended(execution) == "Succeeded"
    arn = standin.steps(execution)["Tune"]["Metadata"]["TuningJob"]["Arn"]
    assert [child["TrainingJobStatus"] for child in children(standin, arn.rpartition("/")[2])] == ["Completed"] * 6


def test_a_stopped_step_stops_its_training_jobs(standin: Standin) -> None:
    """No training job of a stopped execution runs on."""
    arn = standin.start(standin.create([tuning_step(seconds="1000000")]))
    name = standin.until_step(arn, "Tune")["Metadata"]["TuningJob"]["Arn"].rpartition("/")[2]
    until(lambda: len(children(standin, name)) == 2)
    standin.stop(arn)
    assert standin.until_ended(arn) == "Stopped"
    assert [child["TrainingJobStatus"] for child in children(standin, name)] == ["Stopped", "Stopped"]
