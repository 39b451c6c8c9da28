"""The steps of a definition: which of them an execution may run, and which needs which."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

MAX_DEPTH: Final = 100
"""Of conditions inside conditions; a public definition has 31 (Airflow's system test)."""

_STEP_REFERENCE: Final = re.compile(r"Steps\.([A-Za-z0-9_\-]+)")
_BRANCHES: Final = {"IfSteps": True, "ElseSteps": False}


@dataclass(frozen=True)
class Branch:
    """The side of a condition that a step stands on."""

    condition: str
    outcome: bool


@dataclass(frozen=True)
class PlannedStep:
    """A step as the definition has it.

    Attributes:
        name: Its name.
        type: AWS's step type, such as `Training`.
        branches: The branches around it, the innermost last.
        needs: The steps that it names, in DependsOn or by a property reference.
    """

    name: str
    type: str | None
    branches: tuple[Branch, ...] = ()
    needs: frozenset[str] = frozenset()

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions around it, the innermost last."""
        return tuple(branch.condition for branch in self.branches)


@dataclass(frozen=True)
class Plan:
    """All steps of a definition by name, in its order."""

    steps: Mapping[str, PlannedStep]

    def type_of(self, name: str) -> str | None:
        """Return AWS's step type; None for a step that the definition does not have."""
        step = self.steps.get(name)
        return step.type if step else None

    def total(self, outcomes: Mapping[str, bool], selected: frozenset[str] | None) -> int:
        """Count the steps that may run.

        Args:
            outcomes: Decided conditions. The steps of a branch that was not taken do not run, nor does what needs them.
            selected: The only steps of a selective execution; None for all.
        """
        skipped = self._skipped(outcomes)
        return sum((selected is None or name in selected) and name not in skipped for name in self.steps)

    def _skipped(self, outcomes: Mapping[str, bool]) -> set[str]:
        waiting = [
            step.name
            for step in self.steps.values()
            if any(outcomes.get(branch.condition, branch.outcome) is not branch.outcome for branch in step.branches)
        ]
        dependents = defaultdict(list)
        for step in self.steps.values():
            for name in (*step.needs, *step.conditions):
                dependents[name].append(step.name)
        skipped: set[str] = set()
        while waiting:
            if (name := waiting.pop()) not in skipped:
                skipped.add(name)
                waiting += dependents[name]
        return skipped


def read_plan(definition: str) -> Plan | None:
    """Read a definition, as DescribePipelineDefinitionForExecution gives it; None if it is of no known form.

    One of a megabyte takes a good part of a second: never on the event loop.
    """
    try:
        entries = json.loads(definition)["Steps"]
        steps = {step.name: step for step in _steps(entries, ())}
        return Plan(steps) if steps or not entries else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _steps(entries: Iterable[Mapping[str, Any]], branches: tuple[Branch, ...]) -> Iterator[PlannedStep]:
    if len(branches) > MAX_DEPTH:
        return
    for entry in entries:
        # One that is odd says nothing against the others.
        if not isinstance(entry, dict) or not isinstance(name := entry.get("Name"), str):
            continue
        arguments = entry.get("Arguments")
        needs = frozenset((*_depends_on(entry), *_references(entry)))
        yield PlannedStep(name, entry.get("Type"), branches, needs)
        if entry.get("Type") == "Condition" and isinstance(arguments, dict):
            for member, outcome in _BRANCHES.items():
                yield from _steps(arguments.get(member) or (), (*branches, Branch(name, outcome)))


def _depends_on(entry: Mapping[str, Any]) -> Iterator[str]:
    given = entry.get("DependsOn")
    for name in [given] if isinstance(given, str) else given if isinstance(given, list) else ():
        if isinstance(name, str):
            yield name


def _references(value: Any) -> Iterator[str]:
    """Find the steps that an entry refers to; the steps inside its branches are read for themselves."""
    match value:
        case {"Get": str(path)} if found := _STEP_REFERENCE.match(path):
            yield found[1]
        case dict():
            for member, inner in value.items():
                if member not in _BRANCHES:
                    yield from _references(inner)
        case list():
            for inner in value:
                yield from _references(inner)
