"""What a part of a definition refers to: parameters, results of steps, and facts of the execution."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from activities.definitions.paths import Path, Place, walk

_STEP: Final = re.compile(r"Steps\.(?P<name>[A-Za-z0-9_\-]+)(\.PropertyFiles\.(?P<file>[^.\[]+))?")
_PARAMETER: Final = "Parameters."
_EXECUTION: Final = "Execution."


@dataclass(frozen=True)
class Reference:
    """One `{"Get": …}`.

    Attributes:
        place: Where it stands.
        text: What it gets, such as `Steps.Train.ModelArtifacts.S3ModelArtifacts`.
        step: The step whose result it gets.
        property_file: The property file of that step.
        parameter: The parameter that it gets.
        execution: The fact of the execution that it gets, such as `PipelineExecutionId`.
    """

    place: Place
    text: str
    step: str | None = None
    property_file: str | None = None
    parameter: str | None = None
    execution: str | None = None

    @property
    def path(self) -> Path:
        """Where the text stands."""
        return (*self.place.path, "Get")


def references(value: Any, path: Path = ()) -> Iterator[Reference]:
    """Find the references in a value."""
    for here, found in walk(value, path):
        match found:
            case {"Get": str(text)} if len(found) == 1:
                yield _reference(here, text)


def _reference(place: Place, text: str) -> Reference:
    if step := _STEP.match(text):
        return Reference(place, text, step=step["name"], property_file=step["file"])
    if text.startswith(_PARAMETER):
        return Reference(place, text, parameter=text.removeprefix(_PARAMETER))
    if text.startswith(_EXECUTION):
        return Reference(place, text, execution=text.removeprefix(_EXECUTION))
    return Reference(place, text)
