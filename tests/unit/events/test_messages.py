"""What is read of a message of the queue of events, whatever stands in it."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.events.messages import Event, Unusable, read_event
from activities.resources.kind import ResourceKind
from activities.resources.table import KINDS

PLACE = "arn:aws:sagemaker:us-east-1:123456789012"
EXECUTION = f"{PLACE}:pipeline/myPipeline-123/execution/p4jn9xou8a8s"
OF_EXECUTION = {"pipelineArn": f"{PLACE}:pipeline/myPipeline-123", "pipelineExecutionArn": EXECUTION}
PIPELINE_RESOURCES = [f"{PLACE}:pipeline/myPipeline-123", EXECUTION]


def event(detail_type: str, resources: Any, detail: Any) -> str:
    """An event as EventBridge writes it (samples in SageMaker's developer guide)."""
    return json.dumps(
        {
            "version": "0",
            "id": "844e2571-85d4-695f-b930-0153b71dcb42",
            "detail-type": detail_type,
            "source": "aws.sagemaker",
            "account": "123456789012",
            "time": "2018-10-06T12:26:13Z",
            "region": "us-east-1",
            "resources": resources,
            "detail": detail,
        }
    )


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (
            event(
                "SageMaker Model Building Pipeline Execution Status Change",
                PIPELINE_RESOURCES,
                {"currentPipelineExecutionStatus": "Succeeded", **OF_EXECUTION},
            ),
            "pipeline/mypipeline-123/execution/p4jn9xou8a8s",
        ),
        (
            event(
                "SageMaker Training Job State Change",
                [f"{PLACE}:training-job/kmeans-1"],
                {
                    "TrainingJobName": "89c96cc8-dded-4739-afcc-6f1dc936701d",
                    "TrainingJobArn": f"{PLACE}:training-job/kmeans-1",
                    "TrainingJobStatus": "Completed",
                    "CreationTime": "1583831889050",
                    "Tags": {},
                },
            ),
            "training-job/kmeans-1",
        ),
        (
            event(
                "SageMaker HyperParameter Tuning Job State Change",
                [f"{PLACE}:tuningJob/x"],
                {
                    "HyperParameterTuningJobName": "Search-1",
                    "HyperParameterTuningJobArn": f"{PLACE}:tuningJob/x",
                    "HyperParameterTuningJobStatus": "status",
                },
            ),
            "hyper-parameter-tuning-job/search-1",
        ),
        (
            event(
                "SageMaker Transform Job State Change",
                [f"{PLACE}:transform-job/myjob"],
                {"TransformJobArn": f"{PLACE}:transform-job/myjob", "TransformJobStatus": "another status... GO"},
            ),
            "transform-job/myjob",
        ),
        (
            event(
                "SageMaker Processing Job State Change",
                [f"{PLACE}:processing-job/clean"],
                {"ProcessingJobName": "clean", "ProcessingJobStatus": "Completed"},
            ),
            "processing-job/clean",
        ),
        (
            event(
                "SageMaker Ground Truth Labeling Job State Change",
                [f"{PLACE}:labeling-job/birds"],
                {"LabelingJobStatus": "Completed"},
            ),
            "labeling-job/birds",
        ),
        (
            event(
                "SageMaker Endpoint State Change",
                [f"{PLACE}:endpoint/myendpoint"],
                {"EndpointName": "MyEndpoint", "EndpointArn": f"{PLACE}:endpoint/myendpoint"},
            ),
            "endpoint/myendpoint",
        ),
        (
            event(
                "SageMaker Endpoint Deployment State Change",
                [f"{PLACE}:endpoint/sample-endpoint"],
                {"EndpointArn": f"{PLACE}:endpoint/sample-endpoint", "EndpointStatus": "UPDATING"},
            ),
            "endpoint/sample-endpoint",
        ),
        (
            event(
                "SageMaker Model Package State Change",
                [f"{PLACE}:model-package/versionedmp-p-idy6c3e1fiqj/2"],
                {"ModelPackageVersion": 2, "ModelApprovalStatus": "Rejected"},
            ),
            "model-package/versionedmp-p-idy6c3e1fiqj/2",
        ),
    ],
)
def test_each_published_event_names_its_resource(body: str, key: str) -> None:
    """By its ARN in the detail or the resources, or by its name, in whatever spelling."""
    read = read_event(body)
    assert isinstance(read, Event)
    assert key in read.keys
    assert not read.is_of_step


def test_the_event_of_a_step_names_its_execution() -> None:
    """The steps of an execution are read together."""
    body = event(
        "SageMaker Model Building Pipeline Execution Step Status Change",
        PIPELINE_RESOURCES,
        {"stepName": "myprocessingstep1", "currentStepStatus": "Succeeded", **OF_EXECUTION},
    )
    keys = ("pipeline/mypipeline-123/execution/p4jn9xou8a8s", "pipeline/mypipeline-123")
    assert read_event(body) == Event(keys, is_of_step=True)


TRAINING = "SageMaker Training Job State Change"


@pytest.mark.parametrize(
    ("resource", "detail", "owners", "is_owned"),
    [
        ("training-job/pipelines-p4jn9xou8a8s-Train-AbCdEfGhIj", {}, ("execution/p4jn9xou8a8s",), True),
        ("processing-job/pipelines-p4jn9xou8a8s-Clean-AbCdEfGhIj", {"Tags": []}, ("execution/p4jn9xou8a8s",), True),
        ("hyper-parameter-tuning-job/p4jn9xou8a8s-Tune-AbCdEfGhIj", {}, ("execution/p4jn9xou8a8s",), False),
        # Twelve letters, as an execution's id has: it may be a step's job, and may be none.
        ("training-job/segmentation-nightly", {}, ("execution/segmentation",), False),
        (
            "training-job/my-prefix-1",
            {"Tags": {"sagemaker:pipeline-execution-arn": EXECUTION.upper(), "team": "x"}},
            ("execution/p4jn9xou8a8s",),
            True,
        ),
        (
            "training-job/search-001-0a1b2c3d",
            {"TuningJobArn": f"{PLACE}:hyper-parameter-tuning-job/Search"},
            ("hyper-parameter-tuning-job/search",),
            True,
        ),
        ("training-job/kmeans-1", {"Tags": {"sagemaker:pipeline-execution-arn": 7}, "TuningJobArn": None}, (), False),
    ],
)
def test_the_event_of_a_job_names_what_the_job_belongs_to(
    resource: str,
    detail: dict[str, Any],
    owners: tuple[str, ...],
    is_owned: bool,  # noqa: FBT001 — a case
) -> None:
    """By the tag that SageMaker Pipelines puts on what a step starts, by the form of the name, or by its tuning job."""
    detail_type = next(kind.event for kind in KINDS if kind.event and kind.arn_type == resource.partition("/")[0])
    read = read_event(event(detail_type, [f"{PLACE}:{resource}"], detail))
    assert isinstance(read, Event)
    assert (read.owners, read.is_owned) == (owners, is_owned)


@pytest.mark.parametrize(
    ("body", "unusable"),
    [
        ("", Unusable.UNREADABLE),
        ("arn:aws:sagemaker", Unusable.UNREADABLE),
        ("[" * 100_000, Unusable.UNREADABLE),
        ('{"detail":' * 100_000, Unusable.UNREADABLE),
        ("1" * 5_000, Unusable.UNREADABLE),
        ("null", Unusable.UNREADABLE),
        ("[]", Unusable.UNREADABLE),
        ("{}", Unusable.UNREADABLE),
        ('{"detail-type": ["SageMaker Training Job State Change"]}', Unusable.UNREADABLE),
        (event(TRAINING, None, None), Unusable.UNREADABLE),
        (event(TRAINING, [], {}), Unusable.UNREADABLE),
        (event(TRAINING, [7, {}, "x" * 3000, "training-job/a"], {"TrainingJobArn": 7}), Unusable.UNREADABLE),
        (event("SageMaker Image State Change", [f"{PLACE}:image/x"], {}), Unusable.UNKNOWN),
        (event("EC2 Instance State-change Notification", [], {}), Unusable.UNKNOWN),
    ],
)
def test_a_message_that_names_nothing_is_unusable(body: str, unusable: Unusable) -> None:
    """It is never an error."""
    assert read_event(body) is unusable


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.event is None], ids=lambda kind: kind.arn_type)
def test_an_event_of_a_kind_without_published_events_is_dropped(kind: ResourceKind) -> None:
    """SageMaker may send some that its documentation does not have: their form is not known, and polls find the end."""
    resources = [f"{PLACE}:{kind.arn_type}/a-1"]
    for noun in (kind.noun.title(), kind.create.name.removeprefix("Create")):
        body = event(f"SageMaker {noun} State Change", resources, {kind.members.arn: resources[0]})
        assert read_event(body) is Unusable.UNKNOWN


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=60)
@given(
    st.text()
    | _JSON.map(json.dumps)
    | st.fixed_dictionaries({"detail-type": st.just(TRAINING), "detail": _JSON, "resources": _JSON}).map(json.dumps)
)
def test_anything_may_stand_in_a_message(body: str) -> None:
    """No sender can stop the receiver."""
    assert isinstance(read_event(body), Event | Unusable)
