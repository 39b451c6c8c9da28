"""The texts in a JSON value, such as the request of a job."""

from collections.abc import Iterator, Mapping
from typing import Any

from contract.json_walk import Path, members


def texts(value: Any) -> Iterator[tuple[Path, str]]:
    """Go through all texts of a value, each with its path; keys are no texts."""
    if isinstance(value, str):
        yield (), value
    for path, member in members(value):
        if isinstance(member, str):
            yield path, member


def with_texts(value: Any, replacements: Mapping[str, str]) -> Any:
    """Return a value in which some texts are replaced by others."""
    match value:
        case str():
            return replacements.get(value, value)
        case dict():
            return {key: with_texts(member, replacements) for key, member in value.items()}
        case list():
            return [with_texts(item, replacements) for item in value]
    return value
