"""Options that several commands share, as dataclasses: each option stands once, whatever commands take it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any


def one_by_one(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with all its options in its signature, where typer expects them.

    A parameter whose type is a dataclass stands for the options that the dataclass's fields are, or stand for; the
    command gets one instance of it.
    """

    @wraps(command)
    def called(**given: Any) -> None:
        _call(command, given)

    options = [*_options(signature(command).parameters.values())]
    typed: Any = called
    typed.__signature__ = Signature(options)
    typed.__annotations__ = {option.name: option.annotation for option in options}
    return called


def _options(parameters: Iterable[Parameter]) -> Iterator[Parameter]:
    for parameter in parameters:
        if group := _group(parameter):
            yield from _options(signature(group).parameters.values())
        else:
            yield parameter.replace(kind=Parameter.KEYWORD_ONLY)


def _call(function: Callable[..., Any], given: dict[str, Any]) -> Any:
    arguments = {
        name: _call(group, given) if (group := _group(parameter)) else given[name]
        for name, parameter in signature(function).parameters.items()
    }
    return function(**arguments)


def _group(parameter: Parameter) -> Callable[..., Any] | None:
    """Return the dataclass that a parameter takes; None if the parameter is an option itself."""
    is_group = is_dataclass(parameter.annotation)
    return parameter.annotation if is_group else None
