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
    items, token = page(list(execution.steps.values()), call.request)
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
    backend.engine.answer_callback(execution, run, outputs, failure, call.now)
    return {"PipelineExecutionArn": execution.arn}


def _shown(backend: Backend, call: Call, execution: Execution, run: StepRun) -> JsonObject:
    clock, source = backend.world.clock, execution.definition.steps[run.name].source
    is_starting = run.status is StepStatus.EXECUTING and call.now < run.started_at + _STARTING_SECONDS
    return {
        "StepName": run.name,
        "StepDisplayName": source.get("DisplayName"),
        "StepDescription": source.get("Description"),
        "StartTime": clock.real(run.started_at),
        "EndTime": None if run.ended_at is None else clock.real(run.ended_at),
        "StepStatus": StepStatus.STARTING if is_starting else run.status,
        "AttemptCount": run.attempt,
        "FailureReason": run.failure_reason,
        "Metadata": run.metadata,
        "CacheHitResult": run.cache_source and {"SourcePipelineExecutionArn": run.cache_source},
        "SelectiveExecutionResult": run.selective_source and {"SourcePipelineExecutionArn": run.selective_source},
    }
