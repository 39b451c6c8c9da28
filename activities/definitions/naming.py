"""Names that stand beside a value instead of being the member that holds it."""

from typing import Any, Final

_VALUES: Final = frozenset({"Value", "DefaultValue", "ParameterValue", "value", "defaultValue"})
_NAMES: Final = ("Name", "Key", "ParameterName", "ParameterKey", "name", "key")


def names_beside(around: Any, key: str | int) -> tuple[str, ...]:
    """Return the names that neighbours give a value; none for most values.

    `Name`, `Key` or `ParameterName` names the `Value` or `DefaultValue` of an object, and an option such as
    `--password` names the next text of a command line.

    Args:
        around: The object or list that holds the value.
        key: The value's member or index in it.
    """
    if isinstance(around, dict):
        return _siblings(around) if key in _VALUES else ()
    if isinstance(around, list) and isinstance(key, int) and 0 < key < len(around):
        before, value = around[key - 1 : key + 1]
        # Two options that follow each other are switches without values.
        if _is_option(before) and not _is_option(value):
            return (before.lstrip("-"),)
    return ()


def _siblings(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in map(entry.get, _NAMES) if isinstance(name, str))


def _is_option(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("-")
