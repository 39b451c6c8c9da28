"""Apache Airflow's deferrable triggers in one event loop, as its triggerer runs them; JSON lines in and out.

Runs in Airflow's own environment and imports nothing of this project. A command is one line on stdin:

- `{"follow": [ARN, …], "interval": seconds, "polls": number}`: a `SageMakerPipelineTrigger` or a `SageMakerTrigger` for
  each, driven until its event; it gives up after that many polls, or after its operator's default if that is more;
- `{"start": pipeline, "parameters": {name: value}}`: what `SageMakerStartPipelineOperator` does when it executes;
- `{"train": request}`: a `SageMakerTrainingOperator` that executes until it defers. It prints no log, which would need
  the messages that AWS writes beside each status.

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
from airflow.providers.amazon.aws.operators.sagemaker import SageMakerTrainingOperator
from airflow.providers.amazon.aws.triggers.sagemaker import SageMakerPipelineTrigger, SageMakerTrigger
from airflow.providers.common.compat.sdk import TaskDeferred

# The defaults of SageMakerStartPipelineOperator and of SageMakerTrainingOperator.
DEFAULT_POLLS = 9999
DEFAULT_POLLS_OF_A_JOB = 60

EVENTS = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def announce(**event: Any) -> None:
    """Write one event."""
    EVENTS.write(json.dumps(event) + "\n")


def in_words(error: Exception) -> str:
    """Name an exception as its traceback would."""
    return f"{type(error).__name__}: {error}"


def trigger_of(arn: str, interval: int, polls: int) -> SageMakerPipelineTrigger | SageMakerTrigger:
    """The trigger for which the operator of an execution or a job defers."""
    if ":training-job/" in arn:
        return SageMakerTrigger(
            job_name=arn.rpartition("/")[2],
            job_type="Training",
            waiter_delay=interval,
            waiter_max_attempts=max(polls, DEFAULT_POLLS_OF_A_JOB),
            aws_conn_id=None,
        )
    return SageMakerPipelineTrigger(
        waiter_type=SageMakerPipelineTrigger.Type.COMPLETE,
        pipeline_execution_arn=arn,
        waiter_delay=interval,
        waiter_max_attempts=max(polls, DEFAULT_POLLS),
        aws_conn_id=None,
    )


async def follow(arn: str, interval: float, polls: int) -> None:
    """Drive one trigger to its end, as the triggerer does."""
    try:
        async for fired in trigger_of(arn, int(interval), polls).run():
            # The operators fail the task on any other event.
            outcome = "outcome" if fired.payload["status"] == "success" else "error"
            announce(event="ended", arn=arn, at=time.time(), **{outcome: in_short(fired.payload)})
    except Exception as error:  # noqa: BLE001 — the triggerer, too, fails the task with whatever a trigger raises
        announce(event="ended", arn=arn, at=time.time(), error=in_words(error))


def in_short(payload: dict[str, Any]) -> str:
    """An event without the job that it is about."""
    return ": ".join(str(payload[key]) for key in ("status", "message") if key in payload)


def start(pipeline: str, parameters: dict[str, str]) -> None:
    """Start an execution with a hook of its own, as every try of a task has."""
    try:
        arn = SageMakerHook(aws_conn_id=None).start_pipeline(pipeline, pipeline_params=parameters)
    except Exception as error:  # noqa: BLE001 — what fails the try is what is asked for
        announce(event="started", error=in_words(error))
    else:
        announce(event="started", arn=arn)


def train(request: dict[str, Any]) -> None:
    """Execute the operator of a task that starts a training job, until it defers."""
    task = SageMakerTrainingOperator(task_id="task", config=request, deferrable=True, print_log=False, aws_conn_id=None)
    try:
        task.execute({})
    except TaskDeferred as deferred:
        announce(event="started", arn=deferred.trigger.job_name)
    except Exception as error:  # noqa: BLE001 — what fails the try is what is asked for
        announce(event="started", error=in_words(error))


async def main() -> None:
    """Obey commands until there are no more."""
    announce(event="ready", version=f"apache-airflow-providers-amazon {version('apache-airflow-providers-amazon')}")
    triggers = set()
    while line := await asyncio.to_thread(sys.stdin.readline):
        command = json.loads(line)
        if "follow" in command:
            interval, polls = command["interval"], command["polls"]
            triggers |= {asyncio.create_task(follow(arn, interval, polls)) for arn in command["follow"]}
        elif "train" in command:
            await asyncio.to_thread(train, command["train"])
        else:
            await asyncio.to_thread(start, command["start"], command["parameters"])


if __name__ == "__main__":
    asyncio.run(main())
