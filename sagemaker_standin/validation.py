"""AWS's check of an input against the service model, in AWS's words."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from sagemaker_standin.errors import AwsError, validation_error
from sagemaker_standin.model import JsonObject, operation_model

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}


def validate_input(operation: str, request: JsonObject) -> None:
    """Check required members, types, min, max, pattern and enum of the whole input, nested members included.

    Raises:
        AwsError: `SerializationException` for a wrong JSON type, else `ValidationException` with every violation in
            AWS's form (`1 validation error detected: Value … at … failed to satisfy …`, seen in AWS traces).
    """
    shape = operation_model(operation).input_shape
    problems = list(_violations(shape, request, "")) if shape is not None else []
    if problems:
        noun = "error" if len(problems) == 1 else "errors"
        raise validation_error(f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not _has_type(shape, value):
        raise AwsError("SerializationException", f"{path or 'input'} can not be converted to {shape.type_name}")
    if problem := _constraint(shape, value):
        shown = f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
        yield f"Value '{shown}' at '{path}' failed to satisfy constraint: {problem}"
    if isinstance(shape, StructureShape):
        yield from _member_violations(shape, value, f"{path}." if path else "")
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value, start=1):
            yield from _violations(shape.member, item, f"{path}.{number}.member")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _violations(shape.value, item, f"{path}.{key}.member")


def _has_type(shape: Shape, value: Any) -> bool:
    # bool is an int in Python, but not in JSON.
    is_misplaced_bool = isinstance(value, bool) and shape.type_name != "boolean"
    return isinstance(value, _JSON_TYPES[shape.type_name]) and not is_misplaced_bool


def _member_violations(shape: StructureShape, value: JsonObject, prefix: str) -> Iterator[str]:
    for name, member in shape.members.items():
        path = prefix + name[:1].lower() + name[1:]
        if value.get(name) is not None:
            yield from _violations(member, value[name], path)
        elif name in shape.required_members:
            yield f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


def _constraint(shape: Shape, value: Any) -> str | None:
    measure, what = (len(value), "length") if isinstance(value, str | list | dict) else (value, "value")
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and measure < least:
        return f"Member must have {what} greater than or equal to {least}"
    if most is not None and measure > most:
        return f"Member must have {what} less than or equal to {most}"
    if isinstance(shape, StringShape):
        if shape.enum and value not in shape.enum:
            return f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
        pattern = shape.metadata.get("pattern")
        compiled = _compiled(pattern) if pattern else None
        if compiled is not None and not compiled.fullmatch(value):
            return f"Member must satisfy regular expression pattern: {pattern}"
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern in Python's words; None if it has none there, and then any text will do."""
    # The model's patterns are Java's: its classes have no other spelling in Python's `re` than these near ones.
    for java, python in ((r"\p{L}", r"\w"), (r"\p{N}", r"\d"), (r"\p{Z}", r"\s"), (r"\p{Alnum}", "a-zA-Z0-9")):
        pattern = pattern.replace(java, python)
    try:
        return re.compile(pattern)
    except re.error:
        return None
