"""Whether a queue's policy lets EventBridge send, in every form that AWS takes."""

import json
from typing import Any

import pytest

from activities.aws.queue_policy import Sending, judge_sending
from worker.events_setup.parts import sending_policy

QUEUE = "arn:aws:sqs:eu-west-1:111122223333:events"
RULES = "arn:aws:events:eu-west-1:111122223333:rule/"
RULE = f"{RULES}churn"
ELSEWHERE = "arn:aws:events:eu-west-1:999988887777:rule/churn"
NOTHING = "nothing in the queue's policy lets events.amazonaws.com send for a rule of account 111122223333 in eu-west-1"

EventBridge = {"Service": "events.amazonaws.com"}


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    """One that concerns EventBridge's sending to the queue, but for some elements; None takes one out."""
    usual = {"Effect": effect, "Principal": EventBridge, "Action": "sqs:SendMessage", "Resource": QUEUE}
    return {name: value for name, value in {**usual, **elements}.items() if value is not None}


def judged(*statements: Any) -> Sending:
    """A policy of these statements."""
    return judge_sending(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}), QUEUE)


def source(operator: str, *arns: str, key: str = "aws:SourceArn") -> dict[str, Any]:
    """A condition on where a message comes from."""
    return {operator: {key: list(arns)}}


def deny(**elements: Any) -> dict[str, Any]:
    """A statement that denies."""
    return statement("Deny", **elements)


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["*"]}},
        {"Principal": {"AWS": "999988887777", "Service": ["lambda.amazonaws.com", "events.amazonaws.com"]}},
        {"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Action": ["sqs:GetQueueUrl", "SQS:*Message"]},
        {"Action": "sqs:sendmess?ge"},
        {"Action": "*"},
        {"Action": None, "NotAction": "sqs:DeleteQueue"},
        {"Resource": "*"},
        {"Resource": ["arn:aws:sqs:*:111122223333:ev*"]},
        {"Resource": None, "NotResource": f"{QUEUE}-undelivered"},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}},
        {"Condition": {"StringEqualsIfExists": {"AWS:SourceAccount": [111122223333]}}},
        {"Condition": source("ArnLike", f"{RULES}*")},
        {"Condition": source("ArnLike", "arn:aws:events:*:*:*")},
        {"Condition": source("StringLike", "*:111122223333:*")},
        {"Condition": source("ArnNotEquals", ELSEWHERE)},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"Null": {"aws:SourceArn": False}, "BoolIfExists": {"aws:PrincipalIsAWSService": True}}},
    ],
)
def test_any_rule_of_the_account_may_send(elements: dict[str, Any]) -> None:
    """Whatever form the statement has."""
    assert judged(statement(**elements)) == Sending(is_allowed=True)


@pytest.mark.parametrize(
    "elements",
    [
        {"Principal": {"AWS": "111122223333"}},
        {"Principal": {"Service": "lambda.amazonaws.com"}},
        {"Principal": None, "NotPrincipal": EventBridge},
        {"Action": ["sqs:ReceiveMessage", "s3:*", "sqs:SendMessageBatch"]},
        {"Action": None, "NotAction": "sqs:Send*"},
        {"Resource": f"{QUEUE}-undelivered"},
        {"Condition": {"StringEquals": {"aws:SourceAccount": ["999988887777"]}}},
        {"Condition": {"StringNotEquals": {"aws:SourceAccount": ["111122223333"]}}},
        {"Condition": source("ArnEquals", ELSEWHERE)},
        {"Condition": source("ArnEquals", RULE.replace("eu-west-1", "us-east-1"))},
        {"Condition": source("StringEquals", f"{RULES}*")},
        {"Condition": source("ArnLike", "churn")},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Condition": {"Null": {"aws:SourceArn": "true"}}},
        {"Effect": "allow"},
    ],
)
def test_nothing_lets_a_rule_of_the_account_send(elements: dict[str, Any]) -> None:
    """The statement is about something else."""
    assert judged(statement(**elements)) == Sending(is_allowed=False, reason=NOTHING)


@pytest.mark.parametrize("policy", ["", "no JSON", "[" * 50_000, "null", "{}", '{"Statement": [7, "x"]}'])
def test_no_policy_lets_nothing_send(policy: str) -> None:
    """Whatever stands there instead of one."""
    assert judge_sending(policy, QUEUE) == Sending(is_allowed=False, reason=NOTHING)


@pytest.mark.parametrize(
    "statements",
    [
        sending_policy(QUEUE, RULE)["Statement"],
        [statement(Condition=source("ArnEquals", ELSEWHERE, RULE))],
        [statement(Condition=source("StringEquals", RULE, key="AWS:SOURCEARN"))],
        [statement(), deny(Principal="*", Condition=source("ArnNotLike", RULE))],
        [statement(), deny(Principal="*", Condition=source("StringNotEqualsIfExists", RULE))],
    ],
)
def test_one_rule_may_send(statements: list[dict[str, Any]]) -> None:
    """Which is reported."""
    assert judged(*statements) == Sending(is_allowed=True, rules=[RULE])


def test_rules_of_some_names_may_send() -> None:
    """They are reported as the policy has them."""
    pattern = "arn:aws:events:*:111122223333:rule/poly-*"
    assert judged(statement(Condition=source("ArnLike", pattern))) == Sending(is_allowed=True, rules=[f"{RULES}poly-*"])


@pytest.mark.parametrize(
    "denying",
    [
        deny(Sid="Closed", Principal="*", Action="*", Resource="*"),
        deny(Sid="Closed", Principal=None, NotPrincipal={"AWS": "arn:aws:iam::111122223333:root"}),
        deny(Sid="Closed", Condition={"StringNotEquals": {"aws:SourceAccount": "999988887777"}}),
        deny(Sid="Closed", Condition={"Bool": {"aws:SecureTransport": "true"}}),
    ],
)
def test_a_denial_has_the_last_word(denying: dict[str, Any]) -> None:
    """Whatever else allows; the statement is named."""
    reason = "statement Closed (2) of the queue's policy denies it to events.amazonaws.com"
    assert judged(statement(), denying) == Sending(is_allowed=False, reason=reason)


@pytest.mark.parametrize(
    "statements",
    [
        [statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})],
        [statement(Condition={"DateLessThan": {"aws:SourceArn": "2020-01-01T00:00:00Z"}})],
        [statement(Condition={"ForAnyValue:StringEquals": {"aws:SourceAccount": "111122223333"}})],
        [statement(Condition="none")],
        [statement(Condition=source("ArnLike", "arn:aws:events:*"))],
        [statement(Resource="arn:aws:sqs:eu-west-1:${aws:PrincipalAccount}:events")],
        [statement(Resource=None)],
        [deny(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), statement()],
    ],
)
def test_what_depends_on_something_else_cannot_be_judged(statements: list[dict[str, Any]]) -> None:
    """Neither guessed right nor wrong."""
    reason = "statement (1) of the queue's policy cannot be judged here"
    assert judged(*statements) == Sending(is_allowed=None, reason=reason)


def test_what_cannot_be_judged_counts_only_where_it_decides() -> None:
    """Another statement may allow or deny in any case."""
    unclear: dict[str, Any] = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    assert judged(statement(**unclear), statement()) == Sending(is_allowed=True)
    assert judged(deny(**unclear), statement(), deny()).is_allowed is False
    assert judged(deny(**unclear)).is_allowed is False
