"""Places in a JSON document."""

import re
from collections.abc import Iterator
from typing import Any, Final

Path = tuple[str | int, ...]
"""Member names and indexes, from the outside in."""

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")


def relative(path: Path) -> str:
    """Write a path within a part of a document, such as `Arguments.ProcessingInputs[0].S3Input`."""
    if len(path) == 1:
        return str(path[0])
    return "".join(map(_segment, path)).removeprefix(".")


def json_path(path: Path) -> str:
    """Write a path in a document as a JSONPath (RFC 9535), such as `$.Steps[0].Arguments['Std:Join']`."""
    return "$" + "".join(map(_segment, path))


def _segment(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if _PLAIN.fullmatch(part):
        return f".{part}"
    if part.startswith("["):
        return part
    escaped = part.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"


def walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Go through a value and everything in it, in the order of the document, however deeply it is nested."""
    waiting = [(path, value)]
    while waiting:
        here, found = waiting.pop()
        yield here, found
        waiting += [((*here, key), inner) for key, inner in reversed(_members(found))]


def at(value: Any, path: Path) -> Any:
    """Return what stands at a path; None for nothing."""
    for part in path:
        match value:
            case dict() if part in value:
                value = value[part]
            case list() if isinstance(part, int) and 0 <= part < len(value):
                value = value[part]
            case _:
                return None
    return value


def _members(value: Any) -> list[tuple[Any, Any]]:
    match value:
        case dict():
            return list(value.items())
        case list():
            return list(enumerate(value))
        case _:
            return []
