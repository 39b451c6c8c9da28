"""The runs of the demo: what each shows, and what must have become of it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from contract.any_document import AnyRunDocument
from contract.run import RunStatus
from worker.cli.following import Poll
from worker.cli.run_view import RunView

_TASK_STATE: Final[Mapping[str, Any]] = json.loads(
    files("worker.local.demonstration").joinpath("train-churn.json").read_text(encoding="utf-8")
)
"""As people copy it from a state machine of Step Functions."""

FIRST_JOB: Final[Mapping[str, Any]] = {
    "kind": "training-job",
    "name_prefix": _TASK_STATE["Parameters"]["TrainingJobName"],
    "attempts": 1,
    "seconds": 240,
    "outcome": "Failed",
    "failure_reason": "CapacityError: Unable to provision requested ML compute capacity. Please retry using a "
    "different ML instance type or at a different time.",
}
"""How the stand-in lets the first job of the run of a job go."""


@dataclass
class DemoRun:
    """One run of the demo, and what is known of it so far."""

    shows: str
    name: str
    pipeline: str
    parameters: Mapping[str, str]
    """Different for each run, so that the stand-in's executions show which run they belong to."""
    expected: RunStatus
    expected_workflow_status: str
    expected_stops: int = 0
    expected_executions: int = 1
    expected_attempts: Mapping[str, int] = field(default_factory=dict)
    """How often each step must have run, by SageMaker's count; empty where that is not what the run shows."""
    more_input: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the input beside pipeline and parameters."""
    task_state: Mapping[str, Any] | None = None
    """The input of a job run; None for a run of a pipeline."""
    scheduled_id: str | None = None
    """The workflow id of a run that a schedule started; None for other runs, and before the start."""
    answer: Mapping[str, Any] | None = None
    """What a person answers to the Callback step that the run waits at; None where it has none."""
    executing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once SageMaker was seen to execute it."""
    asks: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it waits for an answer."""
    document: AnyRunDocument | None = None
    trouble: str | None = None
    view: RunView | None = None
    executions: list[dict[str, Any]] = field(default_factory=list)

    def polled(self, poll: Poll) -> None:
        """Record the latest poll."""
        if poll.document is not None and poll.document.sagemaker_status in {"Executing", "InProgress"}:
            self.executing.set()
        if poll.document is not None and poll.document.open_gates:
            self.asks.set()
        self.document = poll.document or self.document
        self.trouble = poll.trouble

    def find_executions(self, executions: list[dict[str, Any]], jobs: list[dict[str, Any]]) -> None:
        """Record what was started for this run: executions by pipeline and parameters, jobs by their name."""
        if self.task_state is not None:
            name = self.task_state["Parameters"]["TrainingJobName"]
            self.executions = [
                {**job, "execution_arn": job["arn"], "starts_accepted": job["creates_accepted"]}
                for job in jobs
                if job["name"].startswith(name)
            ]
            return
        self.executions = [
            found
            for found in executions
            if found["pipeline_name"] == self.pipeline and self.parameters.items() <= found["parameters"].items()
        ]

    @property
    def workflow_id(self) -> str:
        """The run's id; that of a scheduled run ends with the nominal time."""
        return self.scheduled_id or self.name

    @property
    def attempts(self) -> dict[str, int]:
        """How often each step of its execution ran, by SageMaker's count."""
        return dict(self.executions[0].get("attempts", {})) if self.executions else {}

    def problems(self) -> list[str]:
        """What is not as it must be."""
        if self.view is None or self.view.run is None:
            return ["it did not end"]
        found: list[str] = []
        if self.view.status is not self.expected:
            found.append(f"ended as {self.view.status} instead of {self.expected}")
        if self.view.workflow_status != self.expected_workflow_status:
            found.append(f"workflow {self.view.workflow_status} instead of {self.expected_workflow_status}")
        if self.answer is not None and self.view.run.schedule != self.name:
            found.append(f"was started by {self.view.run.schedule} instead of its schedule")
        if len(self.executions) != self.expected_executions:
            found.append(f"{len(self.executions)} executions instead of {self.expected_executions}")
        elif self.executions[-1]["execution_arn"] != self.view.run.run_id:
            found.append("its last execution is another one than its document names")
        elif self.executions[0]["stops_accepted"] != self.expected_stops:
            found.append(f"{self.executions[0]['stops_accepted']} stops instead of {self.expected_stops}")
        elif self.expected_attempts and self.attempts != self.expected_attempts:
            found.append(f"its steps ran {self.attempts} times instead of {self.expected_attempts}")
        return found


def demo_runs() -> list[DemoRun]:
    """The seven runs; the worker is killed during the fifth and the sixth."""
    return [*_undisturbed_runs(), *_disturbed_runs(), _job_run(), _scheduled_run()]


def _undisturbed_runs() -> list[DemoRun]:
    return [
        DemoRun(
            shows="succeeds, with outputs",
            name="demo-1-succeeds",
            pipeline="churn-training",
            parameters={"TrainingInstanceType": "ml.m5.4xlarge", "AucThreshold": "0.85", "TrainingSeconds": "90"},
            expected=RunStatus.SUCCESS,
            expected_workflow_status="Completed",
            more_input={
                "outputs": {
                    "model": "steps.Train.job.ModelArtifacts.S3ModelArtifacts",
                    "auc": "steps.Train.job.FinalMetricDataList[?MetricName == 'validation:auc'] | [0].Value",
                }
            },
        ),
        DemoRun(
            shows="fails, and says why",
            name="demo-2-fails",
            pipeline="churn-training",
            parameters={
                "TrainingFailure": "AlgorithmError: the column 'tenure' is missing, exit code 1",
                "TrainingSeconds": "60",
            },
            expected=RunStatus.FAILED,
            expected_workflow_status="Failed",
        ),
    ]


def _disturbed_runs() -> list[DemoRun]:
    return [
        DemoRun(
            shows="cancelled by the signal",
            name="demo-3-cancelled",
            pipeline="nightly-scoring",
            parameters={"ScoringDate": "2026-01-31", "ScoringSeconds": "3600"},
            expected=RunStatus.CANCELLED,
            expected_workflow_status="Completed",
            expected_stops=1,
        ),
        DemoRun(
            shows="fails once, and is resumed",
            name="demo-4-resumed",
            pipeline="churn-training",
            parameters={
                "InputData": "s3://example-churn/raw/customers-2026-02.parquet",
                "TrainingFailure": "ClientError: Data download failed: connection reset by peer",
                "TrainingFailedAttempts": "1",
                "TrainingSeconds": "60",
            },
            expected=RunStatus.SUCCESS,
            expected_workflow_status="Completed",
            expected_attempts={"Preprocess": 1, "Train": 2, "Evaluate": 1, "IsGoodEnough": 1, "Register": 1},
            more_input={"retry": {"max_attempts": 2, "initial_delay": 1}},
        ),
        DemoRun(
            shows="its worker is killed meanwhile",
            name="demo-5-worker-killed",
            pipeline="churn-training",
            parameters={"InputData": "s3://example-churn/raw/customers-2026-01.parquet", "TrainingSeconds": "300"},
            expected=RunStatus.SUCCESS,
            expected_workflow_status="Completed",
        ),
    ]


def _job_run() -> DemoRun:
    return DemoRun(
        shows="a Task state; retried without capacity",
        name="demo-6-job",
        pipeline="a training job",
        parameters={},
        expected=RunStatus.SUCCESS,
        expected_workflow_status="Completed",
        expected_executions=2,
        task_state=_TASK_STATE,
    )


def _scheduled_run() -> DemoRun:
    return DemoRun(
        shows="scheduled; waits for an answer",
        name="demo-7-nightly",
        pipeline="nightly-scoring",
        parameters={"ScoringSeconds": "40"},
        expected=RunStatus.SUCCESS,
        expected_workflow_status="Completed",
        more_input={
            "templates": True,
            "parameters": {
                "ScoringSeconds": 40,
                "ScoringDate": "{scheduled_time-1d:%Y-%m-%d}",
                "AwaitWarehouse": True,
            },
            "callbacks": {"AwaitWarehouseLoad": {"answered_by": "person"}},
        },
        answer={"outputs": {"rows_loaded": "1250000"}, "reason": "the numbers are right", "by": "the demo"},
    )
