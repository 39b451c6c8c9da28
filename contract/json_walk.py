"""Walks through JSON values that callers wrote, at a cost that grows with their size alone.

Two megabytes are a million values, up to 200 levels deep, and workflow code holds up the event loop of all runs. So
there is no recursion, in which each value would pass through all levels above it, and no path is written for a value
with which nothing is wrong.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

MAX_KEY_CHARS: Final = 80
"""Of each name in a place."""
MAX_PLACE_CHARS: Final = 200

MAX_VALUES: Final = 100_000
"""In the input of a run. Requests to create jobs have hundreds, and the limits of AWS and of fields allow fewer."""
TOO_MANY_VALUES: Final = f"more than {MAX_VALUES:,} values; pass large data by S3 address"

MAX_LEVELS: Final = 150
"""Of the input of a run. JSON is read up to 200 levels, and the state that a run hands on has the input inside it."""
TOO_MANY_LEVELS: Final = f"more than {MAX_LEVELS} levels; write it flatter"

Path = Sequence[str | int]
"""The names and positions that lead from a value to one inside it. It changes as the walk goes on."""

_CONTAINERS: Final = (dict, list)


def members(value: object) -> Iterator[tuple[Path, Any]]:
    """Go through all values inside a value, each before what is inside it, in the order of the JSON text."""
    path: list[Any] = [None]
    levels = [_numbered(value)]
    while levels:
        for path[-1], member in levels[-1]:
            yield path, member
            if member and isinstance(member, _CONTAINERS):
                levels.append(_numbered(member))
                path.append(None)
                break
        else:
            levels.pop()
            path.pop()


def disproportion(value: object) -> str | None:
    """Return which field of the input of a run is too large or too deep, or that they are together; else None."""
    fields = value.items() if isinstance(value, dict) else ()
    if has_more_values(value, MAX_VALUES):
        large = (str(name) for name, field in fields if has_more_values(field, MAX_VALUES))
        return f"{next(large, 'input')[:MAX_KEY_CHARS]}: has {TOO_MANY_VALUES}"
    if has_levels(value, MAX_LEVELS):
        deep = (str(name) for name, field in fields if has_levels(field, MAX_LEVELS - 1))
        return f"{next(deep, 'input')[:MAX_KEY_CHARS]}: has {TOO_MANY_LEVELS}"
    return None


def has_more_values(value: object, most: int) -> bool:
    """Return whether more values than `most` are inside a value; no more than these are visited."""
    waiting: list[Any] = [value]
    found = 0
    while waiting and found <= most:
        container = waiting.pop()
        if isinstance(container, _CONTAINERS):
            found += len(container)
            if found <= most:
                waiting += [member for member in _inside(container) if member and isinstance(member, _CONTAINERS)]
    return found > most


def has_levels(value: object, levels: int) -> bool:
    """Return whether there is a value inside so many levels of objects and lists; level by level."""
    level = [value] if value and isinstance(value, _CONTAINERS) else []
    for _ in range(levels - 1):
        level = [member for outer in level for member in _inside(outer) if member and isinstance(member, _CONTAINERS)]
        if not level:
            return False
    return bool(level)


def dotted(path: Path) -> str:
    """Write a place such as `A.0.B`, of at most 200 characters."""
    place = ""
    for key in path:
        place = (f"{place}.{str(key)[:MAX_KEY_CHARS]}" if place else str(key))[:MAX_PLACE_CHARS]
    return place


def bracketed(root: str, path: Path) -> str:
    """Write a place such as `request.A[0].B`, of at most 200 characters; `root` is the name of the walked value."""
    place = root
    for key in path:
        inner = f"[{key}]" if isinstance(key, int) else f".{key[:MAX_KEY_CHARS]}"
        place = f"{place}{inner}"[:MAX_PLACE_CHARS]
    return place


def _numbered(value: object) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict):
        return iter(value.items())
    return iter(enumerate(value)) if isinstance(value, list) else iter(())


def _inside(container: Any) -> Iterable[Any]:
    return container.values() if isinstance(container, dict) else container
