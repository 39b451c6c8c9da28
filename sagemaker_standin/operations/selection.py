from collections.abc import Mapping
from dataclasses import replace

from sagemaker_standin import texts
from sagemaker_standin.definition import Definition
from sagemaker_standin.errors import validation_error
from sagemaker_standin.operations.backend import find_execution
from sagemaker_standin.state import ExecutionStatus, JsonObject, StepRun, StepStatus, World


def select_steps(
    world: World, definition: Definition, config: JsonObject, real: float
) -> tuple[frozenset[str], Mapping[str, StepRun]]:
    """The steps that a selective execution runs, and the ones that it takes over from its source.

    Raises:
        AwsError: `ValidationException`: unknown or unconnected steps; a source that is missing where steps need one,
            that has not ended Failed or Succeeded, or in which a needed step did not succeed.
    """
    selected = [entry["StepName"] for entry in config["SelectedSteps"]]
    for name in selected:
        if name not in definition.steps:
            raise validation_error(texts.SELECTED_UNKNOWN.format(name=name))
    if not _are_connected(definition, selected):
        raise validation_error(texts.SELECTED_NOT_CONNECTED.format(selected=_listed(selected)))
    missing = sorted(set().union(*(definition.steps[name].needs for name in selected)) - set(selected))
    source_arn = config.get("SourcePipelineExecutionArn")
    if not source_arn:
        if missing:
            raise validation_error(
                texts.SELECTIVE_WITHOUT_SOURCE.format(selected=_listed(selected), missing=_listed(missing))
            )
        return frozenset(selected), {}
    source = find_execution(world, source_arn, real)
    if source.visible_status not in {ExecutionStatus.FAILED, ExecutionStatus.SUCCEEDED}:
        raise validation_error(texts.SOURCE_NOT_ENDED.format(arn=source_arn, status=source.visible_status))
    runs = {name: run for name, run in source.steps.items() if run.status is StepStatus.SUCCEEDED}
    if lacking := [name for name in missing if name not in runs]:
        raise validation_error(texts.SOURCE_LACKS_STEPS.format(arn=source_arn, missing=_listed(lacking)))
    return frozenset(selected), {name: replace(runs[name], selective_source=source_arn) for name in missing}


def _are_connected(definition: Definition, selected: list[str]) -> bool:
    reached = {selected[0]}
    while True:
        more = {
            name
            for name in selected
            if name not in reached
            and (_before(definition, name) & reached or any(name in _before(definition, near) for near in reached))
        }
        if not more:
            return reached == set(selected)
        reached |= more


def _before(definition: Definition, name: str) -> frozenset[str]:
    step = definition.steps[name]
    return step.needs | step.waits_for | ({step.branch.condition} if step.branch else frozenset())


def _listed(names: list[str]) -> str:
    return f"[{', '.join(names)}]"
