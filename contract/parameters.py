"""Pipeline parameters: what callers may write, and the strings that AWS gets."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

# Limits: the shapes ParameterList and Parameter of StartPipelineExecution. botocore itself checks
# neither `max` nor `pattern`, so they are checked here, before anything is sent.
MAX_PARAMETERS = 200
MAX_NAME_CHARS = 256
MAX_VALUE_CHARS = 1024
_MAX_EXACT = 2**53
"""Up to here a float holds every whole number exactly."""
NAME_PATTERN = re.compile(r"[A-Za-z0-9\-_]{1,256}")


def parameter_text(value: object) -> str:
    """Write a value as AWS's own SDK does: booleans as `True`/`False`, numbers in Python's notation.

    A float without a fraction is written as a whole number (`5.0` as `5`), which Integer parameters need and Float
    parameters accept: JSON has one kind of numbers, and serialisers write both.

    Raises:
        ValueError: If the value is of another type or is not a finite number.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("must be a finite number")
    if isinstance(value, float) and value.is_integer() and abs(value) <= _MAX_EXACT:
        return str(int(value))
    if isinstance(value, bool | int | float | str):
        return str(value)
    raise ValueError("must be a string, an integer, a float or a boolean; write other data as a JSON string")


def read_parameters(given: object) -> dict[str, str]:
    """Read `{"Name": value}` or `[{"name": …, "value": …}]` into AWS's strings, in the given order.

    A null value leaves the parameter out, and so to its default.

    Names are data and never re-cased; only the keys `name` and `value` of the list form may be capitalised.

    Raises:
        ValueError: Naming the parameter and what is wrong with it.
    """
    parameters: dict[str, str] = {}
    names: set[str] = set()
    for name, value in _pairs(given):
        if not NAME_PATTERN.fullmatch(name):
            raise ValueError(
                f"name {name[:80]!r} must be 1 to {MAX_NAME_CHARS} letters, digits, hyphens or underscores"
            )
        if name in names:
            raise ValueError(f"'{name}' is given twice")
        names.add(name)
        if value is None:
            continue
        try:
            parameters[name] = parameter_text(value)
        except ValueError as error:
            raise ValueError(f"'{name}' {error}") from error
        if len(parameters[name]) > MAX_VALUE_CHARS:
            raise ValueError(
                f"'{name}' has {len(parameters[name])} characters, AWS takes {MAX_VALUE_CHARS}; "
                "pass a longer value by its S3 address"
            )
    if len(parameters) > MAX_PARAMETERS:
        raise ValueError(f"{len(parameters)} parameters given, AWS takes at most {MAX_PARAMETERS}")
    return parameters


def _pairs(given: object) -> Iterable[tuple[str, object]]:
    if isinstance(given, Mapping):
        return given.items()
    if isinstance(given, list):
        return [_pair(index, item) for index, item in enumerate(given)]
    raise ValueError('must be an object {"Name": value} or a list of {"name": …, "value": …}')


def _pair(index: int, item: object) -> tuple[str, object]:
    fields = {str(key).lower(): value for key, value in item.items()} if isinstance(item, Mapping) else {}
    if set(fields) != {"name", "value"} or not isinstance(fields["name"], str):
        raise ValueError(f'item {index} must be {{"name": …, "value": …}}')
    return fields["name"], fields["value"]


_VALUE_SCHEMA: dict[str, Any] = {
    "type": ["string", "integer", "number", "boolean", "null"],
    "description": "Sent to AWS as a string. 5.0 is the whole number 5; a null leaves the parameter to its default.",
}

Parameters = Annotated[
    dict[str, str],
    BeforeValidator(read_parameters),
    WithJsonSchema(
        {
            "anyOf": [
                {
                    "type": "object",
                    "additionalProperties": _VALUE_SCHEMA,
                    "maxProperties": MAX_PARAMETERS,
                },
                {
                    "type": "array",
                    "maxItems": MAX_PARAMETERS,
                    "items": {
                        "type": "object",
                        "properties": {"name": {"type": "string"}, "value": _VALUE_SCHEMA},
                        "required": ["name", "value"],
                    },
                },
            ]
        }
    ),
]
