"""Which members of a step decide whether SageMaker reuses the result of an earlier run of it.

Source: the developer guide, "Default cache key attributes by pipeline step type". Instance types, roles, networks and
output places are not among them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from activities.definitions.paths import Path, at
from activities.definitions.reading import Step


def _arguments(*members: str) -> tuple[Path, ...]:
    return tuple(("Arguments", *member.split(".")) for member in members)


_CHECK: Final = (
    ("SkipCheck",),
    ("RegisterNewBaseline",),
    ("ModelPackageGroupName",),
    ("SuppliedBaselineConstraints",),
    # CheckJobConfig and the check's own configuration stand in the arguments of its processing job.
    *_arguments("AppSpecification", "Environment", "ProcessingInputs"),
)

KEYS: Final[Mapping[str, tuple[Path, ...]]] = {
    "Processing": _arguments("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": _arguments(
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
    "Tuning": _arguments(
        "HyperParameterTuningJobConfig",
        "TrainingJobDefinition.AlgorithmSpecification",
        "TrainingJobDefinition.HyperParameterRanges",
        "TrainingJobDefinition.InputDataConfig",
        "TrainingJobDefinition.StaticHyperParameters",
        "TrainingJobDefinition.TuningObjective",
        "TrainingJobDefinitions",
    ),
    "AutoML": _arguments(
        "AutoMLJobConfig.CompletionCriteria",
        "AutoMLJobConfig.CandidateGenerationConfig",
        "AutoMLJobConfig.DataSplitConfig",
        "AutoMLJobConfig.Mode",
        "AutoMLJobObjective",
        "InputDataConfig",
        "ProblemType",
    ),
    "Transform": _arguments("DataProcessing", "Environment", "ModelName", "TransformInput"),
    "ClarifyCheck": _CHECK,
    "QualityCheck": (*_CHECK, ("SuppliedBaselineStatistics",)),
    "EMR": _arguments("ClusterId", "StepConfig"),
}
"""Step type → the members of its cache key."""

_UNPUBLISHED: Final = (("Arguments",),)
"""Of types that may have a CacheConfig but no published key, such as Lambda in the SDK: any argument counts."""


def is_cached(step: Step) -> bool:
    """Return whether the step has its cache turned on."""
    return at(step.entry, ("CacheConfig", "Enabled")) is True


def key_members(step: Step) -> Iterator[tuple[Path, Any]]:
    """List the members of a step's cache key that it has, each with its path in the step."""
    for path in KEYS.get(step.type, _UNPUBLISHED):
        value = at(step.entry, path)
        if value is not None:
            yield path, value


def is_in_key(step_type: str, path: Path) -> bool:
    """Return whether a change at a path in a step changes its cache key."""
    return any(path[: len(member)] == member[: len(path)] for member in KEYS.get(step_type, _UNPUBLISHED))
