"""The steps of a definition: which of them an execution may run, and which needs which."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

MAX_DEPTH: Final = 100
"""Of steps inside steps; a public definition has 31 conditions inside conditions (Airflow's system test)."""

_STEP_REFERENCE: Final = re.compile(r"Steps\.([A-Za-z0-9_\-]+)")
_INSIDE: Final[Mapping[str, Mapping[str, bool | None]]] = {
    "Condition": {"IfSteps": True, "ElseSteps": False},
    "ForEach": {"ForEachBody": None},
}
"""Step type → the arguments that hold steps, and the outcome that runs them."""

_SIDES: Final = {side: outcome for sides in _INSIDE.values() for side, outcome in sides.items()}


@dataclass(frozen=True)
class Branch:
    """Where a step stands inside another one.

    Attributes:
        of: The name of the step around it.
        outcome: The side of a condition; None in the body of a ForEach step.
    """

    of: str
    outcome: bool | None


@dataclass(frozen=True)
class PlannedStep:
    """A step as the definition has it.

    Attributes:
        name: Its name.
        type: AWS's step type, such as `Training`.
        branches: The branches around it, the innermost last.
        needs: The steps that it names, in DependsOn or by a property reference. A ForEach step also needs what the
            steps in its body need of the others.
    """

    name: str
    type: str | None
    branches: tuple[Branch, ...] = ()
    needs: frozenset[str] = frozenset()

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions around it, the innermost last."""
        return tuple(branch.of for branch in self.branches if branch.outcome is not None)

    @property
    def loops(self) -> tuple[str, ...]:
        """The ForEach steps around it, the innermost last."""
        return tuple(branch.of for branch in self.branches if branch.outcome is None)


@dataclass(frozen=True)
class Plan:
    """All steps of a definition by name, in its order."""

    steps: Mapping[str, PlannedStep]

    def type_of(self, name: str) -> str | None:
        """Return AWS's step type; None for a step that the definition does not have."""
        step = self.steps.get(name)
        return step.type if step else None

    def total(
        self, outcomes: Mapping[str, bool], selected: frozenset[str] | None, *, started_in_rounds: int = 0
    ) -> int:
        """Count the steps that may run.

        Args:
            outcomes: Decided conditions. The steps of a branch that was not taken do not run, nor does what needs them.
            selected: The only steps of a selective execution, a ForEach step with its body; None for all.
            started_in_rounds: Steps of rounds of ForEach steps that have started. The definition does not say how many
                rounds there are: the steps of a body count once, or as often as they have started.
        """
        skipped = self._skipped(outcomes)
        may_run = [
            step
            for step in self.steps.values()
            if step.name not in skipped and (selected is None or not selected.isdisjoint((step.name, *step.loops)))
        ]
        in_loops = sum(bool(step.loops) for step in may_run)
        return len(may_run) - in_loops + max(in_loops, started_in_rounds)

    def _skipped(self, outcomes: Mapping[str, bool]) -> set[str]:
        waiting = [
            step.name
            for step in self.steps.values()
            if any(outcomes.get(branch.of, branch.outcome) is not branch.outcome for branch in step.branches)
        ]
        dependents = defaultdict(list)
        for step in self.steps.values():
            for name in (*step.needs, *step.conditions, *step.loops):
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
        steps = {step.name: step for step in _steps(entries, ())} if isinstance(entries, list) else {}
        return Plan(steps) if steps or entries == [] else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _steps(entries: Any, branches: tuple[Branch, ...], depth: int = 0) -> Iterator[PlannedStep]:
    """Read a list of steps; what is odd in it says nothing against the others."""
    if not isinstance(entries, list) or depth > MAX_DEPTH:
        return
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        name, kind = _text(entry, "Name"), _text(entry, "Type")
        inner = [step for side in _sides(entry, kind) for step in _inside(entry, side, name, branches, depth)]
        if name is not None:
            step = PlannedStep(name, kind, branches, frozenset((*_depends_on(entry), *_references(entry))))
            yield _with_needs_of(step, inner) if kind == "ForEach" else step
        yield from inner


def _sides(entry: Mapping[str, Any], kind: str | None) -> list[str]:
    """Return which arguments of a step hold steps; where its type is not known, all that may."""
    arguments = entry.get("Arguments")
    return [
        side
        for side in (_INSIDE.get(kind, {}) if kind else _SIDES)
        if isinstance(arguments, dict) and side in arguments
    ]


def _inside(
    entry: Mapping[str, Any], side: str, name: str | None, branches: tuple[Branch, ...], depth: int
) -> Iterator[PlannedStep]:
    # A condition without a name has no outcome that could be found: what is inside counts as if it stood outside.
    around = branches if name is None else (*branches, Branch(name, _SIDES[side]))
    return _steps(entry["Arguments"][side], around, depth + 1)


def _with_needs_of(loop: PlannedStep, inner: list[PlannedStep]) -> PlannedStep:
    needed = loop.needs.union(*(step.needs for step in inner))
    return replace(loop, needs=needed.difference((loop.name,), (step.name for step in inner)))


def _text(entry: Mapping[str, Any], member: str) -> str | None:
    value = entry.get(member)
    return value if isinstance(value, str) else None


def _depends_on(entry: Mapping[str, Any]) -> Iterator[str]:
    given = entry.get("DependsOn")
    for name in [given] if isinstance(given, str) else given if isinstance(given, list) else ():
        if isinstance(name, str):
            yield name


def _references(entry: Mapping[str, Any]) -> Iterator[str]:
    """Find the steps that an entry refers to; the steps inside it are read for themselves."""
    waiting: list[Any] = [entry]
    while waiting:
        match waiting.pop():
            case {"Get": str(path)} if found := _STEP_REFERENCE.match(path):
                yield found[1]
            case dict(members):
                waiting += [inner for member, inner in members.items() if member not in _SIDES]
            case list(values):
                waiting += values
