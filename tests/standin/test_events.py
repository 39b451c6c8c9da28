"""SageMaker's events as they arrive in a queue, and how they can go wrong on their way."""

import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name

from sagemaker_standin.samples import JOB_SAMPLES
from tests.standin.definitions import JsonObject, job, step
from tests.standin.process import Standin, until

QUEUE = "sagemaker-events"
EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"
STEP = "SageMaker Model Building Pipeline Execution Step Status Change"


@pytest.fixture(scope="module")
def sending() -> Iterator[Standin]:
    """A stand-in that sends events from the beginning; ten simulated minutes a second."""
    running = Standin("--clock-scale", "600", "--event-queue", QUEUE)
    yield running
    running.close()


@pytest.fixture
def sqs(sending: Standin) -> Iterator[Any]:
    """A client of its SQS; the switches are set back, and what is in the queue is dropped, after the test."""
    client = sending.client_of("sqs")
    yield client
    defaults = {"per_change": 2, "lost": 0.0, "copies": 1, "late_seconds": 0.0, "reordered_seconds": 0.0}
    sending.control("POST", "/events", {**defaults, "garbage": 0.0, "queue": QUEUE})
    received(client)
    client.close()


def received(sqs: Any, wait: int = 0) -> list[JsonObject]:
    """All messages that can be had now; they are deleted."""
    url, found = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"], []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, AttributeNames=["All"]
    ).get("Messages"):
        found += messages
        entries = [{"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]} for message in messages]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    return found


def events_of(sqs: Any, arn: str, last: str) -> list[JsonObject]:
    """The events of the resource whose ARN ends so, until there is one with the text `last`."""
    found: list[JsonObject] = []

    def is_over() -> bool:
        events = [json.loads(message["Body"]) for message in received(sqs)]
        found.extend(event for event in events if event["resources"][-1].endswith(arn))
        return any(last in json.dumps(event) for event in found)

    until(is_over)
    return found


def train(standin: Standin) -> str:
    """Create the sample's training job; its ARN."""
    request = {**JOB_SAMPLES["CreateTrainingJob"], "TrainingJobName": f"t-{uuid.uuid4().hex[:20]}"}
    return standin.client.create_training_job(**request)["TrainingJobArn"].lower()


def test_an_execution_and_its_step(sending: Standin, sqs: Any) -> None:
    """The published members in lower camel case; two events with ids of their own for each change."""
    arn = sending.start(sending.create([job("a", seconds=1800)]))
    found = events_of(sqs, arn, '"currentPipelineExecutionStatus": "Succeeded"')
    seen = Counter((event["detail-type"], event["detail"].get("currentPipelineExecutionStatus")) for event in found)
    assert seen[EXECUTION, "Executing"] == seen[EXECUTION, "Succeeded"] == 2
    assert len({event["id"] for event in found}) == len(found)
    pipeline_arn = arn.partition("/execution/")[0]
    (end, _) = [event for event in found if event["detail"].get("currentPipelineExecutionStatus") == "Succeeded"]
    assert {name: end[name] for name in ("version", "source", "account", "region", "resources")} == {
        "version": "0",
        "source": "aws.sagemaker",
        "account": "111122223333",
        "region": "us-east-1",
        "resources": [pipeline_arn, arn],
    }
    assert end["detail"]["previousPipelineExecutionStatus"] == "Executing"
    assert end["detail"]["pipelineExecutionArn"] == arn
    step = next(event for event in found if event["detail"].get("currentStepStatus") == "Succeeded")
    assert step["detail-type"] == STEP
    assert (step["detail"]["stepName"], step["detail"]["stepType"]) == ("a", "Processing")
    assert step["detail"]["metadata"]["processingJob"]["arn"].startswith("arn:aws:sagemaker:")


def test_a_training_job(sending: Standin, sqs: Any) -> None:
    """The description in Pascal case, with instants as text in milliseconds and tags as an object."""
    arn = train(sending)
    end = events_of(sqs, arn, '"TrainingJobStatus": "Completed"')[-1]
    assert (end["detail-type"], end["resources"]) == ("SageMaker Training Job State Change", [arn])
    detail = end["detail"]
    assert (detail["TrainingJobArn"], detail["SecondaryStatus"]) == (arn, "Completed")
    assert detail["HyperParameters"] == JOB_SAMPLES["CreateTrainingJob"]["HyperParameters"]
    assert abs(int(detail["TrainingEndTime"]) / 1000 - time.time()) < 60
    assert isinstance(detail["Tags"], dict)


@pytest.mark.parametrize(
    ("kind", "operation", "detail_type"),
    [
        ("processing-job", "CreateProcessingJob", "SageMaker Processing Job State Change"),
        ("transform-job", "CreateTransformJob", "SageMaker Transform Job State Change"),
        (
            "hyper-parameter-tuning-job",
            "CreateHyperParameterTuningJob",
            "SageMaker HyperParameter Tuning Job State Change",
        ),
        ("labeling-job", "CreateLabelingJob", "SageMaker Ground Truth Labeling Job State Change"),
    ],
)
def test_other_jobs(sending: Standin, sqs: Any, kind: str, operation: str, detail_type: str) -> None:
    """Each kind has its own detail type; a labeling job's detail names no job."""
    name = f"j-{uuid.uuid4().hex[:20]}"
    member = f"{operation.removeprefix('Create')}Name"
    getattr(sending.client, xform_name(operation))(**{**JOB_SAMPLES[operation], member: name})
    end = events_of(sqs, f"{kind}/{name}", 'Status": "Completed"')[-1]
    assert end["detail-type"] == detail_type
    if kind == "labeling-job":
        assert end["detail"] == {"LabelingJobStatus": "Completed"}
    else:
        assert end["detail"][member] == name


def test_an_approval(sending: Standin, sqs: Any) -> None:
    """A model package's events have its approval, and a source that is a list, as in AWS's sample."""
    pipeline = sending.create([step("Register", "RegisterModel", ModelPackageGroupName="churn")])
    arn = sending.start(pipeline)
    sending.until_ended(arn)
    package = sending.steps(arn)["Register"]["Metadata"]["RegisterModel"]["Arn"]
    sending.client.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    end = events_of(sqs, package, '"ModelApprovalStatus": "Approved"')[-1]
    assert (end["detail-type"], end["source"]) == ("SageMaker Model Package State Change", ["aws.sagemaker"])
    assert end["detail"]["ModelPackageArn"] == package


def test_switches(sending: Standin, sqs: Any) -> None:
    """Copies have one id; lost events never come; garbage comes in their place; late ones come late."""
    sending.control("POST", "/events", {"per_change": 1, "copies": 3})
    arn = train(sending)
    sending.until_job("training-job", arn.rpartition("/")[2], "Completed")
    found = events_of(sqs, arn, '"TrainingJobStatus": "Completed"')
    assert set(Counter(event["id"] for event in found).values()) == {3}
    sending.control("POST", "/events", {"lost": 1.0})
    arn = train(sending)
    sending.until_job("training-job", arn.rpartition("/")[2], "Completed")
    assert received(sqs, wait=1) == []
    sending.control("POST", "/events", {"lost": 0.0, "copies": 1, "garbage": 1.0})
    sending.until_job("training-job", train(sending).rpartition("/")[2], "Completed")
    bodies = {message["Body"] for message in received(sqs, wait=1)}
    assert "no JSON at all" in bodies
    assert len(bodies) > 2
    sending.control("POST", "/events", {"garbage": 0.0, "late_seconds": 1.0, "reordered_seconds": 0.5})
    arn = train(sending)
    ended_at = sending.until_job("training-job", arn.rpartition("/")[2], "Completed")["ended_at"]
    assert received(sqs) == []
    last = until(lambda: [message for message in received(sqs) if '"Completed"' in message["Body"]])[0]
    assert 1.0 <= int(last["Attributes"]["SentTimestamp"]) / 1000 - ended_at < 10


def test_old_events(sending: Standin, sqs: Any) -> None:
    """They show when they were sent; a queue with a short retention has dropped them."""
    assert sending.control("POST", "/events/flood", {"count": 100, "age_seconds": 3600}) == {"messages": 0}
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "345600"})
    assert sending.control("POST", "/events/flood", {"count": 10_000, "age_seconds": 3600}) == {"messages": 10_000}
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert abs(time.time() - int(message["Attributes"]["SentTimestamp"]) / 1000 - 3600) < 60
    sqs.delete_queue(QueueUrl=url)


def test_events_are_off_until_a_queue_is_named(standin: Standin) -> None:
    """As on AWS without a rule: nothing is sent and nothing is counted."""
    standin.until_ended(standin.start(standin.create([job("a", seconds=1)])))
    shown = standin.control("GET", "/events")
    assert (shown["queue"], shown["emitted"], shown["delivered"]) == (None, {}, 0)
