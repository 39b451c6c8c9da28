"""How created jobs go: scripts, limits, faults, quotas, logs, and what outlives a restart."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from sagemaker_standin.samples import JOB_SAMPLES
from tests.standin.process import Standin, until

TRAINING = "training-job"
HOUR = 3600


def train(standin: Standin, name: str = "", **members: Any) -> str:
    """Create the sample's training job under a fresh name; the name."""
    name = name or f"t-{uuid.uuid4().hex[:20]}"
    standin.client.create_training_job(**{**JOB_SAMPLES["CreateTrainingJob"], "TrainingJobName": name, **members})
    return name


def test_a_training_job_goes_through_its_secondary_statuses(standin: Standin) -> None:
    """An interruption of a spot instance is none of its ends, and is not billed."""
    name = f"t-{uuid.uuid4().hex[:20]}"
    phases = [["Starting", 10], ["Training", 100], ["Interrupted", 300], ["Training", 100], ["Uploading", 10]]
    standin.script_job(TRAINING, name, phases=phases)
    train(standin, name)
    standin.until_job(TRAINING, name, "Completed")
    shown = standin.client.describe_training_job(TrainingJobName=name)
    words = [transition["Status"] for transition in shown["SecondaryStatusTransitions"]]
    assert words == [*(word for word, _ in phases), "Completed"]
    assert (shown["SecondaryStatus"], shown["TrainingTimeInSeconds"]) == ("Completed", 520)
    assert shown["BillableTimeInSeconds"] == 220


@pytest.mark.parametrize(
    ("condition", "secondary", "seconds"),
    [
        ({"MaxRuntimeInSeconds": 60}, "MaxRuntimeExceeded", 470),
        ({"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 200}, "MaxWaitTimeExceeded", 200),
    ],
)
def test_a_limit_stops_a_job(standin: Standin, condition: dict[str, int], secondary: str, seconds: int) -> None:
    """Waiting does not count as running, but as waiting."""
    name = f"t-{uuid.uuid4().hex[:20]}"
    standin.script_job(TRAINING, name, phases=[["Training", 50], ["Interrupted", 410], ["Training", 1000]])
    train(standin, name, StoppingCondition=condition)
    standin.until_job(TRAINING, name, "Stopped")
    shown = standin.client.describe_training_job(TrainingJobName=name)
    assert (shown["SecondaryStatus"], shown["TrainingTimeInSeconds"]) == (secondary, seconds)


def test_a_compilation_that_runs_out_of_time_fails(standin: Standin) -> None:
    """Other jobs are stopped."""
    request = {**JOB_SAMPLES["CreateCompilationJob"], "CompilationJobName": f"c-{uuid.uuid4().hex[:20]}"}
    standin.script_job("compilation-job", request["CompilationJobName"], seconds=2000)
    standin.client.create_compilation_job(**request)
    standin.until_job("compilation-job", request["CompilationJobName"], "FAILED")
    shown = standin.client.describe_compilation_job(CompilationJobName=request["CompilationJobName"])
    assert "TimeOut" in shown["FailureReason"]


def test_a_script_is_for_the_first_jobs_with_a_prefix(standin: Standin) -> None:
    """Two attempts fail, the third does not; what the description shows can be set."""
    prefix = f"t-{uuid.uuid4().hex[:12]}"
    standin.script_job(TRAINING, prefix, seconds=1, job={"OutputModelPackageArn": "arn:aws:sagemaker:x"})
    reason = "CapacityError: Unable to provision requested ML compute capacity."
    standin.script_job(TRAINING, prefix, seconds=1, outcome="Failed", failure_reason=reason, attempts=2)
    names = [train(standin, f"{prefix}-{number}") for number in range(3)]
    ended = [standin.until_job(TRAINING, name, "Completed", "Failed")["status"] for name in names]
    assert ended == ["Failed", "Failed", "Completed"]
    shown = standin.client.describe_training_job(TrainingJobName=names[2])
    assert shown["OutputModelPackageArn"] == "arn:aws:sagemaker:x"


def test_the_jobs_own_variables_say_how_it_goes(standin: Standin) -> None:
    """As those of a step do, so that samples run anywhere."""
    variables = {"STANDIN_SECONDS": "1", "STANDIN_FAIL": "ClientError: no data", "STANDIN_LOG": "reading\nno data"}
    name = train(standin, Environment=variables)
    standin.until_job(TRAINING, name, "Failed")
    shown = standin.client.describe_training_job(TrainingJobName=name)
    assert (shown["FailureReason"], shown["TrainingTimeInSeconds"]) == ("ClientError: no data", 1)


@pytest.mark.parametrize(
    ("kind", "operation", "streams"),
    [
        ("training-job", "CreateTrainingJob", ["/algo-1-", "/algo-2-"]),
        ("processing-job", "CreateProcessingJob", ["/algo-1-", "/algo-2-"]),
        ("transform-job", "CreateTransformJob", ["/i-1-", "/i-2-"]),
        ("labeling-job", "CreateLabelingJob", [""]),
        ("compilation-job", "CreateCompilationJob", [""]),
        ("inference-recommendations-job", "CreateInferenceRecommendationsJob", ["/execution"]),
    ],
)
def test_each_instance_has_a_log_stream(standin: Standin, kind: str, operation: str, streams: list[str]) -> None:
    """The lines of one stream say why the job failed."""
    group = f"/aws/sagemaker/{operation.removeprefix('Create')}s"
    request = dict(JOB_SAMPLES[operation])
    member = next(key for key in request if key.endswith("JobName") or key == "JobName")
    name = request[member] = f"n-{uuid.uuid4().hex[:20]}"
    log = {str(number): [f"instance {number}", "bye"] for number in range(1, len(streams) + 1)}
    standin.script_job(kind, name, seconds=1, log=log)
    getattr(standin.client, xform_name(operation))(**request)
    standin.until_job(kind, name, "Completed", "COMPLETED")
    events = standin.logs.filter_log_events(logGroupName=group, logStreamNamePrefix=name)["events"]
    found = {event["logStreamName"]: event["message"] for event in reversed(events)}
    assert sorted(found.values()) == [f"instance {number}" for number in range(1, len(streams) + 1)]
    assert all(stream.startswith(name + prefix) for stream, prefix in zip(sorted(found), streams, strict=True))


def test_transform_jobs_have_a_data_log(standin: Standin) -> None:
    """A second stream beside that of the instance."""
    name = f"b-{uuid.uuid4().hex[:20]}"
    standin.script_job("transform-job", name, seconds=1, log={"1": ["started"], "1/data-log": ["bad record 7"]})
    standin.client.create_transform_job(**{**JOB_SAMPLES["CreateTransformJob"], "TransformJobName": name})
    standin.until_job("transform-job", name, "Completed")
    group = "/aws/sagemaker/TransformJobs"
    events = standin.logs.filter_log_events(logGroupName=group, logStreamNamePrefix=f"{name}/")["events"]
    assert {event["message"]: event["logStreamName"].endswith("/data-log") for event in events} == {
        "started": False,
        "bad record 7": True,
    }


def test_a_lost_reply_leaves_one_job(standin: Standin) -> None:
    """A fault can be for the jobs with a prefix; a second create is answered with ResourceInUse."""
    name = f"t-{uuid.uuid4().hex[:20]}"
    standin.fault("CreateTrainingJob", "reset_after", name_prefix=name, times=1)
    train(standin)
    with pytest.raises((ConnectionClosedError, EndpointConnectionError)):
        train(standin, name)
    with pytest.raises(ClientError, match="ResourceInUse"):
        train(standin, name)
    counts = [(job["creates_accepted"], job["creates_refused_as_existing"]) for job in standin.jobs(TRAINING, name)]
    assert counts == [(1, 1)]


@pytest.mark.parametrize(
    ("effect", "more", "refusal"),
    [
        ("throttle", {}, r"\(ThrottlingException\)"),
        ("access_denied", {}, r"\(AccessDeniedException\).*:training-job/t-"),
        ("quota", {"limit": 1}, r"\(ResourceLimitExceeded\).*is 1 Instances"),
        ("propagation", {}, r"\(ValidationException\).*Could not assume role arn:aws:iam::111122223333:role/"),
        ("propagation", {"message": "Access denied to OutputDataConfig S3 bucket: m"}, "Access denied to OutputData"),
        ("error", {"code": "InternalFailure", "http_status": 500}, r"\(InternalFailure\)"),
    ],
)
def test_a_create_meets_a_refusal_once(standin: Standin, effect: str, more: dict[str, Any], refusal: str) -> None:
    """Only requests for a job with the prefix meet it; nothing was created."""
    name = f"t-{uuid.uuid4().hex[:20]}"
    standin.fault("CreateTrainingJob", effect, name_prefix=name, times=1, **more)
    train(standin)
    with pytest.raises(ClientError, match=refusal):
        train(standin, name)
    assert standin.jobs(TRAINING, name) == []
    train(standin, name)


def test_a_fault_finds_the_job_in_an_arn(standin: Standin) -> None:
    """A permission to read tags may be missing for some jobs only."""
    names = [train(standin), train(standin)]
    standin.fault("ListTags", "access_denied", name_prefix=names[0], times=1)
    arns = [standin.jobs(TRAINING, name)[0]["arn"] for name in names]
    assert standin.client.list_tags(ResourceArn=arns[1])["Tags"] == [{"Key": "team", "Value": "churn"}]
    with pytest.raises(ClientError, match=r"\(AccessDeniedException\).*sagemaker:ListTags on resource: " + arns[0]):
        standin.client.list_tags(ResourceArn=arns[0])


def test_a_hidden_job_exists_all_the_same(standin: Standin) -> None:
    """For some seconds clients do not find it; its name is taken."""
    name = f"t-{uuid.uuid4().hex[:20]}"
    standin.fault("CreateTrainingJob", "hide", name_prefix=name, seconds=1.0)
    train(standin, name)
    with pytest.raises(ClientError, match="Requested resource not found"):
        standin.client.describe_training_job(TrainingJobName=name)
    with pytest.raises(ClientError, match="ResourceInUse"):
        train(standin, name)
    until(lambda: standin.client.list_training_jobs(NameContains=name)["TrainingJobSummaries"])


def test_a_quota_bounds_the_open_jobs_of_a_kind(launch: Callable[..., Standin]) -> None:
    """The end of a job makes room; other kinds have bounds of their own."""
    standin = launch("--clock-scale", "600")
    standin.control("POST", "/jobs/quota", {"kind": TRAINING, "limit": 1})
    first = train(standin)
    with pytest.raises(ClientError, match=r"\(ResourceLimitExceeded\).*training job usage' is 1 Instances, with"):
        train(standin)
    standin.until_job(TRAINING, first, "Completed")
    train(standin)


def test_a_warm_pool_is_kept_until_it_is_given_back(standin: Standin) -> None:
    """A job with an available pool cannot be deleted."""
    resources = {**JOB_SAMPLES["CreateTrainingJob"]["ResourceConfig"], "KeepAlivePeriodInSeconds": HOUR}
    name = train(standin, ResourceConfig=resources)
    standin.until_job(TRAINING, name, "Completed")
    pool = standin.client.describe_training_job(TrainingJobName=name)["WarmPoolStatus"]
    assert pool["Status"] == "Available"
    listed = standin.client.list_training_jobs(NameContains=name, WarmPoolStatusEquals="Available")
    assert len(listed["TrainingJobSummaries"]) == 1
    with pytest.raises(ClientError, match="ValidationException"):
        standin.client.delete_training_job(TrainingJobName=name)
    standin.client.update_training_job(TrainingJobName=name, ResourceConfig={"KeepAlivePeriodInSeconds": 0})
    pool = standin.client.describe_training_job(TrainingJobName=name)["WarmPoolStatus"]
    assert (pool["Status"], 0 <= pool["ResourceRetainedBillableTimeInSeconds"] < HOUR) == ("Terminated", True)
    standin.client.delete_training_job(TrainingJobName=name)


def test_patterns_that_only_java_knows_refuse_nothing(standin: Standin) -> None:
    """The role of a Lambda function that has the credentials of a registry, and a catalog of Athena."""
    provider = "arn:aws:lambda:us-east-1:111122223333:function:registry-credentials"
    access = {"TrainingRepositoryCredentialsProviderArn": provider}
    algorithm = {
        **JOB_SAMPLES["CreateTrainingJob"]["AlgorithmSpecification"],
        "TrainingImageConfig": {"TrainingRepositoryAccessMode": "Vpc", "TrainingRepositoryAuthConfig": access},
    }
    train(standin, AlgorithmSpecification=algorithm)
    athena = {
        "Catalog": "events",
        "Database": "churn",
        "QueryString": "SELECT 1",
        "OutputS3Uri": "s3://churn-data/athena/",
        "OutputFormat": "PARQUET",
    }
    name = f"p-{uuid.uuid4().hex[:20]}"
    standin.client.create_processing_job(
        **{
            **JOB_SAMPLES["CreateProcessingJob"],
            "ProcessingJobName": name,
            "ProcessingInputs": [{"InputName": "events", "DatasetDefinition": {"AthenaDatasetDefinition": athena}}],
        }
    )


def test_jobs_outlive_the_process(launch: Callable[..., Standin], tmp_path: Path) -> None:
    """Scripts and stops too."""
    journal = str(tmp_path / "journal")
    first = launch("--data", journal)
    first.script_job(TRAINING, "t-", seconds=10**6)
    kept, stopped = train(first, "t-kept"), train(first, "t-stopped")
    first.client.stop_training_job(TrainingJobName=stopped)
    before = first.jobs()
    first.kill()
    second = launch("--data", journal)
    second.until_job(TRAINING, stopped, "Stopping", "Stopped")
    after = second.jobs()
    assert [job["stops_accepted"] for job in after] == [0, 1]
    assert [(job["name"], job["request"], job["created_at"]) for job in after] == [
        (job["name"], job["request"], job["created_at"]) for job in before
    ]
    assert kept == "t-kept"


def test_a_malformed_script_is_refused(standin: Standin) -> None:
    """By the name of what is wrong."""
    with pytest.raises(AssertionError, match="no kind of job"):
        standin.script_job("training", "t-")
    with pytest.raises(AssertionError, match="outcome is Completed, Failed or Stopped"):
        standin.script_job(TRAINING, "t-", outcome="InProgress")
