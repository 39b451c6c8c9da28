"""The steps that an execution may run, read from the definition that it runs."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

MAX_DEPTH: Final = 100
"""Of conditions inside conditions; a public definition has 31 (Airflow's system test)."""


@dataclass(frozen=True)
class Branch:
    """The side of a condition that a step stands on."""

    condition: str
    outcome: bool


@dataclass(frozen=True)
class PlannedStep:
    """A step as the definition has it, with every branch around it."""

    name: str
    type: str | None
    branches: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All steps of a definition, by name."""

    steps: Mapping[str, PlannedStep]

    def type_of(self, name: str) -> str | None:
        """AWS's step type, such as `Training`; None for a step that the definition does not have."""
        step = self.steps.get(name)
        return step.type if step else None

    def total(self, outcomes: Mapping[str, bool], selected: frozenset[str] | None) -> int:
        """Count the steps that may run.

        Args:
            outcomes: Decided conditions; the steps of a branch that was not taken do not run.
            selected: The only steps of a selective execution; None for all.
        """
        return sum(
            (selected is None or step.name in selected)
            and all(outcomes.get(branch.condition, branch.outcome) is branch.outcome for branch in step.branches)
            for step in self.steps.values()
        )


def read_plan(definition: str) -> Plan | None:
    """Read a definition, as DescribePipelineDefinitionForExecution gives it; None if it is of no known form."""
    try:
        document = json.loads(definition)
        return Plan({step.name: step for step in _steps(document["Steps"], ())})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _steps(entries: Iterable[Mapping[str, Any]], branches: tuple[Branch, ...]) -> Iterable[PlannedStep]:
    if len(branches) > MAX_DEPTH:
        return
    for entry in entries:
        name, arguments = str(entry["Name"]), entry.get("Arguments")
        yield PlannedStep(name, entry.get("Type"), branches)
        if entry.get("Type") == "Condition" and isinstance(arguments, dict):
            for member, outcome in (("IfSteps", True), ("ElseSteps", False)):
                yield from _steps(arguments.get(member) or (), (*branches, Branch(name, outcome)))
