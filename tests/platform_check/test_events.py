"""Checking the queue of a platform's events: there, sent to by EventBridge, read by the platform, and in use."""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities.aws.event_permissions import EVENT_PERMISSIONS
from activities.aws.event_probes import LAST_EVENT, POLICY, QUEUE, RETENTION, check_last_event, check_policy
from contract.platform_check import Check, PlatformCheck
from tests.credentials.platform_file import PlatformFile
from tests.credentials.sts_standin import ACCOUNT, Sts
from tests.platform_check.checks import ALL_NAMES, Checks, verdicts
from tests.workflows.stage import Stage
from worker.events_setup.parts import sending_policy

RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/r"
ARN = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
OPEN = {"Effect": "Allow", "Principal": "*", "Action": ["SQS:*"], "Resource": ARN}
SOME_ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
ACTIONS = [permission.action for permission in EVENT_PERMISSIONS if permission.operation != "GetQueueAttributes"]
RIGHT = {**dict.fromkeys([QUEUE, POLICY, RETENTION, *ACTIONS], True), LAST_EVENT: None}


@dataclass(frozen=True)
class Queue:
    """A queue of the stand-in's SQS."""

    client: Any
    name: str

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{self.name}"

    def create(self, **attributes: str) -> None:
        """Make it as `events-setup` does, with other attributes."""
        right = {"MessageRetentionPeriod": "300", "Policy": json.dumps(sending_policy(self.arn, RULE))}
        self.client.create_queue(QueueName=self.name, Attributes={**right, **attributes})


@pytest.fixture
def queue(idle_stage: Stage, file: PlatformFile, sts: Sts) -> Iterator[Queue]:
    """A queue that does not exist yet, named by the platform."""
    client, name = idle_stage.standin.client_of("sqs"), f"q-{uuid.uuid4().hex[:12]}"
    file.platform(
        {"method": "default"},
        endpoint_url=idle_stage.standin.url,
        sts_endpoint_url=sts.url,
        more=f'[platforms.default.events]\nqueue_url = "{idle_stage.standin.url}/{ACCOUNT}/{name}"\n',
    )
    yield Queue(client, name)
    client.close()


async def found(idle_stage: Stage, file: PlatformFile) -> tuple[PlatformCheck, dict[str, Check]]:
    """The check of the platform, and what it says of events."""
    async with file.worker(idle_stage):
        document = await Checks(idle_stage).check()
    return document, {check.name: check for check in document.checks if check.name not in ALL_NAMES}


async def test_a_good_queue(idle_stage: Stage, file: PlatformFile, queue: Queue) -> None:
    """Who may send, how long messages stay; no message is taken, and one that waits is there for the receiver."""
    queue.create()
    url = queue.client.get_queue_url(QueueName=queue.name)["QueueUrl"]
    document, checks = await found(idle_stage, file)
    assert verdicts(document) == {**dict.fromkeys(ALL_NAMES, True), **RIGHT}
    assert (document.ok, document.event_queue, document.last_event_at) == (True, queue.arn, None)
    assert checks[QUEUE].detail == f"{queue.arn} answers; 0 messages wait, 0 are being worked on"
    assert checks[POLICY].detail == f"EventBridge may send, for {RULE}"
    assert (checks[RETENTION].detail, checks[RETENTION].remedy) == ("messages are kept for 300 s", None)
    assert checks["sqs:DeleteMessage"].detail == f"allowed on {queue.arn}"
    queue.client.send_message(QueueUrl=url, MessageBody="{}")
    assert len(queue.client.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]) == 1


async def test_a_queue_that_does_not_exist(idle_stage: Stage, file: PlatformFile, queue: Queue) -> None:
    """One line instead of six, with the command that helps."""
    document, checks = await found(idle_stage, file)
    assert (document.ok, set(checks)) == (False, {QUEUE, LAST_EVENT})
    assert checks[QUEUE].ok is False
    assert f"{queue.arn} does not exist" in checks[QUEUE].detail
    assert "events-setup" in str(checks[QUEUE].remedy)


@pytest.mark.parametrize("action", [permission.action for permission in EVENT_PERMISSIONS])
async def test_a_missing_permission(idle_stage: Stage, file: PlatformFile, queue: Queue, action: str) -> None:
    """Each by itself, with the statement to grant."""
    queue.create()
    idle_stage.standin.fault(action.partition(":")[2], "access_denied")
    document, checks = await found(idle_stage, file)
    name = QUEUE if action == "sqs:GetQueueAttributes" else action
    assert (document.ok, checks[name].ok) == (False, False)
    assert f"Grant {action} on {queue.arn}" in str(checks[name].remedy)
    assert all(check.ok for check in checks.values() if check.name not in {name, LAST_EVENT})


@pytest.mark.parametrize(
    ("attributes", "ok", "said"),
    [
        ({}, False, "nothing in the queue's policy lets events.amazonaws.com send"),
        ({"Policy": json.dumps({"Statement": {**OPEN, "Effect": "Deny"}})}, False, "denies it"),
        ({"Policy": json.dumps({"Statement": [OPEN]})}, True, "EventBridge may send"),
        ({"Policy": json.dumps({"Statement": {**OPEN, "Condition": SOME_ORG}})}, None, "cannot be judged here"),
        ({"Policy": json.dumps(sending_policy(ARN, RULE))}, True, f"EventBridge may send, for {RULE}"),
        (
            {"Policy": json.dumps(sending_policy(ARN, RULE)), "KmsMasterKeyId": "alias/aws/sqs"},
            False,
            "encrypted with alias/aws/sqs, which EventBridge may not use",
        ),
        (
            {"Policy": json.dumps(sending_policy(ARN, RULE)), "KmsMasterKeyId": "alias/own"},
            True,
            "whether it may use the key alias/own is not known here",
        ),
    ],
)
def test_policies(attributes: dict[str, str], ok: bool | None, said: str) -> None:  # noqa: FBT001
    """What the policy means (`tests/unit/activities/test_queue_policy.py`), and what the encryption does."""
    check = check_policy(attributes, ARN)
    assert (check.ok, said in check.detail) == (ok, True)
    assert (check.remedy is None) is bool(ok)


def test_the_last_event() -> None:
    """When it came; that none has come, with what to do; or that this process would not know."""
    came = check_last_event(datetime.now(UTC) - timedelta(seconds=60), is_worker=True)
    assert (came.ok, came.remedy) == (True, None)
    assert re.fullmatch(r"came to this worker at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, 6[0-9] s ago", came.detail)
    none = check_last_event(None, is_worker=True)
    assert (none.ok, none.detail) == (None, "no event has come to this worker since it started")
    assert "undelivered queue" in str(none.remedy)
    unknown = check_last_event(None, is_worker=False)
    assert (unknown.ok, unknown.remedy) == (None, None)


async def test_a_long_retention_is_said(idle_stage: Stage, file: PlatformFile, queue: Queue) -> None:
    """It is no fault."""
    queue.create(MessageRetentionPeriod="345600")
    document, checks = await found(idle_stage, file)
    assert (document.ok, checks[RETENTION].ok) == (True, True)
    assert "MessageRetentionPeriod 300 is enough" in str(checks[RETENTION].remedy)
