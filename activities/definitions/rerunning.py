"""Which cached steps run again because a definition has changed.

A step that had its cache turned on runs again when its cache key is different, when its cache is turned off, and when
its key holds the result of a step that runs again. A step that had no cache has no results to lose, also where a change
turns its cache on; steps behind it are only affected where it puts its results elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from activities.definitions.cache_keys import key_members
from activities.definitions.paths import Path, at
from activities.definitions.reading import Definition, Step
from activities.definitions.references import Reference, references
from contract.definition_difference import MAX_NAMES, StepRerun

_OUTPUTS: Final[tuple[Path, ...]] = (
    ("Arguments", "OutputDataConfig"),
    ("Arguments", "ProcessingOutputConfig"),
    ("Arguments", "TransformOutput"),
)
"""Where steps put their results."""


@dataclass
class KeyChanges:
    """What has changed in what cache keys are made of.

    Attributes:
        cached: Steps of the deployed definition with a cache.
        steps: Those of them whose own key is different, or whose cache is turned off.
        moved: Other steps that put their results elsewhere.
        parameters: Parameters with another default.
    """

    cached: frozenset[str] = frozenset()
    steps: set[str] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)


def is_output(path: Path) -> bool:
    """Return whether a change at a path in a step changes where its results are."""
    return any(path[: len(member)] == member[: len(path)] for member in _OUTPUTS)


def reruns(definition: Definition, found: KeyChanges) -> list[StepRerun]:
    """List the steps that lose their cached results, in the order of the definition."""
    nodes = [_Node(step, cached=step.name in found.cached) for step in definition.steps]
    again = {node.step.name: _rerun(node, found) for node in nodes if node.is_changed_by(found)}
    waiting = list(again)
    after: dict[str, list[_Node]] = {}
    for node in nodes:
        for name in node.steps:
            after.setdefault(name, []).append(node)
    while waiting:
        cause = waiting.pop()
        for node in after.get(cause, ()):
            if node.step.name not in again:
                again[node.step.name] = _rerun(node, found)
                waiting.append(node.step.name)
    for node in nodes:
        if rerun := again.get(node.step.name):
            rerun.steps = sorted(node.steps & again.keys())[:MAX_NAMES]
    cached = {node.step.name for node in nodes if node.cached}
    order = dict.fromkeys(node.step.name for node in nodes)
    return [again[name] for name in order if name in again and name in cached][:MAX_NAMES]


class _Node:
    """A step, and what its cache key, or without results in a cache the place of its results, refers to."""

    def __init__(self, step: Step, *, cached: bool) -> None:
        self.step = step
        self.cached = cached
        found = list(_references(step, cached=self.cached))
        self.steps = {each.step for each in found if each.step} - {step.name}
        self.parameters = {each.parameter for each in found if each.parameter}

    def is_changed_by(self, found: KeyChanges) -> bool:
        own = found.steps if self.cached else found.moved
        return self.step.name in own or bool(self.parameters & found.parameters)


def _rerun(node: _Node, found: KeyChanges) -> StepRerun:
    parameters = sorted(node.parameters & found.parameters)[:MAX_NAMES]
    return StepRerun(step=node.step.name, parameters=parameters, itself=node.step.name in found.steps)


def _references(step: Step, *, cached: bool) -> Iterable[Reference]:
    members = list(key_members(step)) if cached else [(path, at(step.entry, path)) for path in _OUTPUTS]
    return [each for path, value in members for each in references(value, path)]
