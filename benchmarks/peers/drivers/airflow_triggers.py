"""Apache Airflow's deferrable triggers in one event loop, as its triggerer runs them; JSON lines in and out.

Runs in Airflow's own environment and imports nothing of this project. A command is one line on stdin:

- `{"follow": [ARN, …], "interval": seconds, "polls": number}`: a `SageMakerPipelineTrigger` for each, driven until
  its event; it gives up after that many polls, or after its default if that is more;
- `{"start": pipeline, "parameters": {name: value}}`: what `SageMakerStartPipelineOperator` does when it executes.

An event is one line on stdout: `ready` with the version, `ended` with ARN, epoch second and outcome or error, `started`
with ARN or error. The process ends when stdin does. Whatever Airflow writes to stdout goes to stderr.
"""

import asyncio
import json
import os
import sys
import time
from importlib.metadata import version
from typing import Any

from airflow.providers.amazon.aws.hooks.sagemaker import SageMakerHook
from airflow.providers.amazon.aws.triggers.sagemaker import SageMakerPipelineTrigger

# SageMakerStartPipelineOperator's default.
DEFAULT_POLLS = 9999

EVENTS = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def announce(**event: Any) -> None:
    """Write one event."""
    EVENTS.write(json.dumps(event) + "\n")


def in_words(error: Exception) -> str:
    """Name an exception as its traceback would."""
    return f"{type(error).__name__}: {error}"


async def follow(arn: str, interval: float, polls: int) -> None:
    """Drive one trigger to its end, as the triggerer does."""
    trigger = SageMakerPipelineTrigger(
        waiter_type=SageMakerPipelineTrigger.Type.COMPLETE,
        pipeline_execution_arn=arn,
        waiter_delay=int(interval),
        waiter_max_attempts=polls,
        aws_conn_id=None,
    )
    try:
        async for fired in trigger.run():
            announce(event="ended", arn=arn, at=time.time(), outcome=fired.payload["status"])
    except Exception as error:  # noqa: BLE001 — the triggerer, too, fails the task with whatever a trigger raises
        announce(event="ended", arn=arn, at=time.time(), error=in_words(error))


def start(pipeline: str, parameters: dict[str, str]) -> None:
    """Start an execution with a hook of its own, as every try of a task has."""
    try:
        arn = SageMakerHook(aws_conn_id=None).start_pipeline(pipeline, pipeline_params=parameters)
    except Exception as error:  # noqa: BLE001 — what fails the try is what is asked for
        announce(event="started", error=in_words(error))
    else:
        announce(event="started", arn=arn)


async def main() -> None:
    """Obey commands until there are no more."""
    announce(event="ready", version=f"apache-airflow-providers-amazon {version('apache-airflow-providers-amazon')}")
    triggers = set()
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        if "follow" in command:
            interval, polls = command["interval"], max(command["polls"], DEFAULT_POLLS)
            triggers |= {asyncio.create_task(follow(arn, interval, polls)) for arn in command["follow"]}
        else:
            await asyncio.to_thread(start, command["start"], command["parameters"])


if __name__ == "__main__":
    asyncio.run(main())
