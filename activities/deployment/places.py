"""Where in a definition a refusal of AWS is about: AWS names a member or a step, and no place."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from contract.definition_text import read_definition_text

_NAMED: Final = re.compile(r"'([^']{1,200})'|\"([^\"]{1,200})\"|\[([^\[\]]{1,200})\]")
"""What AWS's texts name: `Unknown Argument member 'ModelPackageName'`."""

MAX_PLACES: Final = 3
"""What stands in more places than this is not named by its place."""


def places_of(refusal: str, definition: str) -> list[str]:
    """Return the JSON paths of what a refusal names; none if nothing of it stands in the definition, or too often.

    Args:
        refusal: AWS's text.
        definition: The definition that was refused.
    """
    try:
        document = read_definition_text(definition)
    except ValueError:
        return []
    words = {word for match in _NAMED.findall(refusal) for word in match if word}
    steps = [step for step in _steps(document) if step[1] in words]
    members = [place for place, key in _members(document, "$") if key in words - {name for _, name in steps}]
    within = [place for place in members if any(place.startswith(f"{step}.") for step, _ in steps)]
    found = within or members or [place for place, _ in steps]
    return found if len(found) <= MAX_PLACES else []


def _members(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Go through all members, and all texts in lists, each with its path."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield f"{place}.{key}", key
            yield from _members(member, f"{place}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, str):
                yield f"{place}[{number}]", item
            yield from _members(item, f"{place}[{number}]")


def _steps(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Go through the steps, also inside conditions, each with its path and its name."""
    pending = [("$.Steps", document.get("Steps"))]
    while pending:
        place, steps = pending.pop(0)
        for number, step in enumerate(steps if isinstance(steps, list) else []):
            if isinstance(step, Mapping):
                here = f"{place}[{number}]"
                yield here, str(step.get("Name"))
                arguments = step.get("Arguments")
                if isinstance(arguments, Mapping):
                    pending += [(f"{here}.Arguments.{side}", arguments.get(side)) for side in ("IfSteps", "ElseSteps")]
