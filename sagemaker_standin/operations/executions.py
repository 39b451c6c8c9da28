from bisect import bisect_left, bisect_right
from dataclasses import replace
from operator import attrgetter

from sagemaker_standin import texts
from sagemaker_standin.errors import AwsError, validation_error
from sagemaker_standin.expressions import UnresolvedExpressionError, resolve, text_of
from sagemaker_standin.operations.backend import Backend, Call, find_execution, find_pipeline
from sagemaker_standin.operations.paging import page
from sagemaker_standin.operations.pipelines import max_parallel_steps, parallelism
from sagemaker_standin.operations.selection import select_steps
from sagemaker_standin.parameters import settle_parameters
from sagemaker_standin.scopes import scope_of
from sagemaker_standin.state import (
    OPEN_EXECUTION,
    Execution,
    ExecutionStatus,
    JsonObject,
    StepStatus,
)


def start_pipeline_execution(backend: Backend, call: Call) -> JsonObject:
    """StartPipelineExecution: everything is checked before anything exists."""
    request, world = call.request, backend.world
    pipeline = find_pipeline(world, request["PipelineName"])
    version = pipeline.versions.requested(request)
    if request.get("RoleArn"):
        raise validation_error(texts.ROLE_NOT_ACCEPTED)
    definition = version.definition
    parameters = settle_parameters(definition.parameters, request.get("PipelineParameters") or [])
    selective = request.get("SelectiveExecutionConfig")
    selected, carried = select_steps(world, definition, selective, call.real) if selective else (None, {})
    _check_quota(backend)
    execution = Execution(
        id=call.fresh_id,
        arn=world.account.execution(pipeline.name, call.fresh_id),
        pipeline=pipeline,
        definition=definition,
        version=version.number,
        token=request["ClientRequestToken"],
        parameters=parameters,
        created_at=call.now,
        modified_at=call.now,
        # AWS's own default (seen in AWS traces).
        display_name=request.get("PipelineExecutionDisplayName") or f"execution-{round(call.real * 1000)}",
        description=request.get("PipelineExecutionDescription"),
        max_parallel_steps=max_parallel_steps(request) or pipeline.max_parallel_steps,
        selective=selective,
        selected=selected,
        steps={name: replace(run) for name, run in carried.items()},
    )
    world.executions[execution.id] = execution
    pipeline.executions.append(execution)
    backend.engine.begin(execution, call.now)
    return {"PipelineExecutionArn": execution.arn}


def stop_pipeline_execution(backend: Backend, call: Call) -> JsonObject:
    """StopPipelineExecution: only what is Executing can be stopped."""
    execution = find_execution(backend.world, call.request["PipelineExecutionArn"], call.real)
    if execution.visible_status != ExecutionStatus.EXECUTING:
        raise validation_error(texts.STOP_NOT_EXECUTING)
    backend.engine.stop(execution, call.now)
    execution.stop_accepted_at = call.real
    return {"PipelineExecutionArn": execution.arn}


def retry_pipeline_execution(backend: Backend, call: Call) -> JsonObject:
    """RetryPipelineExecution: the ARN stays, Failed goes back to Executing, steps that succeeded do not run again."""
    execution = find_execution(backend.world, call.request["PipelineExecutionArn"], call.real)
    if execution.visible_status != ExecutionStatus.FAILED:
        raise validation_error(texts.RETRY_NOT_FAILED)
    if any(run.type == "Fail" and run.status is StepStatus.FAILED for run in execution.steps.values()):
        raise validation_error(texts.RETRY_FAIL_STEP)
    _check_quota(backend)
    if backend.world.behaviours.retried_definition == "latest":
        _take_latest(execution)
    execution.forced = None
    execution.max_parallel_steps = max_parallel_steps(call.request) or execution.max_parallel_steps
    backend.engine.retry(execution, call.now)
    return {"PipelineExecutionArn": execution.arn}


def update_pipeline_execution(backend: Backend, call: Call) -> JsonObject:
    """UpdatePipelineExecution: description, display name, parallelism."""
    request = call.request
    execution = find_execution(backend.world, request["PipelineExecutionArn"], call.real)
    execution.description = request.get("PipelineExecutionDescription", execution.description)
    execution.display_name = request.get("PipelineExecutionDisplayName", execution.display_name)
    execution.max_parallel_steps = max_parallel_steps(request) or execution.max_parallel_steps
    execution.modified_at = call.now
    return {"PipelineExecutionArn": execution.arn}


def describe_pipeline_execution(backend: Backend, call: Call) -> JsonObject:
    """DescribePipelineExecution."""
    execution = find_execution(backend.world, call.request["PipelineExecutionArn"], call.real)
    execution.last_shown_at = call.real
    clock = backend.world.clock
    return {
        "PipelineArn": execution.pipeline.arn,
        "PipelineExecutionArn": execution.arn,
        "PipelineExecutionDisplayName": execution.display_name,
        "PipelineExecutionStatus": execution.visible_status,
        "PipelineExecutionDescription": execution.description,
        "PipelineExperimentConfig": _experiment(backend, execution) or None,
        "FailureReason": execution.visible_failure_reason,
        "CreationTime": clock.real(execution.created_at),
        "LastModifiedTime": clock.real(execution.modified_at),
        "CreatedBy": {},
        "LastModifiedBy": {},
        "ParallelismConfiguration": parallelism(execution.max_parallel_steps),
        "SelectiveExecutionConfig": execution.selective,
        "PipelineVersionId": execution.version,
        "PipelineVersionAliases": execution.pipeline.versions.numbered(execution.version).aliases or None,
        "RoleArn": execution.pipeline.role_arn,
    }


def describe_pipeline_definition_for_execution(backend: Backend, call: Call) -> JsonObject:
    """DescribePipelineDefinitionForExecution: the definition that this execution runs, not the pipeline's latest."""
    execution = find_execution(backend.world, call.request["PipelineExecutionArn"], call.real)
    version = execution.pipeline.versions.numbered(execution.version)
    return {
        "PipelineDefinition": execution.definition.text,
        "CreationTime": backend.world.clock.real(version.created_at),
    }


def list_pipeline_executions(backend: Backend, call: Call) -> JsonObject:
    """ListPipelineExecutions: newest first unless asked otherwise; of the alias's present version if one is given."""
    request, clock = call.request, backend.world.clock
    pipeline = find_pipeline(backend.world, request["PipelineName"])
    executions = pipeline.executions
    if alias := request.get("PipelineVersionAlias"):
        number = pipeline.versions.named(alias).number
        executions = [execution for execution in executions if execution.version == number]

    def created(execution: Execution) -> float:
        return clock.real(execution.created_at)

    oldest = bisect_left(executions, request["CreatedAfter"], key=created) if "CreatedAfter" in request else 0
    newest = bisect_right(executions, request["CreatedBefore"], key=created) if "CreatedBefore" in request else None
    found = executions[oldest:newest]
    if request.get("SortBy") == "PipelineExecutionArn":
        found.sort(key=attrgetter("arn"))
    items, token = page(found, backend, request)
    fresh_until = call.real - backend.world.behaviours.lists_lag_seconds
    shown = [
        execution for execution in items if execution.hidden_until <= call.real and created(execution) <= fresh_until
    ]
    for execution in shown:
        execution.last_shown_at = call.real
    summaries = [
        _summary(backend, execution, is_fresh=clock.real(execution.modified_at) > fresh_until) for execution in shown
    ]
    return {"PipelineExecutionSummaries": summaries, "NextToken": token}


def list_pipeline_parameters_for_execution(backend: Backend, call: Call) -> JsonObject:
    """ListPipelineParametersForExecution: values as text, defaults included."""
    execution = find_execution(backend.world, call.request["PipelineExecutionArn"], call.real)
    parameters = [{"Name": name, "Value": text_of(value)} for name, value in execution.parameters.items()]
    items, token = page(parameters, backend, call.request, default_order="Ascending")
    return {"PipelineParameters": items, "NextToken": token}


def _take_latest(execution: Execution) -> None:
    """Let a retried execution go on with the pipeline's latest definition."""
    latest = execution.pipeline.versions.latest
    execution.version, execution.definition = latest.number, latest.definition
    execution.steps = {name: run for name, run in execution.steps.items() if name in latest.definition.steps}


def _check_quota(backend: Backend) -> None:
    if backend.max_concurrent is None:
        return
    used = sum(execution.visible_status in OPEN_EXECUTION for execution in backend.world.executions.values())
    if used >= backend.max_concurrent:
        quota = texts.CONCURRENT_EXECUTIONS_QUOTA
        message = texts.SERVICE_LIMIT.format(quota=quota, limit=backend.max_concurrent, used=used)
        raise AwsError("ResourceLimitExceeded", message)


def _summary(backend: Backend, execution: Execution, *, is_fresh: bool) -> JsonObject:
    """An execution in a list that lags may have become something since: it was executing before."""
    return {
        "PipelineExecutionArn": _listed_arn(backend, execution),
        "StartTime": backend.world.clock.real(execution.created_at),
        "PipelineExecutionStatus": ExecutionStatus.EXECUTING if is_fresh else execution.visible_status,
        "PipelineExecutionDescription": execution.description,
        "PipelineExecutionDisplayName": execution.display_name,
        "PipelineExecutionFailureReason": None if is_fresh else execution.visible_failure_reason,
    }


def _listed_arn(backend: Backend, execution: Execution) -> str:
    if backend.world.behaviours.listed_execution_arns == "lower_case":
        return execution.arn
    return f"{backend.world.account.resource('pipeline', execution.pipeline.name)}/execution/{execution.id}"


def _experiment(backend: Backend, execution: Execution) -> JsonObject:
    scope = scope_of(backend.world, execution, execution.created_at)
    try:
        return {name: text_of(resolve(value, scope)) for name, value in execution.definition.experiment.items()}
    except UnresolvedExpressionError:
        return {}
