"""The texts in a JSON value, such as the request of a job."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

MAX_KEY_CHARS: Final = 80
MAX_PLACE_CHARS: Final = 200


def texts(value: Any, place: str = "request") -> Iterator[tuple[str, str]]:
    """Go through all texts of a value, each with its path; keys are no texts.

    Args:
        value: The value.
        place: The path of the value itself; paths have at most 200 characters.
    """
    match value:
        case str():
            yield place, value
        case dict():
            for key, member in value.items():
                # Cut, because each text repeats what is above it.
                yield from texts(member, f"{place}.{key[:MAX_KEY_CHARS]}"[:MAX_PLACE_CHARS])
        case list():
            for number, item in enumerate(value):
                yield from texts(item, f"{place}[{number}]"[:MAX_PLACE_CHARS])


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
