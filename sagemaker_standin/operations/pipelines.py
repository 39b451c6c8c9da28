from operator import attrgetter

from sagemaker_standin import texts
from sagemaker_standin.definition import Definition, parse_definition
from sagemaker_standin.errors import AwsError, validation_error
from sagemaker_standin.operations.backend import Backend, Call, find_pipeline
from sagemaker_standin.operations.paging import page
from sagemaker_standin.state import OPEN_EXECUTION, JsonObject, Pipeline, World
from sagemaker_standin.versions import PipelineVersion, PipelineVersions


def create_pipeline(backend: Backend, call: Call) -> JsonObject:
    """CreatePipeline: the definition is parsed at once."""
    request, world = call.request, backend.world
    name = request["PipelineName"]
    if name.lower() in world.pipelines:
        code = "ValidationException" if world.behaviours.taken_pipeline_names == "validation" else "ConflictException"
        raise AwsError(code, texts.PIPELINE_EXISTS.format(name=name))
    definition = _definition(backend, request)
    if definition is None:
        raise validation_error(texts.DEFINITION_REQUIRED)
    versions = PipelineVersions(world.behaviours)
    versions.add(definition, request.get("PipelineVersionAliases") or [], call.now)
    pipeline = Pipeline(
        name=name,
        arn=world.account.pipeline(name),
        role_arn=request["RoleArn"],
        created_at=call.now,
        modified_at=call.now,
        versions=versions,
        display_name=request.get("PipelineDisplayName"),
        description=request.get("PipelineDescription"),
        max_parallel_steps=max_parallel_steps(request),
        tags={tag["Key"]: tag["Value"] for tag in request.get("Tags") or []},
    )
    world.pipelines[name.lower()] = pipeline
    return {"PipelineArn": pipeline.arn}


def update_pipeline(backend: Backend, call: Call) -> JsonObject:
    """UpdatePipeline: what is left out stays; only a changed definition is a new version, and only it takes aliases."""
    request = call.request
    pipeline = find_pipeline(backend.world, request["PipelineName"])
    definition, aliases = _definition(backend, request), request.get("PipelineVersionAliases") or []
    if definition is not None and pipeline.versions.differs(definition):
        pipeline.versions.add(definition, aliases, call.now)
    elif aliases:
        raise validation_error(texts.ALIASES_WITHOUT_CHANGE)
    pipeline.modified_at = call.now
    pipeline.role_arn = request.get("RoleArn", pipeline.role_arn)
    pipeline.display_name = request.get("PipelineDisplayName", pipeline.display_name)
    pipeline.description = request.get("PipelineDescription", pipeline.description)
    pipeline.max_parallel_steps = max_parallel_steps(request) or pipeline.max_parallel_steps
    return {"PipelineArn": pipeline.arn, "PipelineVersionId": pipeline.versions.latest.number}


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
    version = pipeline.versions.requested(call.request)
    return {
        **_summary(backend, pipeline),
        "PipelineDefinition": version.definition.text,
        "PipelineStatus": "Active",
        "LastRunTime": _last_run(backend, pipeline),
        "CreatedBy": {},
        "LastModifiedBy": {},
        "ParallelismConfiguration": parallelism(pipeline.max_parallel_steps),
        **_version_members(version),
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
    """ListPipelineVersions: newest first unless asked otherwise."""
    request, clock = call.request, backend.world.clock
    pipeline = find_pipeline(backend.world, request["PipelineName"])
    newest = min(request.get("CreatedBefore", float("inf")), call.real - backend.world.behaviours.versions_lag_seconds)
    found = [
        version
        for version in pipeline.versions
        if request.get("CreatedAfter", 0) <= clock.real(version.created_at) <= newest
    ]
    items, token = page(found, backend, request)
    summaries = [
        {
            "PipelineArn": pipeline.arn,
            "PipelineVersionId": version.number,
            "CreationTime": clock.real(version.created_at),
            "LastExecutionPipelineExecutionArn": _last_execution(pipeline, version),
            **_version_members(version),
        }
        for version in items
    ]
    return {"PipelineVersionSummaries": summaries, "NextToken": token}


def update_pipeline_version(backend: Backend, call: Call) -> JsonObject:
    """UpdatePipelineVersion: display name, description, and aliases added and removed."""
    request = call.request
    pipeline = find_pipeline(backend.world, request["PipelineArn"])
    version = pipeline.versions.numbered(request["PipelineVersionId"])
    operations = request.get("PipelineVersionAliasOperations") or {}
    pipeline.versions.change_aliases(version, operations.get("Add") or [], operations.get("Remove") or [])
    version.display_name = request.get("PipelineVersionDisplayName", version.display_name)
    version.description = request.get("PipelineVersionDescription", version.description)
    return {"PipelineArn": pipeline.arn, "PipelineVersionId": version.number}


def max_parallel_steps(request: JsonObject) -> int | None:
    """ParallelismConfiguration of a request, None if it has none."""
    most: int | None = (request.get("ParallelismConfiguration") or {}).get("MaxParallelExecutionSteps")
    return most


def parallelism(most: int | None) -> JsonObject | None:
    """ParallelismConfiguration as replies show it."""
    return None if most is None else {"MaxParallelExecutionSteps": most}


def _definition(backend: Backend, request: JsonObject) -> Definition | None:
    if request.get("PipelineDefinitionS3Location"):
        raise validation_error(texts.DEFINITION_IN_S3)
    text: str | None = request.get("PipelineDefinition")
    most = backend.world.behaviours.longest_inline_definition
    if text is not None and len(text) > most:
        raise validation_error(texts.DEFINITION_TOO_LONG.format(most=most))
    return None if text is None else parse_definition(text)


def _version_members(version: PipelineVersion) -> JsonObject:
    return {
        "PipelineVersionDisplayName": version.display_name,
        "PipelineVersionDescription": version.description,
        "PipelineVersionAliases": version.aliases or None,
    }


def _last_execution(pipeline: Pipeline, version: PipelineVersion) -> str | None:
    latest = (execution for execution in reversed(pipeline.executions) if execution.version == version.number)
    return next((execution.arn for execution in latest), None)


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
