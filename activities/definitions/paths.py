"""Places in a JSON document."""

import re
from collections.abc import Iterator
from typing import Any, Final, Self

from activities.definitions.naming import names_beside

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


class Place:
    """A place in a document; its path is written out only where it is needed, since places may be deep and many."""

    __slots__ = ("around", "base", "beside", "key")

    def __init__(
        self, base: Path, around: Self | None = None, key: str | int | None = None, beside: tuple[str, ...] = ()
    ) -> None:
        """Take a place by its path, or as a member of the place around it, with the names that neighbours give it."""
        self.base = base
        self.around = around
        self.key = key
        self.beside = beside

    @property
    def name(self) -> str | int | None:
        """The last part of the path."""
        if self.around is not None:
            return self.key
        return self.base[-1] if self.base else None

    @property
    def path(self) -> Path:
        """The whole path."""
        parts: list[str | int] = []
        place: Place | None = self
        while place is not None and place.key is not None:
            parts.append(place.key)
            place = place.around
        return (*self.base, *reversed(parts))

    def inside(self, key: str | int, beside: tuple[str, ...] = ()) -> "Place":
        """Return the place of a member, with the names that its neighbours give it."""
        return Place(self.base, self, key, beside)


def walk(value: Any, start: Path | Place = ()) -> Iterator[tuple[Place, Any]]:
    """Go through a value and everything in it, in the order of the document, however deeply it is nested.

    Args:
        value: The value.
        start: Where it stands.
    """
    waiting = [(start if isinstance(start, Place) else Place(start), value)]
    while waiting:
        here, found = waiting.pop()
        yield here, found
        if isinstance(found, dict):
            waiting += [(_member(here, found, key), inner) for key, inner in reversed(found.items())]
        elif isinstance(found, list):
            waiting += [(_member(here, found, number), found[number]) for number in range(len(found) - 1, -1, -1)]


def _member(here: Place, around: Any, key: str | int) -> Place:
    return here.inside(key, names_beside(around, key))


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
