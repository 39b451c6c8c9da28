"""Comparing two JSON values, member by member."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from activities.definitions.naming import names_beside
from activities.definitions.paths import Path, Place, relative, walk
from activities.definitions.secrets import secret_in
from activities.resources.withheld import is_withheld
from contract.definition_difference import MAX_PATH_CHARS, MAX_VALUE_CHARS, Change, ChangeKind

_IDENTITIES: Final = ("Name", "InputName", "OutputName", "ChannelName", "PropertyFileName", "Key", "ExceptionType")
"""Members by which the entries of a list are distinguished: one more entry must not be a change of all that follow."""

_COMMAND_LINES: Final = re.compile(r"(args|arguments|commands?|entrypoint)$", re.IGNORECASE)
"""Ends of names of members with a command line, where they hold a text or a list; a step's Arguments is an object."""

_DEFAULT: Final = "DefaultValue"
_ABSENT: Final = object()


@dataclass(frozen=True)
class Changed:
    """A member that is different; `_ABSENT` stands for no value."""

    place: Place
    before: Any
    after: Any

    @cached_property
    def path(self) -> Path:
        """Where the member is."""
        return self.place.path

    @property
    def kind(self) -> ChangeKind:
        """What happened to the member."""
        if self.before is _ABSENT:
            return ChangeKind.ADDED
        return ChangeKind.REMOVED if self.after is _ABSENT else ChangeKind.CHANGED

    def shown(self, *, withhold: bool, misses_cache: bool = False) -> Change:
        """Return the change as it is shown.

        Args:
            withhold: Whether what callers choose freely is not shown either: environments, hyperparameters, command
                lines and the defaults of parameters. A value that may be a secret never is.
            misses_cache: Whether the change makes a cached step run again.
        """
        path = self.path
        hidden = self._is_hidden(path, withhold=withhold)
        return Change(
            path=_cut(relative(path), MAX_PATH_CHARS),
            kind=self.kind,
            before=None if hidden else _text(self.before),
            after=None if hidden else _text(self.after),
            withheld=hidden,
            misses_cache=misses_cache,
        )

    def _is_hidden(self, path: Path, *, withhold: bool) -> bool:
        """Return whether the values, or anything inside them, must not be shown."""
        if withhold and (any(map(_is_free, path)) or any(map(_is_in_command_line, path, path[1:]))):
            return True
        return any(
            secret_in(place, value) or (withhold and (_is_free(place.name) or _is_command_line(place.name, value)))
            for side in (self.before, self.after)
            for place, value in walk(side, self.place)
        )


def _is_free(name: str | int | None) -> bool:
    return isinstance(name, str) and (name == _DEFAULT or is_withheld(name))


def _is_command_line(name: str | int | None, value: Any) -> bool:
    return isinstance(name, str) and isinstance(value, str | list) and _COMMAND_LINES.search(name) is not None


def _is_in_command_line(name: str | int, entry: str | int) -> bool:
    return isinstance(name, str) and isinstance(entry, int) and _COMMAND_LINES.search(name) is not None


def changes(before: Any, after: Any) -> Iterator[Changed]:
    """Compare two values; `1`, `1.0` and `true` are three values, as for `is_same_definition`."""
    waiting = [(Place(()), before, after)]
    while waiting:
        here, old, new = waiting.pop()
        match old, new:
            case dict(), dict():
                waiting += reversed(_pairs(here, old, new))
            case list(), list():
                waiting += reversed(_entries(here, old, new))
            case _:
                if not _is_same(old, new):
                    yield Changed(here, old, new)


_Pair = tuple[Place, Any, Any]


def _pairs(place: Place, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[_Pair]:
    return [(_member(place, old, new, name), old.get(name, _ABSENT), new.get(name, _ABSENT)) for name in {**old, **new}]


def _member(place: Place, old: Any, new: Any, key: str | int) -> Place:
    """Return the place of a member, with the names that either side gives it."""
    return place.inside(key, names_beside(old, key) + names_beside(new, key))


def _entries(place: Place, old: list[Any], new: list[Any]) -> list[_Pair]:
    named_old, named_new = _by_identity(old), _by_identity(new)
    if named_old is None or named_new is None or _identity(old + new) is None:
        longest = max(len(old), len(new))
        filled = [[*values, *[_ABSENT] * (longest - len(values))] for values in (old, new)]
        return [
            (_member(place, old, new, number), one, other)
            for number, (one, other) in enumerate(zip(*filled, strict=True))
        ]
    found = [
        (place.inside(f"[{name}]"), named_old.get(name, _ABSENT), named_new.get(name, _ABSENT))
        for name in {**named_old, **named_new}
    ]
    both = named_old.keys() & named_new.keys()
    orders = [[name for name in named if name in both] for named in (named_old, named_new)]
    if orders[0] != orders[1]:
        found.append((place.inside("[order]"), ", ".join(orders[0]), ", ".join(orders[1])))
    return found


def _identity(entries: list[Any]) -> str | None:
    """Return the member that distinguishes all entries."""
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        return None
    return next((name for name in _IDENTITIES if all(isinstance(each.get(name), str) for each in entries)), None)


def _by_identity(entries: list[Any]) -> dict[str, Any] | None:
    if not entries:
        return {}
    member = _identity(entries)
    named = {entry[member]: entry for entry in entries} if member else {}
    return named if len(named) == len(entries) else None


def _is_same(old: Any, new: Any) -> bool:
    # Python has `True == 1 == 1.0`.
    return type(old) is type(new) and bool(old == new)


def _text(value: Any) -> str | None:
    return None if value is _ABSENT else _cut(json.dumps(value, ensure_ascii=False), MAX_VALUE_CHARS)


def _cut(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: chars - 1] + "…"
