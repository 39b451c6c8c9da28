"""The SageMaker Python SDK's `PipelineExecution.wait()`, a thread each; JSON lines in and out.

Runs in the SDK's own environment and imports nothing of this project. Commands and events are those of
`airflow_triggers`; here `follow` waits in a thread for each, and `start` is `Pipeline.start()`.
"""

import json
import os
import sys
import time
from importlib.metadata import version
from threading import Lock, Thread
from typing import Any

from sagemaker.core.helper.session_helper import Session
from sagemaker.mlops.workflow.pipeline import Pipeline, PipelineExecution

# wait()'s default.
DEFAULT_POLLS = 60
# Its telemetry would call other services of AWS at every start.
CONFIG = {"SchemaVersion": "1.0", "SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}}

EVENTS = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
ONE_AT_A_TIME = Lock()


def announce(**event: Any) -> None:
    """Write one event."""
    with ONE_AT_A_TIME:
        EVENTS.write(json.dumps(event) + "\n")


def in_words(error: Exception) -> str:
    """Name an exception as its traceback would."""
    return f"{type(error).__name__}: {error}"


def follow(arn: str, interval: float, polls: int, session: Session) -> None:
    """Wait for one execution."""
    try:
        PipelineExecution(arn=arn, sagemaker_session=session).wait(delay=interval, max_attempts=polls)
    except Exception as error:  # noqa: BLE001 — what the caller of `wait` would get is what is asked for
        announce(event="ended", arn=arn, at=time.time(), error=in_words(error))
    else:
        announce(event="ended", arn=arn, at=time.time(), outcome="success")


def start(pipeline: str, parameters: dict[str, str], session: Session) -> None:
    """Start an execution, as a script that is run again does."""
    try:
        execution = Pipeline(name=pipeline, sagemaker_session=session).start(parameters=parameters)
    except Exception as error:  # noqa: BLE001 — what ends the script is what is asked for
        announce(event="started", error=in_words(error))
    else:
        announce(event="started", arn=execution.arn)


def main() -> None:
    """Obey commands until there are no more."""
    session = Session(sagemaker_config=CONFIG)
    announce(event="ready", version=f"sagemaker {version('sagemaker')}")
    for line in sys.stdin:
        command = json.loads(line)
        if "follow" in command:
            interval, polls = command["interval"], max(command["polls"], DEFAULT_POLLS)
            for arn in command["follow"]:
                Thread(target=follow, args=(arn, interval, polls, session), daemon=True).start()
        else:
            start(command["start"], command["parameters"], session)


if __name__ == "__main__":
    main()
