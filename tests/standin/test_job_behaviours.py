"""What AWS may answer about jobs in more than one way, each a switch."""

import math
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sagemaker_standin.samples import JOB_SAMPLES
from tests.standin.process import Standin, until

TRAINING = "training-job"
# Longer than any test here takes.
LONG = 600.0


def train(standin: Standin, name: str = "", **script: Any) -> str:
    """Create the sample's training job, which runs on unless the script says otherwise; its name."""
    name = name or f"t-{uuid.uuid4().hex[:20]}"
    standin.script_job(TRAINING, name, **{"seconds": 10**6, **script})
    standin.client.create_training_job(**{**JOB_SAMPLES["CreateTrainingJob"], "TrainingJobName": name})
    return name


def describe(standin: Standin, name: str) -> dict[str, Any]:
    """DescribeTrainingJob."""
    return dict(standin.client.describe_training_job(TrainingJobName=name))


def stop(standin: Standin, name: str) -> None:
    """StopTrainingJob."""
    standin.client.stop_training_job(TrainingJobName=name)


@pytest.mark.parametrize(("position", "code"), [("first", "ResourceInUse"), ("last", "ResourceLimitExceeded")])
def test_a_taken_name_is_found_before_or_after_the_quota(standin: Standin, position: str, code: str) -> None:
    """A refusal for another reason proves nothing about the name."""
    name = train(standin)
    fault = standin.fault("CreateTrainingJob", "quota", name_prefix=name)
    with standin.behaving(taken_names=position), pytest.raises(ClientError, match=code):
        train(standin, name)
    standin.control("DELETE", f"/faults/{fault}")


@pytest.mark.parametrize(("position", "code"), [("first", "ResourceInUse"), ("last", "ValidationException")])
def test_a_taken_name_is_found_before_or_after_validation(standin: Standin, position: str, code: str) -> None:
    """Also when a role is not there yet, or a member is missing."""
    name = train(standin)
    fault = standin.fault("CreateTrainingJob", "propagation", name_prefix=name)
    with standin.behaving(taken_names=position), pytest.raises(ClientError, match=code):
        train(standin, name)
    standin.control("DELETE", f"/faults/{fault}")
    request = {**JOB_SAMPLES["CreateTrainingJob"], "TrainingJobName": name, "RoleArn": "not the ARN of a role"}
    with standin.behaving(taken_names=position), pytest.raises(ClientError, match=code):
        standin.client.create_training_job(**request)


def test_simultaneous_creates_make_one_job(standin: Standin) -> None:
    """Both are answered with its ARN."""
    with standin.behaving(simultaneous_creates_seconds=LONG):
        name = train(standin)
        train(standin, name)
    assert [job["creates_accepted"] for job in standin.jobs(TRAINING, name)] == [2]


@pytest.mark.parametrize(("position", "code"), [("not_found", "ResourceNotFound"), ("validation", "ValidationExc")])
def test_absent_jobs_of_some_kinds_have_either_code(standin: Standin, position: str, code: str) -> None:
    """Where AWS's is published, it stays."""
    with standin.behaving(absent_jobs=position):
        with pytest.raises(ClientError, match=code):
            standin.client.describe_compilation_job(CompilationJobName="nothing")
        with pytest.raises(ClientError, match=r"\(ValidationException\)"):
            standin.client.describe_training_job(TrainingJobName="nothing")


def test_a_job_is_not_found_at_once(standin: Standin) -> None:
    """Neither by Describe nor in a list; whether a stop finds it is a switch of its own."""
    with standin.behaving(jobs_hidden_seconds=LONG):
        name = train(standin)
        with pytest.raises(ClientError, match="Requested resource not found"):
            describe(standin, name)
        assert standin.client.list_training_jobs(NameContains=name)["TrainingJobSummaries"] == []
        with pytest.raises(ClientError, match="Requested resource not found"):
            stop(standin, name)
        with standin.behaving(stop_of_hidden_jobs="accepted"):
            stop(standin, name)
    assert standin.until_job(TRAINING, name, "Stopped")["stops_accepted"] == 1


def test_a_description_is_denied_at_first(standin: Standin) -> None:
    """While the tags that a policy asks for are on their way."""
    with standin.behaving(describes_denied_seconds=LONG):
        name = train(standin)
        with pytest.raises(ClientError, match=r"\(AccessDeniedException\).*sagemaker:DescribeTrainingJob"):
            describe(standin, name)
    assert describe(standin, name)["TrainingJobName"] == name


def test_lists_lag_behind_descriptions(standin: Standin) -> None:
    """First the job is missing, then it is what it was."""
    with standin.behaving(job_lists_lag_seconds=1.0):
        name = train(standin)
        assert standin.client.list_training_jobs(NameContains=name)["TrainingJobSummaries"] == []
        until(lambda: standin.client.list_training_jobs(NameContains=name)["TrainingJobSummaries"])
        stop(standin, name)
        standin.until_job(TRAINING, name, "Stopped")
        listed = standin.client.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
        assert [summary["TrainingJobStatus"] for summary in listed] == ["InProgress"]


def test_a_list_that_lags_shows_a_deleted_job_whose_name_another_one_has(standin: Standin) -> None:
    """As it was before it was deleted, while the name describes the new one."""
    name = train(standin)
    stop(standin, name)
    standin.until_job(TRAINING, name, "Stopped")
    first = describe(standin, name)["CreationTime"]
    before_deletion = time.time() + 0.5
    time.sleep(1)
    standin.client.delete_training_job(TrainingJobName=name)
    train(standin, name)

    def listed(moment: float) -> list[tuple[str, bool]]:
        with standin.behaving(job_lists_lag_seconds=max(time.time() - moment, 0.0)):
            found = standin.client.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
        return [(summary["TrainingJobStatus"], summary["CreationTime"] == first) for summary in found]

    until(lambda: listed(before_deletion) == [("Stopped", True)])
    assert listed(math.inf) == [("InProgress", False)]


@pytest.mark.parametrize(
    ("position", "filters", "is_empty"),
    [
        ("packed", {"LastModifiedTimeAfter": 4e9}, False),
        ("sparse_by_modification", {"LastModifiedTimeAfter": 4e9}, True),
        ("sparse_by_modification", {"StatusEquals": "Failed"}, False),
        ("sparse", {"StatusEquals": "Failed"}, True),
    ],
)
def test_filtered_pages_may_be_empty(standin: Standin, position: str, filters: Any, *, is_empty: bool) -> None:
    """With a NextToken: a client that pages on asks for all jobs of the account."""
    prefix = f"t-{uuid.uuid4().hex[:20]}"
    for number in range(2):
        train(standin, f"{prefix}-{number}")
    with standin.behaving(filtered_job_pages=position):
        reply = standin.client.list_training_jobs(NameContains=prefix, MaxResults=1, **filters)
    assert (reply["TrainingJobSummaries"], "NextToken" in reply) == ([], is_empty)


@pytest.mark.parametrize(
    ("position", "refusal"),
    [("refused", "is in status Completed"), ("unknown_text", r"\(ValidationException\)(?!.*in status)")],
)
def test_a_stop_of_an_ended_job_is_refused_in_either_way(standin: Standin, position: str, refusal: str) -> None:
    """The job stays Completed."""
    name = train(standin, seconds=1)
    standin.until_job(TRAINING, name, "Completed")
    with standin.behaving(stop_of_ended_jobs=position), pytest.raises(ClientError, match=refusal):
        stop(standin, name)
    assert describe(standin, name)["TrainingJobStatus"] == "Completed"


def test_a_stop_of_an_ended_job_may_be_accepted(standin: Standin) -> None:
    """Without an effect."""
    name = train(standin, seconds=1)
    standin.until_job(TRAINING, name, "Completed")
    with standin.behaving(stop_of_ended_jobs="accepted"):
        stop(standin, name)
    assert describe(standin, name)["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize("position", ["accepted", "refused"])
def test_a_second_stop_is_accepted_or_refused(standin: Standin, position: str) -> None:
    """It does not put the end off."""
    clock = standin.control("GET", "/clock")["scale"]
    name = train(standin)
    standin.control("POST", "/clock", {"scale": 1})
    stop(standin, name)
    try:
        with standin.behaving(stop_of_stopping_jobs=position):
            if position == "accepted":
                stop(standin, name)
            else:
                with pytest.raises(ClientError, match="is in status Stopping"):
                    stop(standin, name)
    finally:
        standin.control("POST", "/clock", {"scale": clock})
    standin.until_job(TRAINING, name, "Stopped")


def test_tags_are_denied_or_late(standin: Standin) -> None:
    """Ownership that is proven by a tag cannot always be proven."""
    name = train(standin)
    arn = standin.jobs(TRAINING, name)[0]["arn"]
    with standin.behaving(job_tags="denied"), pytest.raises(ClientError, match=r"\(AccessDeniedException\).*ListTags"):
        standin.client.list_tags(ResourceArn=arn)
    with standin.behaving(job_tags_lag_seconds=LONG):
        assert standin.client.list_tags(ResourceArn=arn)["Tags"] == []
    assert standin.client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "churn"}]


def test_a_deleted_job_lingers(standin: Standin) -> None:
    """Deleting is no end of a run, and the name is not free yet."""
    name = train(standin, seconds=1)
    standin.until_job(TRAINING, name, "Completed")
    with standin.behaving(deleted_jobs_linger_seconds=LONG):
        standin.client.delete_training_job(TrainingJobName=name)
        assert describe(standin, name)["TrainingJobStatus"] == "Deleting"
        with pytest.raises(ClientError, match="ResourceInUse"):
            train(standin, name)
    with pytest.raises(ClientError, match="Requested resource not found"):
        describe(standin, name)
