"""Which parameters of an earlier execution a rerun sends."""

from collections.abc import Iterator, Mapping
from typing import Final

from activities.starting.definitions import Declared
from contract.declarations import DeclaredParameter
from contract.parameters import MAX_VALUE_CHARS

MAX_NAMES: Final = 20
"""Names in one note."""


def left_out(source: Mapping[str, str], declared: Declared, *, is_checked: bool) -> list[str]:
    """Return the parameters that are not sent: defaults, and what the pipeline no longer takes.

    AWS lists all parameters of an execution, defaults included. A default may be longer than a value that is given.

    Args:
        source: The parameters of the earlier execution that the run's input does not give.
        declared: What the pipeline declares now.
        is_checked: Whether the start checks its parameters, and so also what it takes over, by type and allowed values.
    """
    return [
        name
        for name, value in source.items()
        if _is_default(name, value, declared)
        or _cannot_be_sent(name, value, declared)
        or (is_checked and _does_not_fit(name, value, declared))
    ]


def reasons(names: list[str], source: Mapping[str, str], declared: Declared) -> dict[str, str]:
    """Return why parameters are not taken over, by name, where people should know it: not those at their default.

    Args:
        names: The parameters that are not sent.
        source: The parameters of the earlier execution.
        declared: What the pipeline declares now.
    """
    found = {}
    for name in names:
        value = source.get(name, "")
        why = _cannot_be_sent(name, value, declared) or _does_not_fit(name, value, declared)
        if why and not _is_default(name, value, declared):
            found[name] = why
    return found


def notes(whys: Mapping[str, str], declared: Declared) -> Iterator[str]:
    """Yield what people should know about the parameters that are not sent: for each reason the names.

    Args:
        whys: What `reasons` found.
        declared: What the pipeline declares now.
    """
    alike: dict[str, list[str]] = {}
    for name, why in whys.items():
        parameter = _declared(name, declared)
        has_default = parameter is not None and not parameter.required
        alike.setdefault(f"{why}; the pipeline's default is used" if has_default else why, []).append(name)
    for why, names in alike.items():
        more = f" and {len(names) - MAX_NAMES} others" if len(names) > MAX_NAMES else ""
        yield f"Not taken over from the earlier execution: {', '.join(names[:MAX_NAMES])}{more}: {why}"


def _declared(name: str, declared: Declared) -> DeclaredParameter | None:
    return next((parameter for parameter in declared.parameters if parameter.name == name), None)


def _is_default(name: str, value: str, declared: Declared) -> bool:
    parameter = _declared(name, declared)
    return parameter is not None and parameter.is_default(value)


def _cannot_be_sent(name: str, value: str, declared: Declared) -> str | None:
    is_known = declared.unknown_because is None and not declared.unreadable
    if is_known and _declared(name, declared) is None:
        return "the pipeline no longer declares it"
    if len(value) > MAX_VALUE_CHARS:
        return f"the value was a default then, and AWS accepts {MAX_VALUE_CHARS} characters of a value that is given"
    return None


def _does_not_fit(name: str, value: str, declared: Declared) -> str | None:
    parameter = _declared(name, declared)
    if parameter is None:
        return None
    if not parameter.has_type(value):
        return f"the value is not of the type {parameter.type} that the pipeline declares now"
    return None if parameter.allows(value) else "the pipeline no longer allows the value"
