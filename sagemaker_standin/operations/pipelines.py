from operator import attrgetter

from sagemaker_standin import texts
from sagemaker_standin.definition import parse_definition
from sagemaker_standin.errors import AwsError, not_found, validation_error
from sagemaker_standin.operations.backend import Backend, Call, find_pipeline
from sagemaker_standin.operations.paging import page
from sagemaker_standin.state import OPEN_EXECUTION, JsonObject, Pipeline, PipelineVersion, World


def create_pipeline(backend: Backend, call: Call) -> JsonObject:
    """CreatePipeline: the definition is parsed at once."""
    request, world = call.request, backend.world
    name = request["PipelineName"]
    if name.lower() in world.pipelines:
        raise validation_error(texts.PIPELINE_EXISTS.format(name=name))
    text = _definition_text(request)
    if text is None:
        raise validation_error(texts.DEFINITION_REQUIRED)
    pipeline = Pipeline(
        name=name,
        arn=world.account.pipeline(name),
        role_arn=request["RoleArn"],
        created_at=call.now,
        modified_at=call.now,
        versions=[PipelineVersion(parse_definition(text), call.now)],
        display_name=request.get("PipelineDisplayName"),
        description=request.get("PipelineDescription"),
        max_parallel_steps=max_parallel_steps(request),
    )
    world.pipelines[name.lower()] = pipeline
    return {"PipelineArn": pipeline.arn}


def update_pipeline(backend: Backend, call: Call) -> JsonObject:
    """UpdatePipeline: what is left out stays; every update is a version."""
    request = call.request
    pipeline = find_pipeline(backend.world, request["PipelineName"])
    text = _definition_text(request)
    definition = parse_definition(text) if text is not None else pipeline.versions[-1].definition
    pipeline.versions.append(PipelineVersion(definition, call.now))
    pipeline.modified_at = call.now
    pipeline.role_arn = request.get("RoleArn", pipeline.role_arn)
    pipeline.display_name = request.get("PipelineDisplayName", pipeline.display_name)
    pipeline.description = request.get("PipelineDescription", pipeline.description)
    pipeline.max_parallel_steps = max_parallel_steps(request) or pipeline.max_parallel_steps
    return {"PipelineArn": pipeline.arn, "PipelineVersionId": len(pipeline.versions)}


def delete_pipeline(backend: Backend, call: Call) -> JsonObject:
    """DeletePipeline: refused while executions are open; its executions go with it (the operation's documentation)."""
    world = backend.world
    pipeline = find_pipeline(world, call.request["PipelineName"])
    if any(execution.visible_status in OPEN_EXECUTION for execution in pipeline.executions):
        raise AwsError("ConflictException", texts.DELETE_WHILE_RUNNING.format(name=pipeline.name))
    remove_pipeline(world, pipeline)
    return {"PipelineArn": pipeline.arn}


def remove_pipeline(world: World, pipeline: Pipeline) -> None:
    """Take a pipeline and its executions out of the world, whatever their status."""
    del world.pipelines[pipeline.name.lower()]
    for execution in pipeline.executions:
        world.deleted.append(world.executions.pop(execution.id))


def describe_pipeline(backend: Backend, call: Call) -> JsonObject:
    """DescribePipeline: the definition always comes inline (botocore 1.44.5 service model)."""
    pipeline = find_pipeline(backend.world, call.request["PipelineName"])
    version = pipeline.versions[find_version(pipeline, call.request) - 1]
    return {
        **_summary(backend, pipeline),
        "PipelineDefinition": version.definition.text,
        "PipelineStatus": "Active",
        "LastRunTime": _last_run(backend, pipeline),
        "CreatedBy": {},
        "LastModifiedBy": {},
        "ParallelismConfiguration": parallelism(pipeline.max_parallel_steps),
    }


def list_pipelines(backend: Backend, call: Call) -> JsonObject:
    """ListPipelines: newest first unless asked otherwise."""
    request, clock = call.request, backend.world.clock
    key = attrgetter("name") if request.get("SortBy") == "Name" else attrgetter("created_at")
    found = [
        pipeline
        for pipeline in sorted(backend.world.pipelines.values(), key=key)
        if pipeline.name.startswith(request.get("PipelineNamePrefix", ""))
        and request.get("CreatedAfter", 0)
        <= clock.real(pipeline.created_at)
        <= request.get("CreatedBefore", float("inf"))
        and request.get("ManagedBy", "CUSTOMER") == "CUSTOMER"
    ]
    items, token = page(found, backend, request)
    summaries = [
        {**_summary(backend, pipeline), "LastExecutionTime": _last_run(backend, pipeline)} for pipeline in items
    ]
    return {"PipelineSummaries": summaries, "NextToken": token}


def list_pipeline_versions(backend: Backend, call: Call) -> JsonObject:
    """ListPipelineVersions: numbers and times; names and aliases of versions are not kept here."""
    pipeline = find_pipeline(backend.world, call.request["PipelineName"])
    items, token = page(list(enumerate(pipeline.versions, start=1)), backend, call.request)
    summaries = [
        {
            "PipelineArn": pipeline.arn,
            "PipelineVersionId": number,
            "CreationTime": backend.world.clock.real(version.created_at),
        }
        for number, version in items
    ]
    return {"PipelineVersionSummaries": summaries, "NextToken": token}


def find_version(pipeline: Pipeline, request: JsonObject) -> int:
    """The version that a request asks for: its PipelineVersionId, else the latest.

    Raises:
        AwsError: `ResourceNotFound` for an unknown version or alias, `ValidationException` for both at once.
    """
    number, alias = request.get("PipelineVersionId"), request.get("PipelineVersionAlias")
    if number is not None and alias is not None:
        raise validation_error(texts.VERSION_AND_ALIAS)
    if alias is not None or (number is not None and number > len(pipeline.versions)):
        raise not_found(texts.DOES_NOT_EXIST.format(kind="Pipeline version", name=alias or number))
    return number or len(pipeline.versions)


def max_parallel_steps(request: JsonObject) -> int | None:
    """ParallelismConfiguration of a request, None if it has none."""
    most: int | None = (request.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps")
    return most


def parallelism(most: int | None) -> JsonObject | None:
    """ParallelismConfiguration as replies show it."""
    return None if most is None else {"MaxParallelExecutionSteps": most}


def _definition_text(request: JsonObject) -> str | None:
    if request.get("PipelineDefinitionS3Location"):
        raise validation_error(texts.DEFINITION_IN_S3)
    text: str | None = request.get("PipelineDefinition")
    return text


def _summary(backend: Backend, pipeline: Pipeline) -> JsonObject:
    clock = backend.world.clock
    return {
        "PipelineArn": pipeline.arn,
        "PipelineName": pipeline.name,
        "PipelineDisplayName": pipeline.display_name or pipeline.name,
        "PipelineDescription": pipeline.description,
        "RoleArn": pipeline.role_arn,
        "CreationTime": clock.real(pipeline.created_at),
        "LastModifiedTime": clock.real(pipeline.modified_at),
    }


def _last_run(backend: Backend, pipeline: Pipeline) -> float | None:
    return backend.world.clock.real(pipeline.executions[-1].created_at) if pipeline.executions else None
