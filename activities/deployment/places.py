"""Where in a definition a refusal of AWS is about: AWS names a member or a step, and no place."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from activities.definitions.paths import Path, Place, json_path, walk
from activities.definitions.reading import INSIDE
from contract.definition_text import read_definition_text

_NAMED: Final = re.compile(r"'([^']{1,200})'|\"([^\"]{1,200})\"|\[([^\[\]]{1,200})\]")
"""What AWS's texts name: `Unknown Argument member 'ModelPackageName'`."""

MAX_PLACES: Final = 3
"""What stands in more places than this is not named by its place."""

MAX_MATCHES: Final = 1000
"""Places that are considered, of definitions that repeat themselves."""


def places_of(refusal: str, definition: str) -> list[str]:
    """Return the JSONPaths of what a refusal names; none if nothing of it stands in the definition, or too often.

    Args:
        refusal: AWS's text.
        definition: The definition that was refused.
    """
    try:
        document = read_definition_text(definition)
    except ValueError:
        return []
    words = {word for match in _NAMED.findall(refusal) for word in match if word}
    steps = [path for path, name in _steps(document) if name in words]
    names = {name for _, name in _steps(document)}
    matches = (place for place, word in _words(document) if word in words - names)
    members = [place.path for place in islice(matches, MAX_MATCHES)]
    within = [path for path in members if any(path[: len(step)] == step for step in steps)]
    found = within or members or steps
    return [json_path(path) for path in found] if len(found) <= MAX_PLACES else []


def _words(document: Any) -> Iterator[tuple[Place, str]]:
    """Go through the names of all members, and all texts in lists, each with its place."""
    for place, found in walk(document):
        if isinstance(place.name, str):
            yield place, place.name
        elif isinstance(found, str):
            yield place, found


def _steps(document: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Go through the steps, also inside conditions, each with its path and its name."""
    pending: list[tuple[Path, Any]] = [(("Steps",), document.get("Steps"))]
    while pending:
        path, steps = pending.pop(0)
        for number, step in enumerate(steps if isinstance(steps, list) else []):
            if isinstance(step, Mapping):
                yield (*path, number), str(step.get("Name"))
                arguments = step.get("Arguments")
                if isinstance(arguments, Mapping):
                    inner = (*path, number, "Arguments")
                    sides = INSIDE.get(str(step.get("Type")), ())
                    pending += [((*inner, side), arguments.get(side)) for side in sides]
