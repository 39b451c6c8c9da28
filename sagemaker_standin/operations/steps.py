from sagemaker_standin import texts
from sagemaker_standin.errors import not_found, validation_error
from sagemaker_standin.operations.backend import Backend, Call, find_execution
from sagemaker_standin.operations.paging import page
from sagemaker_standin.state import OPEN_STEP, Execution, JsonObject, StepRun, StepStatus

# Simulated seconds for which a step is shown as Starting.
_STARTING_SECONDS = 1.0


def list_pipeline_execution_steps(backend: Backend, call: Call) -> JsonObject:
    """ListPipelineExecutionSteps: newest first unless asked otherwise; only steps that started appear."""
    execution = find_execution(backend.world, call.request.get("PipelineExecutionArn", ""), call.real)
    items, token = page(list(execution.steps.values()), backend, call.request)
    return {"PipelineExecutionSteps": [_shown(backend, call, execution, run) for run in items], "NextToken": token}


def send_pipeline_execution_step_success(backend: Backend, call: Call) -> JsonObject:
    """SendPipelineExecutionStepSuccess: ends the waiting Callback step with its output parameters."""
    outputs = {entry["Name"]: entry["Value"] for entry in call.request.get("OutputParameters") or []}
    return _answer(backend, call, outputs, failure=None)


def send_pipeline_execution_step_failure(backend: Backend, call: Call) -> JsonObject:
    """SendPipelineExecutionStepFailure: fails the waiting Callback step."""
    return _answer(backend, call, {}, failure=call.request.get("FailureReason", ""))


def _answer(backend: Backend, call: Call, outputs: dict[str, str], failure: str | None) -> JsonObject:
    token = call.request["CallbackToken"]
    execution_id, step_name = backend.world.callbacks.get(token, ("", ""))
    execution = backend.world.executions.get(execution_id)
    if execution is None:
        raise not_found(texts.CALLBACK_NOT_FOUND.format(token=token))
    run = execution.steps.get(step_name)
    is_waiting = run is not None and run.status in OPEN_STEP and run.metadata["Callback"]["CallbackToken"] == token
    if run is None or not is_waiting:
        raise validation_error(texts.CALLBACK_ENDED.format(token=token))
    backend.engine.end_step(execution, run, outputs, failure, call.now)
    return {"PipelineExecutionArn": execution.arn}


def _shown(backend: Backend, call: Call, execution: Execution, run: StepRun) -> JsonObject:
    clock, source = backend.world.clock, execution.definition.steps[run.name].source
    has_ended = run.ended_at is not None and not _lags(backend, call, run.ended_at)
    return {
        "StepName": run.name,
        "StepDisplayName": source.get("DisplayName"),
        "StepDescription": source.get("Description"),
        "StartTime": clock.real(run.started_at),
        "EndTime": clock.real(run.ended_at) if run.ended_at is not None and has_ended else None,
        "StepStatus": _status(call, run, has_ended=has_ended),
        "AttemptCount": run.attempt,
        "FailureReason": run.failure_reason if has_ended else None,
        "Metadata": _metadata(backend, call, run),
        "CacheHitResult": _result(backend, run.cache_source),
        "SelectiveExecutionResult": _result(backend, run.selective_source),
    }


def _lags(backend: Backend, call: Call, ended_at: float) -> bool:
    """Whether the end of a step does not show yet."""
    return call.real < backend.world.clock.real(ended_at) + backend.world.behaviours.steps_lag_seconds


def _status(call: Call, run: StepRun, *, has_ended: bool) -> StepStatus:
    if run.status in OPEN_STEP or has_ended:
        return StepStatus.STARTING if _is_starting(call, run) else run.status
    return StepStatus.EXECUTING


def _is_starting(call: Call, run: StepRun) -> bool:
    return run.status is StepStatus.EXECUTING and call.now < run.started_at + _STARTING_SECONDS


def _metadata(backend: Backend, call: Call, run: StepRun) -> JsonObject:
    """The step's metadata; a job shows up some time after the start of its step."""
    shown_from = backend.world.clock.real(run.started_at) + backend.world.behaviours.metadata_lag_seconds
    if _is_starting(call, run) or call.real < shown_from:
        return {}
    if run.status in OPEN_STEP and backend.world.behaviours.callback_tokens == "hidden":
        return {
            kind: {k: v for k, v in member.items() if k != "CallbackToken"} for kind, member in run.metadata.items()
        }
    return run.metadata


def _result(backend: Backend, source: str | None) -> JsonObject | None:
    """CacheHitResult or SelectiveExecutionResult of a step that comes from the execution `source`, or from its own."""
    if source is None and backend.world.behaviours.results_of_own_steps == "omitted":
        return None
    return {"SourcePipelineExecutionArn": source or ""}
