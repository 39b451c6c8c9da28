"""Expressions inside a definition: `{"Get": …}`, `{"Std:Join": …}`, `{"Std:JsonGet": …}` (schema 2020-12-01)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ParameterValue = str | int | float | bool

_PATH_PART = re.compile(r"\.?([A-Za-z0-9_\-:]+)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")
_STEP_NAME = re.compile(r"Steps\.([A-Za-z0-9_\-]+)")


class UnresolvedExpressionError(Exception):
    """An expression points at something that is not there."""


@dataclass(frozen=True)
class Scope:
    """What expressions of one execution can see.

    Attributes:
        execution: the `Execution.*` variables.
        steps: properties of the steps that have run, by step name.
        reports: what the evaluation of a step wrote (the content of its property files), by step name.
    """

    parameters: Mapping[str, ParameterValue]
    execution: Mapping[str, str]
    steps: Mapping[str, Any]
    reports: Mapping[str, Any]


def referenced_steps(value: Any) -> Iterator[str]:
    """Names of the steps that an argument refers to; without the steps inside a condition's branches."""
    if isinstance(value, dict):
        if isinstance(get := value.get("Get"), str) and (match := _STEP_NAME.match(get)):
            yield match[1]
        for key, item in value.items():
            if key not in {"IfSteps", "ElseSteps"}:
                yield from referenced_steps(item)
    elif isinstance(value, list):
        for item in value:
            yield from referenced_steps(item)


def resolve(value: Any, scope: Scope) -> Any:
    """The value with every expression in it replaced.

    Raises:
        UnresolvedExpressionError: a reference leads nowhere.
    """
    if isinstance(value, list):
        return [resolve(item, scope) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key == "Get" and isinstance(inner, str):
            return _get(inner, scope)
        if key == "Std:Join":
            return text_of(inner.get("On", "")).join(text_of(resolve(item, scope)) for item in inner["Values"])
        if key == "Std:JsonGet":
            return _json_get(inner, scope)
    return {key: resolve(item, scope) for key, item in value.items()}


def text_of(value: Any) -> str:
    """A value as it stands in a joined text or a list of parameters; booleans as AWS's SDK sends them."""
    return value if isinstance(value, str) else str(value)


def _get(path: str, scope: Scope) -> Any:
    root, _, rest = path.partition(".")
    if root == "Parameters" and rest in scope.parameters:
        return scope.parameters[rest]
    if root == "Execution" and rest in scope.execution:
        return scope.execution[rest]
    if root == "Steps" and (match := _STEP_NAME.match(path)) and match[1] in scope.steps:
        return _step_property(match[1], path[match.end() :], scope)
    raise UnresolvedExpressionError(f"{path} is not known")


def _step_property(step: str, path: str, scope: Scope) -> Any:
    """A property of a step.

    The stand-in does not know every property of every job that AWS would describe; one that it does not know is a text
    that names it.
    """
    try:
        return _walk(scope.steps[step], path)
    except UnresolvedExpressionError:
        return f"{step}{path}"


def _json_get(arguments: Mapping[str, Any], scope: Scope) -> Any:
    source = next(referenced_steps([arguments.get("PropertyFile"), arguments.get("S3Uri")]), None)
    report = scope.reports.get(source) if source else None
    return 0 if report is None else _walk(report, str(arguments["Path"]))


def _walk(value: Any, path: str) -> Any:
    for dotted, single, double, index in _PATH_PART.findall(path):
        try:
            value = value[int(index)] if index else _member(value, dotted or single or double)
        except (KeyError, IndexError, TypeError):
            raise UnresolvedExpressionError(f"{path} is not there") from None
    return value


def _member(value: Any, key: str) -> Any:
    """`Outputs['train']` on a list means the element that is called so (`OutputName`, `Name`, …)."""
    if not isinstance(value, list):
        return value[key]
    for item in value:
        if any(name.endswith("Name") and found == key for name, found in item.items()):
            return item
    raise KeyError(key)
