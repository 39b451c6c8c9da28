"""What a run hands on: JMESPath expressions over the steps of its execution."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BeforeValidator, Field

from contract.spelling import InputDocument

MAX_OUTPUTS: Final = 100
MAX_EXPRESSION_CHARS: Final = 1000
MAX_OUTPUTS_BYTES: Final = 256 * 1024
"""Of all values together, as JSON: the run document must stay below Temporal's 2 MiB a payload."""


class Output(InputDocument):
    """One output: where its value stands, and whether the run may do without it."""

    expression: Annotated[str, Field(min_length=1, max_length=MAX_EXPRESSION_CHARS)]
    required: bool = False


def _output(value: Any) -> Any:
    """A text alone is an expression that may find nothing."""
    return {"expression": value} if isinstance(value, str) else value


def _compiles(output: Output) -> Output:
    try:
        jmespath.compile(output.expression)
    except JMESPathError as error:
        problem = " ".join(str(error).split())
        raise ValueError(f"is no JMESPath expression: {problem}") from None
    return output


Outputs = Annotated[
    dict[str, Annotated[Output, BeforeValidator(_output), AfterValidator(_compiles)]], Field(max_length=MAX_OUTPUTS)
]
"""Output name → expression, as text or as `{"expression": …, "required": true}`. Names are data: never re-cased."""


def find(output: Output, document: Mapping[str, Any]) -> Any:
    """Tell what an output's expression finds; None for nothing, as JMESPath has it.

    Raises:
        ValueError: The expression cannot be applied to what the document has there, such as `sum` to text.
    """
    try:
        return jmespath.search(output.expression, document)
    except JMESPathError as error:
        raise ValueError(" ".join(str(error).split())) from None
