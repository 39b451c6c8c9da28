"""A set-up as a CloudFormation template."""

from typing import Any

from worker.events_setup.parts import (
    QUEUE_ATTRIBUTES,
    RETRY,
    TARGET_ID,
    UNDELIVERED_ATTRIBUTES,
    Parts,
    reading_policy,
    sending_policy,
)


def template(parts: Parts) -> dict[str, Any]:
    """Write the template; a stack of it needs the capability CAPABILITY_IAM, for the worker's policy."""
    queue_arn, undelivered_arn, rule_arn = _arn("Queue"), _arn("UndeliveredQueue"), _arn("Rule")
    target = {
        "Id": TARGET_ID,
        "Arn": queue_arn,
        "DeadLetterConfig": {"Arn": undelivered_arn},
        "RetryPolicy": RETRY,
    }
    rule = {
        "Name": parts.name,
        "Description": parts.description,
        "State": "ENABLED",
        "EventPattern": parts.pattern,
        "Targets": [target],
    }
    worker_policy = {"Description": f"Reads {parts.description}", "PolicyDocument": reading_policy(queue_arn)}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": parts.description,
        "Resources": {
            "Queue": _resource("AWS::SQS::Queue", {"QueueName": parts.queue, **QUEUE_ATTRIBUTES}),
            "UndeliveredQueue": _resource(
                "AWS::SQS::Queue", {"QueueName": parts.undelivered, **UNDELIVERED_ATTRIBUTES}
            ),
            "Rule": _resource("AWS::Events::Rule", rule),
            "QueuePolicy": _queue_policy("Queue", sending_policy(queue_arn, rule_arn)),
            "UndeliveredQueuePolicy": _queue_policy("UndeliveredQueue", sending_policy(undelivered_arn, rule_arn)),
            "WorkerPolicy": _resource("AWS::IAM::ManagedPolicy", worker_policy),
        },
        "Outputs": {
            "QueueUrl": {
                "Description": f"queue_url in [platforms.{parts.platform}.events]",
                "Value": {"Ref": "Queue"},
            },
            "WorkerPolicyArn": {
                "Description": "Attach it to the role or user of the platform",
                "Value": {"Ref": "WorkerPolicy"},
            },
        },
    }


def _resource(kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def _queue_policy(queue: str, document: dict[str, Any]) -> dict[str, Any]:
    return _resource("AWS::SQS::QueuePolicy", {"Queues": [{"Ref": queue}], "PolicyDocument": document})


def _arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}
