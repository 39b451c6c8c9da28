"""The texts in a JSON value, such as the request of a job."""

from collections.abc import Iterator, Mapping
from typing import Any


def texts(value: Any, place: str = "request") -> Iterator[tuple[str, str]]:
    """Go through all texts of a value, each with its path; keys are no texts.

    Args:
        value: The value.
        place: The path of the value itself.
    """
    match value:
        case str():
            yield place, value
        case dict():
            for key, member in value.items():
                yield from texts(member, f"{place}.{key}")
        case list():
            for number, item in enumerate(value):
                yield from texts(item, f"{place}[{number}]")


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
