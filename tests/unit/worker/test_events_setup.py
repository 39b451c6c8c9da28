"""What `events-setup` prints: which events go to the queue, and who may send and read."""

import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import pytest

from activities.aws.event_permissions import EVENT_PERMISSIONS, event_statement, queue_arn
from activities.aws.event_queue import EventQueue
from activities.aws.place import Place
from tests.unit.activities.policy_linter import lint
from worker.events_setup.cloudformation import template
from worker.events_setup.parts import Parts, reading_policy
from worker.events_setup.rule import EVENT_KINDS, Wanted

EXECUTION = "SageMaker Model Building Pipeline Execution Status Change"
TRAINING = "SageMaker Training Job State Change"
PREFIX = "arn:aws:sagemaker:eu-west-1:111122223333"
PLACE = Place("aws", "eu-west-1", "111122223333")


def matches(pattern: Mapping[str, Any], detail_type: str, *resources: str) -> bool:
    """Whether EventBridge would send the event ("Comparison operators", EventBridge user guide)."""

    def fits(resource: str, matcher: Mapping[str, str]) -> bool:
        (operator, text), *_ = matcher.items()
        assert operator in {"wildcard", "suffix"}
        return fnmatchcase(resource, text) if operator == "wildcard" else resource.endswith(text)

    matchers = pattern.get("resources")
    is_wanted = matchers is None or any(fits(resource, each) for resource in resources for each in matchers)
    return pattern["source"] == ["aws.sagemaker"] and detail_type in pattern["detail-type"] and is_wanted


def execution(pipeline: str) -> tuple[str, str]:
    """The resources of an execution's event."""
    return f"{PREFIX}:pipeline/{pipeline}", f"{PREFIX}:pipeline/{pipeline}/execution/abcdefghijkl"


def test_all_pipelines() -> None:
    """Executions and steps, of whatever pipeline; no jobs."""
    pattern = Wanted(["*"], {}).pattern()
    assert "resources" not in pattern
    assert matches(pattern, EXECUTION, *execution("churn"))
    assert not matches(pattern, TRAINING, f"{PREFIX}:training-job/churn")


@pytest.mark.parametrize(
    ("patterns", "pipeline", "sent"),
    [
        (["churn-*"], "churn-eu", True),
        (["churn-*"], "nightly", False),
        (["churn-*"], "re-churn-eu", False),
        (["nightly"], "nightly", True),
        (["nightly"], "nightly-2", False),
        (["Nightly"], "nightly", True),
        (["a", "b-*"], "b-1", True),
    ],
)
def test_some_pipelines(patterns: Sequence[str], pipeline: str, sent: bool) -> None:  # noqa: FBT001
    """Names in lower case too, as AWS writes them in ARNs."""
    assert matches(Wanted(patterns, {}).pattern(), EXECUTION, *execution(pipeline)) is sent


def test_a_pipeline_of_another_account() -> None:
    """Its own ARN, and no other account's."""
    pattern = Wanted(["arn:aws:sagemaker:eu-west-1:999988887777:pipeline/shared-*"], {}).pattern()
    assert not matches(pattern, EXECUTION, *execution("shared-1"))
    shared = "arn:aws:sagemaker:eu-west-1:999988887777:pipeline/shared-1"
    assert matches(pattern, EXECUTION, shared, f"{shared}/execution/abcdefghijkl")


def test_jobs_of_a_pattern_beside_all_of_another_kind() -> None:
    """Each kind has its own; a tuning job's sample event has another resource type than its ARN."""
    pattern = Wanted([], {"training": ["churn-*"], "tuning": ["*"]}).pattern()
    assert matches(pattern, TRAINING, f"{PREFIX}:training-job/churn-1")
    assert not matches(pattern, TRAINING, f"{PREFIX}:training-job/other")
    assert not matches(pattern, EXECUTION, *execution("churn-1"))
    for resource in ("hyper-parameter-tuning-job/x", "tuningJob/x"):
        assert matches(pattern, "SageMaker HyperParameter Tuning Job State Change", f"{PREFIX}:{resource}")


def test_each_kind_has_its_events() -> None:
    """Seven kinds beside pipelines; AutoML, compilation and others have none."""
    assert set(EVENT_KINDS) == {
        "training",
        "processing",
        "transform",
        "labeling",
        "tuning",
        "model_package",
        "endpoint",
    }
    pattern = Wanted(["*"], {kind: ["*"] for kind in EVENT_KINDS}).pattern()
    assert len(pattern["detail-type"]) == 2 + 7 + 1
    assert "SageMaker Endpoint Deployment State Change" in pattern["detail-type"]


def test_a_pattern_that_is_too_long() -> None:
    """EventBridge's bound, with the remedy."""
    with pytest.raises(ValueError, match=r"would have \d+ characters, and EventBridge allows 2048; use fewer patterns"):
        Wanted([f"a-rather-long-name-of-a-pipeline-{number}" for number in range(40)], {}).pattern()


def test_the_template_lets_only_the_rule_send() -> None:
    """Every reference leads to a resource; no role; retention, encryption and what could not be delivered."""
    found = template(Parts("rule", Wanted(["*"], {}).pattern(), "prod"))
    resources = found["Resources"]
    assert {name: each["Type"] for name, each in resources.items()} == {
        "Queue": "AWS::SQS::Queue",
        "UndeliveredQueue": "AWS::SQS::Queue",
        "Rule": "AWS::Events::Rule",
        "QueuePolicy": "AWS::SQS::QueuePolicy",
        "UndeliveredQueuePolicy": "AWS::SQS::QueuePolicy",
        "WorkerPolicy": "AWS::IAM::ManagedPolicy",
    }
    assert referred(found) <= set(resources)
    assert resources["Queue"]["Properties"] == {
        "QueueName": "rule-events",
        "MessageRetentionPeriod": 300,
        "ReceiveMessageWaitTimeSeconds": 20,
        "VisibilityTimeout": 10,
        "SqsManagedSseEnabled": True,
    }
    (target,) = resources["Rule"]["Properties"]["Targets"]
    assert target == {
        "Id": "queue",
        "Arn": {"Fn::GetAtt": ["Queue", "Arn"]},
        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["UndeliveredQueue", "Arn"]}},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 185},
    }
    for queue in ("Queue", "UndeliveredQueue"):
        properties = resources[f"{queue}Policy"]["Properties"]
        assert properties["Queues"] == [{"Ref": queue}]
        allow, deny = properties["PolicyDocument"]["Statement"]
        rule = {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}
        assert (allow["Effect"], allow["Principal"]) == ("Allow", {"Service": "events.amazonaws.com"})
        assert (allow["Condition"], deny["Effect"]) == ({"ArnEquals": rule}, "Deny")
        assert (deny["Principal"], deny["Condition"]) == ("*", {"ArnNotEquals": rule})
        assert allow["Resource"] == deny["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}


def referred(value: Any) -> set[str]:
    """The logical ids that a template refers to."""
    if isinstance(value, Mapping):
        own = {value["Ref"]} if "Ref" in value else {value["Fn::GetAtt"][0]} if "Fn::GetAtt" in value else set()
        return own.union(*(referred(each) for each in value.values()))
    return set().union(*(referred(each) for each in value)) if isinstance(value, list) else set()


def test_the_workers_policy_is_the_least() -> None:
    """Four actions on one queue; AWS knows them and grants them on queues."""
    arn = "arn:aws:sqs:eu-west-1:111122223333:q"
    assert lint(reading_policy(arn)) == []
    assert json.loads(json.dumps(event_statement(arn)))["Action"] == [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
    ]
    assert all(permission.why for permission in EVENT_PERMISSIONS)


@pytest.mark.parametrize(
    ("url", "arn"),
    [
        ("https://sqs.eu-central-1.amazonaws.com/444455556666/q", "arn:aws:sqs:eu-central-1:444455556666:q"),
        ("http://127.0.0.1:8123/444455556666/q", "arn:aws:sqs:eu-west-1:444455556666:q"),
        ("http://localhost:4566/q", "arn:aws:sqs:eu-west-1:111122223333:q"),
    ],
)
def test_a_queues_arn_follows_from_its_url(url: str, arn: str) -> None:
    """What the URL does not name is the platform's."""
    assert queue_arn(EventQueue(queue_url=url), PLACE) == arn
