"""Which parameters of an earlier execution a rerun sends."""

from collections.abc import Iterator, Mapping
from typing import Final

from activities.starting.definitions import Declared
from contract.parameters import MAX_VALUE_CHARS

MAX_NAMES: Final = 20
"""Names in one note."""


def left_out(source: Mapping[str, str], declared: Declared) -> list[str]:
    """Return the parameters that are not sent: defaults, and what the pipeline no longer declares or AWS refuses.

    AWS lists all parameters of an execution, defaults included. A default may be longer than a value that is given.

    Args:
        source: All parameters of the earlier execution.
        declared: What the pipeline declares now.
    """
    return [
        name for name, value in source.items() if _is_default(name, value, declared) or _why_not(name, value, declared)
    ]


def notes(names: list[str], source: Mapping[str, str], declared: Declared) -> Iterator[str]:
    """Yield what people should know about the parameters that are not sent: for each reason the names."""
    reasons: dict[str, list[str]] = {}
    for name in names:
        value = source.get(name, "")
        if not _is_default(name, value, declared) and (why := _why_not(name, value, declared)):
            reasons.setdefault(why, []).append(name)
    for why, concerned in reasons.items():
        more = f" and {len(concerned) - MAX_NAMES} others" if len(concerned) > MAX_NAMES else ""
        yield f"Not taken over from the earlier execution: {', '.join(concerned[:MAX_NAMES])}{more}: {why}"


def _is_default(name: str, value: str, declared: Declared) -> bool:
    return any(parameter.name == name and parameter.is_default(value) for parameter in declared.parameters)


def _why_not(name: str, value: str, declared: Declared) -> str | None:
    is_known = declared.unknown_because is None and not declared.unreadable
    if is_known and all(parameter.name != name for parameter in declared.parameters):
        return "the pipeline no longer declares it"
    if len(value) > MAX_VALUE_CHARS:
        return f"the value was a default then, and AWS accepts {MAX_VALUE_CHARS} characters of a value that is given"
    return None
