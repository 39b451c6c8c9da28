"""Lines and columns of places in a JSON text, which Python's parser does not report."""

import json
import re
from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from activities.definitions.paths import Path

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+', re.DOTALL)


@dataclass(frozen=True)
class Location:
    """Line and column, both counted from 1."""

    line: int
    column: int


BEGINNING: Final = Location(1, 1)


@dataclass
class _Place:
    """A wanted place or a part around one, and the offset at which it was found."""

    offset: int | None = None
    inside: dict[str | int, "_Place"] = field(default_factory=dict)


@dataclass
class _Container:
    """An object or list that is being read."""

    place: _Place | None
    key: str | int | None
    """Of the next value; None where the key of an object comes first."""

    @property
    def next_place(self) -> _Place | None:
        return self.place.inside.get(self.key) if self.place and self.key is not None else None


def locations(text: str, wanted: Collection[Path]) -> dict[Path, Location]:
    """Find places in a text that is JSON; of a place that is not there, the innermost part around it.

    Args:
        text: The JSON.
        wanted: Paths in it.
    """
    if not wanted:
        return {}
    root = _Place()
    for path in wanted:
        place = root
        for part in path:
            place = place.inside.setdefault(part, _Place())
    _find(text, root)
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return {path: _location(starts, _offset(root, path)) for path in wanted}


def _find(text: str, root: _Place) -> None:
    around = [_Container(_Place(inside={0: root}), 0)]
    for match in _TOKEN.finditer(text):
        mark, container = match[0], around[-1]
        if mark in "]}":
            around.pop()
        elif mark == ",":
            container.key = container.key + 1 if isinstance(container.key, int) else None
        elif mark == ":":
            continue
        elif container.key is None:
            container.key = json.loads(mark)
        else:
            place = container.next_place
            if place is not None:
                place.offset = match.start()
            if mark in "[{":
                around.append(_Container(place, 0 if mark == "[" else None))


def _offset(root: _Place, path: Path) -> int:
    place, offset = root, root.offset or 0
    for part in path:
        place = place.inside[part]
        if place.offset is None:
            break
        offset = place.offset
    return offset


def _location(starts: list[int], offset: int) -> Location:
    line = bisect_right(starts, offset)
    return Location(line, offset - starts[line - 1] + 1)
