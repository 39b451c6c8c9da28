"""What a pipeline declares about its parameters, in SageMaker's words and in Polysync's."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, NoReturn

from pydantic import BaseModel, Field, JsonValue

# Narrower than Python's own `int()` and `float()`, which take `1_000` and surrounding blanks.
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_FLOAT: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_BOOLEANS: Final = {"true": True, "false": False}

MAX_NUMBER_CHARS: Final = 1024
"""AWS takes no longer parameter value, and Python reads no integer of more than 4300 digits."""


class DataType(StrEnum):
    """Polysync's data types that SageMaker's parameters need."""

    STRING = "string"
    LONG = "long"
    DOUBLE = "double"
    BOOLEAN = "boolean"


DATA_TYPE_OF: Final = {
    "String": DataType.STRING,
    # No width of SageMaker's Integer is published, so the wider of Polysync's two.
    "Integer": DataType.LONG,
    "Float": DataType.DOUBLE,
    "Boolean": DataType.BOOLEAN,
}
"""SageMaker's declared type → Polysync's data type; a type that is missing here is a `string`, as in Polysync."""


class DeclaredParameter(BaseModel):
    """One entry of a definition's `Parameters`."""

    name: str
    type: str = Field(description="SageMaker's type: String, Integer, Float or Boolean.")
    data_type: DataType = Field(description="Polysync's data type.")
    description: str | None = Field(default=None, description="The definition's own description of the parameter.")
    default_value: JsonValue = Field(default=None, description="As it stands in the definition; null if there is none.")
    enum_values: list[JsonValue] | None = Field(default=None, description="The only values allowed; null if any is.")
    required: bool = Field(description="Whether every start must give a value, because there is no default.")
    direction: Literal["Input"] = "Input"

    def has_type(self, text: str) -> bool:
        """Whether a value, which is always sent as text, can be read as the declared type."""
        return _parsed(self.type, text) is not None

    def allows(self, text: str) -> bool:
        """Whether a value is among the allowed ones, compared by meaning: `1` is `01`, and `True` is `true`."""
        if self.enum_values is None:
            return True
        value = _parsed(self.type, text)
        return any(value == _parsed(self.type, _text(allowed)) for allowed in self.enum_values)

    def is_default(self, text: str) -> bool:
        """Whether a value is the default, compared by meaning."""
        if self.default_value is None:
            return False
        default = _text(self.default_value)
        value = _parsed(self.type, text)
        return text == default or (value is not None and value == _parsed(self.type, default))


@dataclass(frozen=True)
class Declarations:
    """What a definition declares."""

    parameters: Sequence[DeclaredParameter] = ()
    problems: Sequence[str] = ()
    """One for each entry that cannot be read: its place and what is wrong with it, quoting nothing of the entry."""
    callback_steps: Sequence[str] = ()
    """The names of its Callback steps, wherever they stand."""


def read_declarations(definition: str) -> Declarations:
    """Read the parameters that a pipeline definition (JSON, schema 2020-12-01) declares, in its order.

    Raises:
        ValueError: If the definition is not JSON, or its `Parameters` are not a list; the text names the place and
            quotes nothing of the definition.
    """
    try:
        document = json.loads(definition, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("the definition is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"the definition is not JSON: {error}") from None
    match document:
        case {"Parameters": list(entries)}:
            return _declarations(entries, document)
        case dict() if document.get("Parameters") is None:
            return _declarations([], document)
        case _:
            raise ValueError("the definition must be a JSON object, its Parameters a list")


def _declarations(entries: list[Any], document: dict[str, Any]) -> Declarations:
    parameters, problems = [], []
    for number, entry in enumerate(entries):
        try:
            parameters.append(_declaration(entry))
        except ValueError as error:
            problems.append(f"Parameters[{number}] {error}")
    return Declarations(
        tuple(parameters), tuple(problems), tuple(dict.fromkeys(_callback_steps(document.get("Steps"))))
    )


def _callback_steps(steps: Any) -> Iterator[str]:
    """Find the Callback steps at any depth, also in step types with steps inside that are not known here."""
    waiting = [steps]
    while waiting:
        match waiting.pop():
            case list(values):
                waiting += reversed(values)
            case {"Type": "Callback", "Name": str(name)}:
                yield name
            case dict(members):
                waiting += reversed(members.values())


def _declaration(entry: Any) -> DeclaredParameter:
    match entry:
        case {"Name": str(name), "Type": str(kind)} if isinstance(entry.get("EnumValues"), list | None):
            pass
        case {"Name": str(name)} if isinstance(entry.get("EnumValues"), list | None) and entry.get("Type") is None:
            # Optional for a String: AWS's JSON schema of pipeline definitions, `Parameter`.
            kind = "String"
        case _:
            raise ValueError("must have a Name, a Type only as a text, and EnumValues only as a list")
    default = entry.get("DefaultValue")
    description = entry.get("Description")
    try:
        # Lone surrogates, 1e999 and the like: what came as JSON need not go back into it.
        json.dumps(entry, ensure_ascii=False, allow_nan=False).encode()
        return DeclaredParameter(
            name=name,
            type=kind,
            data_type=DATA_TYPE_OF.get(kind, DataType.STRING),
            description=description if isinstance(description, str) else None,
            default_value=default,
            enum_values=entry.get("EnumValues"),
            required=default is None,
        )
    except (ValueError, RecursionError):
        raise ValueError("holds a value that JSON cannot carry any further") from None


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _parsed(kind: str, text: str) -> str | int | float | bool | None:
    """Read a value as a declared type; None if it cannot be. Unknown types take any text."""
    match kind:
        case "Integer":
            return int(text) if len(text) <= MAX_NUMBER_CHARS and _INTEGER.fullmatch(text) else None
        case "Float":
            return float(text) if len(text) <= MAX_NUMBER_CHARS and _FLOAT.fullmatch(text) else None
        case "Boolean":
            return _BOOLEANS.get(text.lower())
        case _:
            return text


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)
