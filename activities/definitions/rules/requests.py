"""The jobs that the steps of a definition start, each with the place of its request."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from activities.definitions.paths import Path, at
from activities.definitions.reading import Step
from activities.definitions.rules.rule import Problem

_KINDS: Final = {
    "Training": "Training",
    "Processing": "Processing",
    "QualityCheck": "Processing",
    "ClarifyCheck": "Processing",
    "Transform": "Transform",
    "AutoML": "AutoML",
    "Model": "Model",
}
"""Step type → the kind of request that its arguments are."""


@dataclass(frozen=True)
class Request:
    """A request that a step sends.

    Attributes:
        step: The step.
        kind: `Training`, `Processing`, `Transform`, `AutoML` or `Model`.
        path: Where the request stands in the document.
        members: The request.
    """

    step: Step
    kind: str
    path: Path
    members: Mapping[str, Any] = field(repr=False)

    def get(self, path: str) -> Any:
        """Return a member such as `OutputDataConfig.KmsKeyId`; None if it is not there."""
        return at(self.members, tuple(path.split(".")))

    def problem(self, path: str, message: str) -> Problem:
        """Return a problem with a member, at its place or at the innermost object that lacks it."""
        parts = tuple(path.split("."))
        while parts and at(self.members, parts) is None:
            parts = parts[:-1]
        return Problem((*self.path, *parts), message, self.step.name)


def requests(step: Step) -> Iterator[Request]:
    """List the requests of a step; a tuning job has its training jobs inside."""
    path = (*step.path, "Arguments")
    if step.type in _KINDS:
        yield Request(step, _KINDS[step.type], path, step.arguments)
    elif step.type == "Tuning":
        inside = step.arguments.get("TrainingJobDefinition")
        if isinstance(inside, dict):
            yield Request(step, "Training", (*path, "TrainingJobDefinition"), inside)
        several = step.arguments.get("TrainingJobDefinitions")
        for number, each in enumerate(several if isinstance(several, list) else []):
            if isinstance(each, dict):
                yield Request(step, "Training", (*path, "TrainingJobDefinitions", number), each)
