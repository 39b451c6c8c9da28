"""What `events-setup` prints, carried out: on moto's SQS and EventBridge."""

import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from tests.e2e.forked import Ended, call
from tests.events.moto import ACCOUNT, REGION, Moto

# Stands in for the AWS CLI: notes its arguments, and prints what the query would pick out of AWS's answer.
AWS = r"""#!/usr/bin/env bash
printf '%s\0' "$@" $'\n' >> "$CALLS"
case "$2" in
  create-queue) echo "$MOTO/{account}/$4" ;;
  get-queue-attributes) echo "arn:aws:sqs:{region}:{account}:${{4##*/}}" ;;
  put-rule) echo "arn:aws:events:{region}:{account}:rule/$4" ;;
esac
"""
NAME = "churn-rule"
ARN = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/churn-eu"


def events_setup(*options: str) -> Ended:
    """Our command, with nothing of this machine's own AWS configuration."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POLYSYNC_"))}
    return call(["events-setup", *options], {**inherited, "AWS_CONFIG_FILE": os.devnull})


def carried_out(script: str, moto: Moto, folder: Path) -> tuple[str, list[list[str]]]:
    """Run a script; what it prints, and its calls of the AWS CLI."""
    aws, calls, text = folder / "aws", folder / "calls", folder / "setup.sh"
    aws.write_text(AWS.format(account=ACCOUNT, region=REGION))
    aws.chmod(0o755)
    text.write_text(script)
    path = f"{folder}:{os.environ['PATH']}"
    subprocess.run(["/bin/bash", "-n", text], check=True)  # noqa: S603 — our own script
    ended = subprocess.run(  # noqa: S603 — our own script
        ["/bin/bash", text],
        env={"PATH": path, "CALLS": str(calls), "MOTO": moto.url},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout, [call.split("\0")[:-1] for call in calls.read_text().split("\n\0") if call]


def perform(moto: Moto, call: Sequence[str]) -> None:
    """Do with boto3 what a call of the AWS CLI does."""
    service, operation, *options = call
    request: dict[str, Any] = {}
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option not in {"--query", "--output"}:
            member = "".join(word.capitalize() for word in option.removeprefix("--").split("-"))
            structured = value.startswith(("{", "[")) and member != "EventPattern"
            listed = [value] if member == "AttributeNames" else value
            request[member] = json.loads(value) if structured else listed
    getattr(moto.client(service), xform_name(operation.replace("-", "_")))(**request)


def test_the_script_makes_a_queue_that_gets_events(moto: Moto, tmp_path: Path) -> None:
    """The queue, its policy, the rule with its target; an event of SageMaker arrives."""
    ended = events_setup("--pipelines", "churn-*", "--name", NAME, "--format", "cli", "--region", REGION)
    assert (ended.code, ended.err) == (0, "")
    printed, calls = carried_out(ended.out, moto, tmp_path)
    for made in calls:
        perform(moto, made)
    sqs, url = moto.client("sqs"), moto.queue_url(f"{NAME}-events")
    assert printed.splitlines()[-2:] == ["[platforms.default.events]", f'queue_url = "{url}"']
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    queue_arn, rule_arn = attributes["QueueArn"], f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{NAME}"
    assert (attributes["MessageRetentionPeriod"], attributes["SqsManagedSseEnabled"]) == ("300", "true")
    allow, deny = json.loads(attributes["Policy"])["Statement"]
    assert (allow["Resource"], allow["Condition"]) == (queue_arn, {"ArnEquals": {"aws:SourceArn": rule_arn}})
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"ArnNotEquals": {"aws:SourceArn": rule_arn}})
    policy = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))
    assert policy["Statement"][0]["Resource"] == [queue_arn]
    moto.client("events").put_events(
        Entries=[
            {
                "Source": "aws.sagemaker",
                "DetailType": "SageMaker Model Building Pipeline Execution Status Change",
                "Resources": [ARN, f"{ARN}/execution/abcdefghijkl"],
                "Detail": json.dumps({"pipelineExecutionArn": f"{ARN}/execution/abcdefghijkl"}),
            }
        ]
    )
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    assert json.loads(message["Body"])["detail"]["pipelineExecutionArn"] == f"{ARN}/execution/abcdefghijkl"


def test_the_template_is_printed_as_json() -> None:
    """On stdout and alone; what was left out is said on stderr."""
    ended = events_setup("--platform", "default")
    assert ended.document["Resources"]["Rule"]["Properties"]["Name"] == "polysync-sagemaker-default"
    assert ended.err == "Events of pipelines and their steps only; name jobs and model packages with --kinds.\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--kinds", "automl"], "--kinds 'automl' must be one of"),
        (["--pipelines", "a b"], "'a b' must be a pipeline's name"),
        (["--name", "a b"], "--name must be up to 64"),
    ],
)
def test_wrong_options_are_named(options: list[str], said: str) -> None:
    """Exit code 2."""
    ended = events_setup(*options)
    assert (ended.code, ended.out) == (2, "")
    assert re.search(re.escape(said), ended.err)
