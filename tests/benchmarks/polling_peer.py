"""A peer as small as can be: boto3 in threads, and the JSON lines of `benchmarks/peers/drivers`."""

import json
import sys
import time
import uuid
from threading import Lock, Thread
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ONE_AT_A_TIME = Lock()
CLIENT = boto3.client("sagemaker", config=Config(retries={"total_max_attempts": 1}))


def announce(**event: Any) -> None:
    """Write one event."""
    with ONE_AT_A_TIME:
        print(json.dumps(event), flush=True)  # noqa: T201 — the protocol


def follow(arn: str, interval: float) -> None:
    """Poll until the execution has ended or a poll fails."""
    try:
        while (status := CLIENT.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]) in {
            "Executing",
            "Stopping",
        }:
            time.sleep(interval)
        announce(event="ended", arn=arn, at=time.time(), outcome=status)
    except ClientError as error:
        announce(event="ended", arn=arn, at=time.time(), error=str(error.response["Error"]["Code"]))


def start(pipeline: str, parameters: dict[str, str]) -> None:
    """Start an execution under a fresh token, as boto3 itself makes one up for every call."""
    given: Any = [{"Name": name, "Value": value} for name, value in parameters.items()]
    try:
        started = CLIENT.start_pipeline_execution(
            PipelineName=pipeline, PipelineParameters=given, ClientRequestToken=str(uuid.uuid4())
        )
    except BotoCoreError as error:
        announce(event="started", error=type(error).__name__)
    else:
        announce(event="started", arn=started["PipelineExecutionArn"])


announce(event="ready", version="polling peer 1")
for line in sys.stdin:
    command = json.loads(line)
    for each in command.get("follow", ()):
        Thread(target=follow, args=(each, command["interval"]), daemon=True).start()
    if "start" in command:
        start(command["start"], command["parameters"])
