"""What a run hands on: JMESPath expressions over the steps of its execution."""

from typing import Annotated, Any, Final

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticKnownError

from contract.spelling import InputDocument, limit

MAX_OUTPUTS: Final = 100
MAX_NAME_CHARS: Final = 256
MAX_EXPRESSION_CHARS: Final = 1000
MAX_EXPRESSION_DEPTH: Final = 50
"""Levels of an expression's syntax tree, and of a literal's value: parser and interpreter recurse on them."""
MAX_OUTPUTS_BYTES: Final = 256 * 1024
"""Of all values together, as JSON: the run document must stay below Temporal's 2 MiB a payload."""


class Output(InputDocument):
    """One output: where its value stands, and whether the run may do without it."""

    expression: Annotated[str, Field(min_length=1, max_length=MAX_EXPRESSION_CHARS)]
    required: bool = False


def _output(value: Any) -> Any:
    """A text alone is an expression that may find nothing."""
    return {"expression": value} if isinstance(value, str) else value


def _not_too_many(outputs: Any) -> Any:
    """Refuse too many outputs before the first expression is compiled: pydantic counts only those that are valid."""
    if isinstance(outputs, dict) and len(outputs) > MAX_OUTPUTS:
        lengths = {"field_type": "Dictionary", "max_length": MAX_OUTPUTS, "actual_length": len(outputs)}
        raise PydanticKnownError("too_long", lengths)
    return outputs


def _compiles(output: Output) -> Output:
    try:
        jmespath.compile(output.expression)
    except JMESPathError as error:
        problem = " ".join(str(error).split())
        raise ValueError(f"is no JMESPath expression: {problem}") from None
    except RecursionError:
        raise _too_deep() from None
    return output


def _is_shallow(output: Output) -> Output:
    level: list[Any] = [jmespath.compile(output.expression).parsed]
    for _ in range(MAX_EXPRESSION_DEPTH):
        level = [part for node in level for part in _parts(node) if isinstance(part, dict | list)]
    if level:
        raise _too_deep()
    return output


def _too_deep() -> ValueError:
    return ValueError(
        f"is nested too deeply: a JMESPath expression may have {MAX_EXPRESSION_DEPTH} levels; write a simpler one, or "
        "several outputs"
    )


def _parts(node: Any) -> list[Any]:
    """The next level below a node of the syntax tree or a literal's value."""
    match node:
        case {"type": str(), "children": list(children)}:
            return [*children, node.get("value")]
        case dict():
            return list(node.values())
        case list():
            return node
        case _:
            return []


def _names_are_short(outputs: dict[str, Output]) -> dict[str, Output]:
    for name in outputs:
        if not 1 <= len(name) <= MAX_NAME_CHARS:
            raise ValueError(f"name '{name[:40]}' must be 1 to {MAX_NAME_CHARS} characters")
    return outputs


Outputs = Annotated[
    dict[str, Annotated[Output, BeforeValidator(_output), AfterValidator(_compiles), limit(_is_shallow)]],
    Field(max_length=MAX_OUTPUTS),
    BeforeValidator(_not_too_many),
    limit(_names_are_short),
]
"""Output name → expression, as text or as `{"expression": …, "required": true}`. Names are data: never re-cased."""
