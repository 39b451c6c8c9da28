"""The verdict finds what must not be: a storm that finds nothing must be able to fail."""

from dataclasses import replace

import pytest

from contract.failures import FailureType
from contract.pipeline_document import PipelineRunDocument
from contract.run import RunStatus
from tests.standin.definitions import JsonObject
from tests.storm.schedule import Cancel, PlannedRun, Way
from tests.storm.verdict import MAX_EVENTS, Outcome, violations
from worker.cli.run_reading import Ending
from worker.cli.run_view import Failure

PLAN = PlannedRun(1, 0.0, "storm-single", 60, fails=False, timeout=None, cancels=())
CANCELLED_PLAN = replace(PLAN, cancels=(Cancel(1.0, Way.SIGNAL),))
COMPLETED, CANCELED = Ending("Completed"), Ending("Canceled")


def failed(kind: str) -> Ending:
    """A workflow that failed."""
    return Ending("Failed", failure=Failure(type=kind, message=""))


def execution(status: str, arn: str = "arn-1") -> JsonObject:
    """An execution as the stand-in shows it."""
    return {"execution_arn": arn, "status": status}


def document(sagemaker_status: str, status: RunStatus, arn: str | None = "arn-1") -> PipelineRunDocument:
    """A document of a closed run."""
    return PipelineRunDocument(run_id=arn, status=status, sagemaker_status=sagemaker_status)


SUCCEEDED = Outcome(PLAN, "run", COMPLETED, document("Succeeded", RunStatus.SUCCESS), [execution("Succeeded")], 20)
STOPPED = Outcome(
    CANCELLED_PLAN, "run", COMPLETED, document("Stopped", RunStatus.CANCELLED), [execution("Stopped")], 30
)
NEVER_STARTED = Outcome(CANCELLED_PLAN, "run", COMPLETED, PipelineRunDocument(status=RunStatus.CANCELLED), [], 6)

GOOD = {
    "succeeded": SUCCEEDED,
    "stopped": STOPPED,
    "never started": NEVER_STARTED,
    "too late to stop": replace(SUCCEEDED, plan=CANCELLED_PLAN),
    "refused": replace(NEVER_STARTED, plan=PLAN, ending=failed(FailureType.ACCESS_DENIED)),
    "failed": Outcome(
        replace(PLAN, fails=True),
        "run",
        failed(FailureType.PIPELINE_EXECUTION_FAILED),
        document("Failed", RunStatus.FAILED),
        [execution("Failed")],
    ),
    "timed out": replace(
        STOPPED,
        plan=replace(PLAN, timeout=1.0),
        ending=failed(FailureType.PIPELINE_RUN_TIMED_OUT),
        document=document("Stopped", RunStatus.FAILED),
    ),
}

BAD = {
    "open": (replace(SUCCEEDED, ending=None), "it did not end"),
    "two executions": (
        replace(SUCCEEDED, executions=[execution("Succeeded"), execution("Executing", "arn-2")]),
        "it has 2 executions: arn-1, arn-2",
    ),
    "another execution": (replace(SUCCEEDED, executions=[execution("Succeeded", "arn-2")]), "it tells"),
    "none": (replace(SUCCEEDED, executions=[]), "SageMaker has no execution arn-1"),
    "leaked": (replace(NEVER_STARTED, executions=[execution("Executing")]), "it says that nothing was started, but"),
    "leaked by a refusal": (
        replace(GOOD["refused"], executions=[execution("Executing")]),
        "it says that nothing was started, but there is arn-1",
    ),
    "left running": (replace(STOPPED, executions=[execution("Executing")]), "its execution arn-1 is Executing"),
    "untrue": (replace(SUCCEEDED, executions=[execution("Failed")]), "it tells"),
    "stopped by nobody": (replace(STOPPED, plan=PLAN), "closed as ('Completed', None) with an execution that is Stop"),
    "not started for nobody": (replace(NEVER_STARTED, plan=PLAN), "nobody stopped it, and it started nothing"),
    "closed in the wrong way": (replace(STOPPED, ending=CANCELED), "closed as ('Canceled', None)"),
    "succeeded although it fails": (replace(SUCCEEDED, plan=replace(PLAN, fails=True)), "closed as"),
    "long history": (replace(SUCCEEDED, events=MAX_EVENTS + 1), "its history has"),
    "failed task": (
        replace(SUCCEEDED, failed_tasks=["WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR"]),
        "a workflow task failed: WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR",
    ),
}


@pytest.mark.parametrize("outcome", GOOD.values(), ids=GOOD)
def test_what_is_well_is_left_alone(outcome: Outcome) -> None:
    """Each way in which a run of a storm may end."""
    assert violations(outcome) == []


@pytest.mark.parametrize(("outcome", "violation"), BAD.values(), ids=BAD)
def test_what_must_not_be_is_found(outcome: Outcome, violation: str) -> None:
    """Each promise that could be broken."""
    assert any(found.startswith(violation) for found in violations(outcome)), violations(outcome)
