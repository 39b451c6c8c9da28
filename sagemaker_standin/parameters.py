import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sagemaker_standin import texts
from sagemaker_standin.errors import validation_error
from sagemaker_standin.expressions import ParameterValue

_BOOLEANS = {"true": True, "false": False}
# Narrower than Python's own `int()` and `float()`, which take `1_000` and `nan`.
_INTEGER = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class ParameterDefinition:
    """One entry of a definition's `Parameters`; no default means that every start must give a value."""

    name: str
    type: str
    default: ParameterValue | None
    allowed: Sequence[ParameterValue] | None


def settle_parameters(
    declared: Iterable[ParameterDefinition], given: Sequence[Mapping[str, str]]
) -> dict[str, ParameterValue]:
    """The typed value of every declared parameter: what the caller gave (always text), else the default.

    Raises:
        AwsError: `ValidationException` that names the parameter: undeclared, twice, missing, unparsable, not allowed.
    """
    values: dict[str, str] = {}
    for parameter in given:
        name = parameter["Name"]
        if name in values:
            raise validation_error(texts.PARAMETER_TWICE.format(name=name))
        values[name] = parameter["Value"]
    declarations = {declaration.name: declaration for declaration in declared}
    for name in values:
        if name not in declarations:
            raise validation_error(texts.PARAMETER_UNDECLARED.format(name=name))
    return {name: _settled(declaration, values.get(name)) for name, declaration in declarations.items()}


def _settled(declaration: ParameterDefinition, given: str | None) -> ParameterValue:
    if given is None:
        if declaration.default is None:
            raise validation_error(texts.PARAMETER_MISSING.format(name=declaration.name))
        return declaration.default
    if not given:
        raise validation_error(texts.EMPTY_PARAMETER_VALUE)
    try:
        value = _parsed(declaration.type, given)
    except ValueError:
        raise validation_error(
            texts.PARAMETER_TYPE.format(value=given, name=declaration.name, type=declaration.type)
        ) from None
    if declaration.allowed is not None and value not in declaration.allowed:
        allowed = f"[{', '.join(map(str, declaration.allowed))}]"
        raise validation_error(texts.PARAMETER_ENUM.format(value=given, name=declaration.name, allowed=allowed))
    return value


def _parsed(kind: str, text: str) -> ParameterValue:
    match kind:
        case "Integer" if _INTEGER.fullmatch(text):
            return int(text)
        case "Float" if _FLOAT.fullmatch(text):
            return float(text)
        case "Boolean" if text.lower() in _BOOLEANS:
            return _BOOLEANS[text.lower()]
        case "Integer" | "Float" | "Boolean":
            raise ValueError(text)
        case _:
            return text
