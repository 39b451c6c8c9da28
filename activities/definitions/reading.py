"""A definition (schema 2020-12-01) as steps and parameters, each with the place where it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from activities.definitions.paths import Path
from contract.definition_text import read_definition_text

INSIDE: Final[Mapping[str, tuple[str, ...]]] = {"Condition": ("IfSteps", "ElseSteps"), "ForEach": ("ForEachBody",)}
"""Step type → the arguments that hold steps: those of the SageMaker SDK's ConditionStep and ForEachStep."""

_SIDES: Final = tuple(side for sides in INSIDE.values() for side in sides)


@dataclass(frozen=True)
class Step:
    """A step, wherever in the conditions it stands.

    Attributes:
        name: Its name.
        type: AWS's step type, such as `Training`.
        path: Where it stands in the document.
        entry: Its JSON.
        branch: The step around it, and the argument of that step which it stands in; None at the top.
    """

    name: str
    type: str
    path: Path
    entry: Mapping[str, Any] = field(repr=False)
    branch: tuple[str, str] | None = None

    @property
    def arguments(self) -> Mapping[str, Any]:
        """Its `Arguments`; empty if it has none."""
        found = self.entry.get("Arguments")
        return found if isinstance(found, dict) else {}

    @property
    def own(self) -> Mapping[str, Any]:
        """Its JSON without the steps inside it."""
        if self.type not in INSIDE:
            return self.entry
        arguments = {name: value for name, value in self.arguments.items() if name not in INSIDE[self.type]}
        return {**self.entry, "Arguments": arguments}


@dataclass(frozen=True)
class Definition:
    """What could be read of a definition; entries of another form are passed over."""

    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    steps: tuple[Step, ...] = ()
    """In the order of the document, a step before the steps inside it."""

    @property
    def parameters(self) -> list[tuple[Path, Mapping[str, Any]]]:
        """The declared parameters that have a name, each with its place."""
        entries = self.document.get("Parameters")
        return [
            (("Parameters", number), entry)
            for number, entry in enumerate(entries if isinstance(entries, list) else [])
            if isinstance(entry, dict) and isinstance(entry.get("Name"), str)
        ]


def read_definition(text: str) -> Definition:
    """Read a definition; see `contract.definition_text.read_definition_text` for what it raises."""
    document = read_definition_text(text)
    return Definition(document, tuple(_steps(document)))


def _steps(document: Mapping[str, Any]) -> Iterator[Step]:
    waiting = _placed(("Steps",), document.get("Steps"), None)
    while waiting:
        path, entry, branch = waiting.pop()
        step = _step(path, entry, branch)
        if step is not None:
            yield step
        # One without a name or a type is no step, but may hold steps.
        kind, arguments = entry.get("Type"), entry.get("Arguments")
        sides = INSIDE.get(kind, ()) if isinstance(kind, str) else _SIDES
        inner = arguments if isinstance(arguments, dict) else {}
        for side in reversed(sides):
            inside = (step.name, side) if step else branch
            waiting += _placed((*path, "Arguments", side), inner.get(side), inside)


def _step(path: Path, entry: Mapping[str, Any], branch: tuple[str, str] | None) -> Step | None:
    name, kind = entry.get("Name"), entry.get("Type")
    return Step(name, kind, path, entry, branch) if isinstance(name, str) and isinstance(kind, str) else None


_Placed = tuple[Path, Mapping[str, Any], tuple[str, str] | None]


def _placed(path: Path, entries: Any, branch: tuple[str, str] | None) -> list[_Placed]:
    """List the entries of one list, the last first."""
    placed: list[_Placed] = []
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            placed.append(((*path, number), entry, branch))
    return placed[::-1]
