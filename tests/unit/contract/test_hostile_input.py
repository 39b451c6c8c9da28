"""Inputs that are nested deeply or are long: each is refused by the field's name, and none exhausts the stack."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any, Final

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contract.deployment import PipelineDeploymentInput
from contract.discovery import Continuation, PipelineDiscoveryInput
from contract.outputs import MAX_EXPRESSION_CHARS
from contract.pipeline_run import PipelineRunInput
from contract.platform_check import PlatformCheckInput
from contract.spelling import InputDocument, describe_problems

DEEP_EXPRESSIONS: Final = {
    "negations": "!" * 999 + "a",
    "brackets": "[" * 499 + "a" + "]" * 499,
    "parentheses": "(" * 499 + "a" + ")" * 499,
    "projections": "a" + "[*]" * 333,
    "flattening": "a" + "[]" * 499,
    "pipes": "|".join("a" * 500),
    "filters": "[?a" * 240 + "]" * 240,
    "functions": "not_null(" * 99 + "a" + ")" * 99,
    "references": "&" * 999 + "a",
    "objects": "{a:" * 240 + "b" + "}" * 240,
    "a literal": "`" + "[" * 499 + "]" * 499 + "`",
    "a literal of objects": "`" + '{"type":' * 110 + "1" + "}" * 110 + "`",
}

FIELDS: Final[list[tuple[type[InputDocument], dict[str, Any], str]]] = [
    *((PipelineRunInput, {"pipeline_name": "churn"}, field) for field in PipelineRunInput.model_fields),
    *((PipelineDiscoveryInput, {}, field) for field in PipelineDiscoveryInput.model_fields),
    *((PlatformCheckInput, {}, field) for field in PlatformCheckInput.model_fields),
    *(
        (PipelineDeploymentInput, {"pipeline_name": "churn"}, field)
        for field in PipelineDeploymentInput.model_fields
        if field != "definition"
    ),
]


def refusal(document: type[InputDocument], given: object) -> str:
    """Why an input is refused; an empty text if it is accepted."""
    try:
        document.admit(given)
    except ValidationError as error:
        return describe_problems(error, document)
    return ""


def nested(depth: int, level: Callable[[object], object]) -> object:
    """A value that is nested so many levels deep."""
    value: object = 1
    for _ in range(depth):
        value = level(value)
    return value


NESTED: Final = {
    f"{depth} {what}": nested(depth, level)
    for depth in (20, 20_000)
    for what, level in {"lists": lambda value: [value], "objects": lambda value: {"a": value}}.items()
}


@pytest.mark.parametrize("expression", DEEP_EXPRESSIONS.values(), ids=DEEP_EXPRESSIONS)
def test_a_deep_expression_is_refused_by_its_name(expression: str) -> None:
    """Parser and interpreter recurse: a run's workflow task would fail for ever."""
    assert len(expression) <= MAX_EXPRESSION_CHARS
    for output in (expression, {"expression": expression}):
        problem = refusal(PipelineRunInput, {"pipeline_name": "churn", "outputs": {"model": output}})
        assert problem.startswith("outputs.model: is n")
        assert "nested too deeply" in problem or "no JMESPath expression" in problem


@pytest.mark.parametrize("value", NESTED.values(), ids=NESTED)
@pytest.mark.parametrize(("document", "base", "field"), FIELDS, ids=lambda part: part if isinstance(part, str) else "")
def test_a_deeply_nested_value_is_refused_by_its_field(
    document: type[InputDocument], base: dict[str, Any], field: str, value: object
) -> None:
    """No field of any workflow's input goes down with its value."""
    assert refusal(document, base | {field: value}).startswith(field)


@pytest.mark.parametrize("depth", [600, 20_000])
def test_a_deep_definition_is_refused(depth: int) -> None:
    """As an object and as a text; nothing goes down with it."""
    deep = nested(depth, lambda value: {"a": [value]})
    for definition in (deep, '{"a":[' * depth + "1" + "]}" * depth):
        assert refusal(PipelineDeploymentInput, {"pipeline_name": "churn", "definition": definition}).startswith(
            "definition is nested too deeply"
        )
    deepest = nested(400, lambda value: {"a": value})
    assert not refusal(PipelineDeploymentInput, {"pipeline_name": "churn", "definition": deepest})


@given(expression=st.text(st.sampled_from("ab.*[]{}()!&|`'\"?:,@=<>0123456789-\\ e"), max_size=MAX_EXPRESSION_CHARS))
def test_an_expression_is_accepted_or_refused(expression: str) -> None:
    """No text makes the validation fail in a way of its own, and what is accepted can be evaluated on nothing."""
    problem = refusal(PipelineRunInput, {"pipeline_name": "churn", "outputs": {"model": expression}})
    assert problem == "" or problem.startswith("outputs.model")
    if not problem:
        jmespath.compile(expression)


def test_the_longest_inputs_are_read_in_no_time() -> None:
    """Validation runs on the event loop of all runs."""
    expression = ("(a||b)&&" * 124)[:-2]
    began = time.monotonic()
    refusal(PipelineRunInput, {"pipeline_name": "churn", "outputs": {f"o{n}": expression for n in range(100)}})
    for text in ("a-" * 1_000_000, "a" * 2_000_000, "-" * 2_000_000, "arn:aws:sagemaker:" + "a" * 2_000_000):
        for field in ("pipeline_name", "display_name", "role_arn", "execution_arn", "platform"):
            assert refusal(PipelineRunInput, {"pipeline_name": "churn", field: text})
        assert refusal(PipelineDiscoveryInput, {"name_prefix": text})
        assert refusal(PlatformCheckInput, {"pipelines": [text]})
    assert time.monotonic() - began < 5


def test_a_token_that_is_nested_deeply_is_refused() -> None:
    """A caller can write a next_token, too."""
    deep = json.dumps({"platform": "default", "name_prefix": "", "after": 0}).replace("0", "[" * 3000 + "]" * 3000)
    token = Continuation.model_construct(platform="default", name_prefix="", after="a").token()
    assert refusal(PipelineDiscoveryInput, {"next_token": token}) == ""
    forged = base64.urlsafe_b64encode(deep.encode()).decode()[:8192]
    assert refusal(PipelineDiscoveryInput, {"next_token": forged}).startswith("next_token")
