"""Reading documents whose keys come in snake_case, camelCase or PascalCase, and describing what is wrong with them."""

import re
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel, to_pascal
from pydantic_core import ErrorDetails, PydanticCustomError

MAX_PROBLEMS_DESCRIBED = 10
MAX_PROBLEM_CHARS = 400
MAX_MEMBERS = 2000
"""Of an object or a list that has no smaller limit of its own."""
MAX_KEY_CHARS = 300
"""Of a name in an object; AWS's longest have 256 characters."""
EXAMPLE = '{"pipeline_name": "my-pipeline"}'

HANDED_ON: Final = {"handed_on": True}
"""The context of validating an input that a run hands on: a newer worker, which knows more fields, may have written it;
with `extra="ignore"`."""
_NEW_INPUT: Final = {"new_input": True}

Value = TypeVar("Value")
Word = TypeVar("Word", bound=StrEnum)


class InputDocument(BaseModel):
    """A document that callers in any language write.

    Field names are read in the three key styles (.NET's default converter writes PascalCase), an unknown key is
    refused by name, a null counts as left out, and values are not coerced: `"5"` is not a number. A document is
    bounded in its nesting already where it is decoded from JSON (pydantic: 200 levels).

    Pydantic makes an error of everything that is wrong, each with its whole path: of an input of 2 MB that is a
    hundred thousand errors, or gigabytes of paths. So what has no limit of its own is bounded before it is validated.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    free_form: ClassVar[frozenset[str]] = frozenset()
    """Fields that hold any JSON, and have limits of their own."""

    @classmethod
    def admit(cls, document: object) -> Self:
        """Validate the input of a new run. `model_validate` reads the input of a run that was admitted before.

        Raises:
            ValidationError: What is wrong with it.
        """
        return cls.model_validate(document, context=_NEW_INPUT)

    @classmethod
    def read_handed_on(cls, document: object) -> Self:
        """Read the input of a run that continues another one, without the fields that only a newer worker knows.

        Raises:
            ValidationError: This version cannot read it.
        """
        return cls.model_validate(document, extra="ignore", context=HANDED_ON)

    @model_validator(mode="before")
    @classmethod
    def _read_key_styles(cls, document: Any, info: ValidationInfo) -> Any:
        if not isinstance(document, dict):
            return document
        fields: dict[str, Any] = {}
        for key, value in document.items():
            field = _spellings(cls).get(str(key), str(key))
            if field in fields:
                raise PydanticCustomError("key_given_twice", f"'{field}' is given twice, in different spellings")
            if value is not None or field not in cls.model_fields:
                fields[field] = value
        unknown = [field for field in fields if field not in cls.model_fields]
        if len(unknown) > MAX_PROBLEMS_DESCRIBED and info.context != HANDED_ON:
            raise _problem(f"{len(unknown)} unknown fields, such as '{unknown[0][:MAX_KEY_CHARS]}'{_known_fields(cls)}")
        if is_new(info):
            for field in fields.keys() - cls.free_form:
                _require_bounded(field, fields[field])
        return fields


def is_new(info: ValidationInfo) -> bool:
    """Whether the input of a new run is validated (`InputDocument.admit`)."""
    return bool(info.context == _NEW_INPUT)


def limit(check: Callable[[Value], Value]) -> AfterValidator:
    """Make a check that only a new input must pass (`InputDocument.admit`).

    A limit that was introduced later than its field must not end a run that was admitted without it.
    """

    def validate(value: Value, info: ValidationInfo) -> Value:
        return check(value) if is_new(info) else value

    return AfterValidator(validate)


def _require_bounded(field: str, value: object) -> None:
    if not isinstance(value, dict | list):
        return
    if len(value) > MAX_MEMBERS:
        raise _problem(f"{field}: has {len(value)} members, and at most {MAX_MEMBERS} are taken")
    longest = max((len(str(key)) for key in value), default=0) if isinstance(value, dict) else 0
    if longest > MAX_KEY_CHARS:
        raise _problem(f"{field}: a name in it has {longest} characters, and at most {MAX_KEY_CHARS} are taken")


def _problem(text: str) -> PydanticCustomError:
    # Not as the template, in which braces of a caller would have a meaning.
    return PydanticCustomError("bounded_input", "{text}", {"text": text})


def _without_fraction(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WholeNumber = Annotated[int, BeforeValidator(_without_fraction)]
"""A whole number of JSON, which has one kind of numbers: serialisers write both `5` and `5.0`."""


def one_of(words: type[Word]) -> Callable[[Any], Word]:
    """Read one of some words in any case: Polysync and .NET write them capitalised."""

    def read(value: Any) -> Word:
        if isinstance(value, str) and value.lower() in list(words):
            return words(value.lower())
        raise ValueError(f"must be one of {', '.join(words)}")

    return read


def field_of(model: type[BaseModel], key: str) -> str | None:
    """Return the field that a key means, in whichever style it is written; None if it means none."""
    return _spellings(model).get(key)


@cache
def _spellings(model: type[BaseModel]) -> dict[str, str]:
    return {style(name): name for name in model.model_fields for style in (str, to_camel, to_pascal)}


def describe_problems(error: ValidationError, document: type[BaseModel]) -> str:
    """Describe what is wrong with an input, field by field, without repeating any value (it may be a secret).

    Args:
        error: What validation found.
        document: The model that was read, for the names of its fields.
    """
    problems = error.errors(include_url=False, include_input=False)
    texts = [_describe(problem, document) for problem in problems[:MAX_PROBLEMS_DESCRIBED]]
    if len(problems) > MAX_PROBLEMS_DESCRIBED:
        texts.append(f"and {len(problems) - MAX_PROBLEMS_DESCRIBED} more")
    # The fields are listed once, however many are unknown.
    known = _known_fields(document)
    before, found, after = "; ".join(texts).partition(known)
    return before + found + after.replace(known, "")


def _known_fields(document: type[BaseModel]) -> str:
    return f"; known fields: {', '.join(document.model_fields)}"


def _describe(problem: ErrorDetails, document: type[BaseModel]) -> str:
    # A part in brackets is the name of one of several forms that a field may have.
    parts = [str(part) for part in problem["loc"] if not str(part).startswith("(")]
    place = ".".join(parts)[:MAX_PROBLEM_CHARS]
    if problem["type"] == "extra_forbidden":
        is_nested = len(parts) > 1
        known = "" if is_nested else _known_fields(document)
        return f"{place}: unknown field{known}"
    if problem["type"] == "missing":
        return f"{place}: required, but missing"
    if problem["type"] in ("model_type", "model_attributes_type"):
        example = EXAMPLE if "pipeline_name" in document.model_fields else "{}"
        return f"{place}: must be a JSON object" if place else f"input: must be a JSON object, such as {example}"
    text = re.sub(r"^(Value error, |Assertion failed, )", "", problem["msg"])[:MAX_PROBLEM_CHARS]
    return f"{place}: {text}" if place else text
