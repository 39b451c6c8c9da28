"""Job runs on the stage of `tests.workflows.stage`, and what the stand-in says of their jobs."""

import json
import uuid
from pathlib import Path
from typing import Any

from contract.job_document import JobRunDocument
from contract.job_kinds import ARN_TYPES, CREATE_OPERATIONS, JobKind
from contract.names import WorkflowType
from sagemaker_standin.samples import JOB_SAMPLES
from tests.standin.definitions import JsonObject
from tests.workflows.run_under_test import RunUnderTest
from tests.workflows.stage import Stage

TASK_STATES = Path(__file__).parent / "task_states"
OPERATION_OF = {kind: operation for operation, kind in CREATE_OPERATIONS.items()}


def sample(kind: JobKind, name: str | None = None) -> JsonObject:
    """A request for a job of a kind, under a name."""
    request = dict(JOB_SAMPLES[OPERATION_OF[kind]])
    member = next(key for key in request if key.endswith("JobName"))
    return {**request, member: name or unique_name()}


def unique_name() -> str:
    """A name that no other test has; short enough for every kind."""
    return f"j{uuid.uuid4().hex[:9]}"


def task_state(name: str) -> JsonObject:
    """A Task state of Step Functions' documentation."""
    state: JsonObject = json.loads((TASK_STATES / f"{name}.json").read_text(encoding="utf-8"))
    return state


class JobRun(RunUnderTest[JobRunDocument]):
    """One job run under test."""

    document_type = JobRunDocument


class JobStage:
    """Starts job runs on a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.standin = stage.standin

    async def start(self, *arguments: object, workflow_id: str | None = None, **options: Any) -> JobRun:
        """Start a run with exactly these workflow arguments."""
        handle = await self.stage.client.start_workflow(
            WorkflowType.JOB_RUN,
            args=list(arguments),
            id=workflow_id or f"job-run-{uuid.uuid4().hex[:12]}",
            task_queue=self.stage.task_queue,
            result_type=JobRunDocument,
            **options,
        )
        return JobRun(handle)

    async def run(self, kind: JobKind, beginning: str, /, **fields: object) -> JobRun:
        """Start a run of a sample job whose name begins so."""
        request = sample(kind, beginning) | fields.pop("request", {})  # type: ignore[operator]
        return await self.start({"job": kind, "request": request, **fields})

    def script(self, kind: JobKind, name: str, **script: Any) -> None:
        """Say how the jobs go whose names begin so."""
        self.standin.script_job(arn_type(kind), name, **script)

    def jobs(self, kind: JobKind, name: str) -> list[JsonObject]:
        """All jobs that there ever were whose names begin so, without those that a job started."""
        return [job for job in self.standin.jobs(arn_type(kind), name) if job.get("parent") is None]


def arn_type(kind: JobKind) -> str:
    """The first half of the resource part of ARNs."""
    return next(resource for resource, kinds in ARN_TYPES.items() if kind in kinds)
