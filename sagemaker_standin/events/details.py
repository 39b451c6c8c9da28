"""SageMaker's events as they are published: "Events that Amazon SageMaker AI sends to Amazon EventBridge".

That page of the developer guide has a sample of each (`automating-sagemaker-with-eventbridge`, also in
awsdocs/amazon-sagemaker-developer-guide); a labeling job's is on the page "Monitor labeling jobs"
(`sms-monitor-cloud-watch`). The samples differ in how they write times and statuses, and so do these.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sagemaker_standin.clock import Clock
from sagemaker_standin.jobs.description import description
from sagemaker_standin.jobs.job import JobView, JsonObject
from sagemaker_standin.jobs.table import KINDS
from sagemaker_standin.state import Execution, StepRun

Time = Callable[[float], Any]


@dataclass(frozen=True)
class Event:
    """What is SageMaker's own in an event; the bus adds the rest.

    Attributes:
        envelope: members beside the detail that differ from what the bus writes.
    """

    detail_type: str
    resources: tuple[str, ...]
    detail: JsonObject
    envelope: Mapping[str, Any]


def iso(seconds: float) -> str:
    """An instant to the second, e.g. `2021-03-15T16:10:11Z`."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _milliseconds_text(seconds: float) -> str:
    return str(int(seconds * 1000))


def _milliseconds(seconds: float) -> float:
    return float(int(seconds * 1000))


def execution_event(execution: Execution, previous: str | None, clock: Clock) -> Event:
    """A change of an execution's status."""
    ended_at = execution.forced_at if execution.forced else execution.ended_at
    detail = {
        "pipelineExecutionDisplayName": execution.display_name,
        "currentPipelineExecutionStatus": str(execution.visible_status),
        "previousPipelineExecutionStatus": previous,
        "executionStartTime": iso(clock.real(execution.created_at)),
        "executionEndTime": None if ended_at is None else iso(clock.real(ended_at)),
        "pipelineExecutionDescription": execution.description,
        **_arns(execution),
    }
    return _of_pipeline("SageMaker Model Building Pipeline Execution Status Change", execution, detail)


def step_event(execution: Execution, run: StepRun, previous: str | None, clock: Clock) -> Event:
    """A change of a step's status."""
    detail = {
        "metadata": _lower_camel(run.metadata),
        "stepStartTime": iso(clock.real(run.started_at)),
        "stepEndTime": None if run.ended_at is None else iso(clock.real(run.ended_at)),
        "stepName": run.name,
        "stepType": run.type,
        "previousStepStatus": previous,
        "currentStepStatus": str(run.status),
        "failureReason": run.failure_reason,
        "cacheHitResult": None if run.cache_source is None else {"sourcePipelineExecutionArn": run.cache_source},
        **_arns(execution),
    }
    return _of_pipeline("SageMaker Model Building Pipeline Execution Step Status Change", execution, detail)


def _of_pipeline(detail_type: str, execution: Execution, detail: JsonObject) -> Event:
    return Event(detail_type, (execution.pipeline.arn, execution.arn), _present(detail), {})


def _arns(execution: Execution) -> JsonObject:
    return {"pipelineArn": execution.pipeline.arn, "pipelineExecutionArn": execution.arn}


@dataclass(frozen=True)
class _JobEvents:
    """The events of one kind.

    Attributes:
        time: how the detail writes instants.
        statuses: the words that have events; None for all.
    """

    detail_type: str
    time: Time = iso
    statuses: frozenset[str] | None = None


_JOB_EVENTS: Final = {
    "training-job": _JobEvents("SageMaker Training Job State Change", _milliseconds_text),
    "hyper-parameter-tuning-job": _JobEvents("SageMaker HyperParameter Tuning Job State Change", _milliseconds_text),
    "transform-job": _JobEvents("SageMaker Transform Job State Change"),
    "processing-job": _JobEvents("SageMaker Processing Job State Change", _milliseconds_text),
    "labeling-job": _JobEvents(
        "SageMaker Ground Truth Labeling Job State Change", statuses=frozenset({"Completed", "Failed", "Stopped"})
    ),
    "endpoint": _JobEvents("SageMaker Endpoint State Change", _milliseconds),
    "model-package": _JobEvents("SageMaker Model Package State Change"),
}
"""By the resource part of their ARNs; the other kinds of jobs have no events."""


def job_event(view: JobView) -> Event | None:
    """A change of a job, an endpoint or a model package; None where AWS sends no event."""
    kind, events = KINDS[view.job.resource], _JOB_EVENTS.get(view.job.resource)
    if events is None or (events.statuses is not None and kind.word(view) not in events.statuses):
        return None
    shown = description(view)
    tags = {tag["Key"]: tag["Value"] for tag in shown["Tags"]}
    detail = _present(_with_times({**shown, "Tags": tags}, events.time))
    envelope: JsonObject = {}
    match view.job.resource:
        case "labeling-job":
            detail = {kind.status_member: shown[kind.status_member]}
        case "endpoint":
            detail["EndpointStatus"] = {"InService": "IN_SERVICE"}.get(shown["EndpointStatus"], "CREATING")
        case "model-package":
            envelope = {"source": ["aws.sagemaker"]}
        case _:
            pass
    return Event(events.detail_type, (view.job.arn,), detail, envelope)


def _with_times(value: Any, time: Time) -> Any:
    """The value with its instants, which are numbers in members named `…Time`, in the form of the event."""
    if isinstance(value, Mapping):
        return {
            name: time(member)
            if name.endswith("Time") and isinstance(member, int | float)
            else _with_times(member, time)
            for name, member in value.items()
        }
    return [_with_times(item, time) for item in value] if isinstance(value, list | tuple) else value


def _lower_camel(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name[:1].lower() + name[1:]: _lower_camel(member) for name, member in value.items()}
    return value


def _present(detail: JsonObject) -> JsonObject:
    return {name: value for name, value in detail.items() if value is not None}
