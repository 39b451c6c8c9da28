"""Which step of a definition needs which, to run one of them again with all that follows from it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from activities.results.plan import MAX_DEPTH

_STEP_REFERENCE: Final = re.compile(r"Steps\.([A-Za-z0-9_\-]+)")
_BRANCHES: Final = ("IfSteps", "ElseSteps")


@dataclass(frozen=True)
class Node:
    """A step's place among the others.

    Attributes:
        needs: Steps that it names: in DependsOn, or by a property reference.
        inside: The conditions around it, the innermost last.
    """

    needs: frozenset[str]
    inside: tuple[str, ...]


@dataclass(frozen=True)
class StepGraph:
    """All steps of a definition by name, in its order."""

    nodes: Mapping[str, Node]

    def from_step(self, name: str) -> list[str]:
        """List a step and all that come after it, in the definition's order."""
        reached = {name}
        while more := {other for other in self.nodes.keys() - reached if self._comes_after(other, reached)}:
            reached |= more
        return [each for each in self.nodes if each in reached]

    def needed_by(self, selected: Iterable[str]) -> list[str]:
        """List the steps outside a selection whose results it needs, in the definition's order."""
        chosen = set(selected)
        needed = frozenset[str]().union(*(self.nodes[name].needs for name in chosen)) - chosen
        return [each for each in self.nodes if each in needed]

    def _comes_after(self, name: str, reached: set[str]) -> bool:
        node = self.nodes[name]
        # A condition's branches run after it; what depends on a condition from outside comes after its branches, too.
        branches_waited_for = node.needs - {name, *node.inside}
        return bool(
            node.needs & reached
            or reached.intersection(node.inside)
            or any(branches_waited_for.intersection(self.nodes[near].inside) for near in reached)
        )


def read_graph(definition: str) -> StepGraph | None:
    """Read a definition, as DescribePipelineDefinitionForExecution gives it; None if it is of no known form."""
    try:
        return StepGraph(dict(_nodes(json.loads(definition)["Steps"], ())))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _nodes(entries: Iterable[Mapping[str, Any]], inside: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
    if len(inside) > MAX_DEPTH:
        return
    for entry in entries:
        name, arguments = str(entry["Name"]), entry.get("Arguments")
        yield name, Node(frozenset((*(entry.get("DependsOn") or ()), *_references(entry))), inside)
        if entry.get("Type") == "Condition" and isinstance(arguments, dict):
            for branch in _BRANCHES:
                yield from _nodes(arguments.get(branch) or (), (*inside, name))


def _references(value: Any) -> Iterator[str]:
    """Find the steps that an entry refers to; the steps inside its branches speak for themselves."""
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
