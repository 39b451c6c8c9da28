"""A pipeline definition (schema 2020-12-01) as a flat graph of steps."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from sagemaker_standin import texts
from sagemaker_standin.errors import validation_error
from sagemaker_standin.expressions import referenced_steps
from sagemaker_standin.parameters import ParameterDefinition

JsonObject = Mapping[str, Any]


@dataclass(frozen=True)
class Branch:
    """The side of a Condition step on which a step stands."""

    condition: str
    outcome: bool


@dataclass(frozen=True)
class StepDefinition:
    """One step, wherever in the nested conditions it stands.

    Attributes:
        source: the step's JSON, with members beside `Arguments` such as `CacheConfig` or `SqsQueueUrl`.
        branch: where it stands; None at the top level.
        needs: steps that must have succeeded first (DependsOn and property references).
        waits_for: steps inside the branches of a Condition step that it depends on: they run first if they run at all.
    """

    name: str
    type: str
    source: JsonObject
    branch: Branch | None
    needs: frozenset[str]
    waits_for: frozenset[str]

    @property
    def arguments(self) -> JsonObject:
        """The step's `Arguments`, unresolved."""
        arguments: JsonObject = self.source.get("Arguments") or {}
        return arguments


@dataclass(frozen=True)
class Definition:
    """A parsed definition; `steps` come in an order in which every step stands after what it needs."""

    text: str
    document: JsonObject
    parameters: Sequence[ParameterDefinition]
    experiment: JsonObject
    steps: Mapping[str, StepDefinition]


def parse_definition(text: str) -> Definition:
    """Parse and check a definition.

    Raises:
        AwsError: `ValidationException` that says what is wrong: JSON, version, names, dependencies, cycles.
    """
    try:
        document = json.loads(text)
        if not isinstance(document, dict) or document.get("Version") != "2020-12-01":
            raise _invalid("Version must be 2020-12-01")
        return Definition(
            text=text,
            document=document,
            parameters=[_parameter(entry) for entry in document.get("Parameters") or []],
            experiment=document.get("PipelineExperimentConfig") or {},
            steps=_steps(document.get("Steps") or []),
        )
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise _invalid(f"{type(error).__name__}: {error}") from error


def _invalid(problem: str) -> Exception:
    return validation_error(texts.INVALID_DEFINITION.format(problem=problem))


def _parameter(entry: JsonObject) -> ParameterDefinition:
    return ParameterDefinition(
        name=entry["Name"],
        # A parameter without a Type is a String (AWS's own schema of definitions, and its guide on experiments).
        type=entry.get("Type") or "String",
        default=entry.get("DefaultValue"),
        allowed=entry.get("EnumValues"),
    )


def _steps(entries: Sequence[JsonObject]) -> dict[str, StepDefinition]:
    placed = list(_flattened(entries, None))
    sources = {entry["Name"]: (entry, branch) for entry, branch in placed}
    if not placed:
        raise _invalid("there are no steps")
    if len(sources) < len(placed):
        raise _invalid("names of steps must be unique")
    steps = {name: _step(entry, branch, sources) for name, (entry, branch) in sources.items()}
    graph = {
        name: step.needs | step.waits_for | ({step.branch.condition} if step.branch else set())
        for name, step in steps.items()
    }
    try:
        return {name: steps[name] for name in TopologicalSorter(graph).static_order()}
    except CycleError as error:
        raise _invalid(f"the steps {' -> '.join(error.args[1])} depend on each other") from error


def _flattened(entries: Sequence[JsonObject], branch: Branch | None) -> Iterator[tuple[JsonObject, Branch | None]]:
    for entry in entries:
        yield entry, branch
        if entry["Type"] == "Condition":
            for side, outcome in (("IfSteps", True), ("ElseSteps", False)):
                yield from _flattened(entry["Arguments"].get(side) or [], Branch(entry["Name"], outcome))


def _step(
    entry: JsonObject, branch: Branch | None, sources: Mapping[str, tuple[JsonObject, Branch | None]]
) -> StepDefinition:
    own = dict(entry)
    name = own["Name"]
    needs = {*(own.get("DependsOn") or []), *referenced_steps(own)}
    if unknown := sorted(needs - sources.keys()):
        raise _invalid(f"the step {name} depends on {', '.join(unknown)}, which is not there")
    # To depend on a condition means to come after its branches too, unless the step itself stands in one of them.
    around = {name, *_ancestors(branch, sources)}
    conditions = {need for need in needs - around if sources[need][0]["Type"] == "Condition"}
    waits_for = {
        other
        for other, (_, other_branch) in sources.items()
        if conditions and conditions.intersection(_ancestors(other_branch, sources))
    }
    return StepDefinition(
        name=name,
        type=own["Type"],
        source=own,
        branch=branch,
        needs=frozenset(needs),
        waits_for=frozenset(waits_for),
    )


def _ancestors(branch: Branch | None, sources: Mapping[str, tuple[JsonObject, Branch | None]]) -> Iterator[str]:
    while branch is not None:
        yield branch.condition
        branch = sources[branch.condition][1]
