"""Logs what a worker logs, in a process of its own because logging is configured once for a whole process."""

import dataclasses
import logging
import sys

import structlog
from temporalio.testing import ActivityEnvironment

from worker.logs import configure_logs
from worker.settings import Settings

configure_logs(Settings())
log = structlog.get_logger("worker.service")
log.debug("worker.dreamt")
log.info("worker.started", task_queues=["sagemaker"], pid=7)

environment = ActivityEnvironment()
environment.info = dataclasses.replace(
    environment.info,
    activity_type="start_pipeline_execution",
    attempt=2,
    task_queue="sagemaker",
    workflow_id="run-1",
    workflow_run_id="01a1",
    workflow_type="SageMakerPipelineRun",
)
environment.run(lambda: log.warning("pipeline_execution.poll_failed", kind="Throttled", attempt=3))

# What `workflow.logger` attaches (temporalio 1.35.0).
ids = {"attempt": 1, "namespace": "default", "run_id": "01a1", "task_queue": "sagemaker", "workflow_id": "run-1"}
logging.getLogger("temporalio.workflow").info(
    "run.closed", extra={"temporal_workflow": {**ids, "workflow_type": "SageMakerPipelineRun"}, "status": "Success"}
)
for name in ("botocore.auth", "someone.else"):
    logging.getLogger(name).info("from %s", name)
if "--hostile" in sys.argv:
    text = "\x1b]0;title\x07\x9b2J\u202egnp.exe\r"
    log.warning("platform.throttled", why=text, places=[text], facts={text: text})
    logging.getLogger("someone.else").warning("it said %s", text)
    log.error("worker.stumbled", exc_info=ValueError(text))
log.error("worker.stumbled", exc_info=ValueError("no"))
