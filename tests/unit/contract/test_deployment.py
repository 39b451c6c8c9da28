"""The input of a deployment, and the compressed form of its definition."""

import base64
import gzip
import json
from typing import Any

import pytest
from pydantic import ValidationError

from contract.definition_text import (
    MAX_COMPRESSED_CHARS,
    MAX_DEFINITION_CHARS,
    compress_definition,
    decompress_definition,
    is_same_definition,
)
from contract.deployment import PipelineDeploymentInput
from contract.spelling import describe_problems

DEFINITION: dict[str, Any] = {"Version": "2020-12-01", "Steps": [{"Name": "é"}]}


def admitted(**fields: Any) -> PipelineDeploymentInput:
    """An input for one pipeline."""
    return PipelineDeploymentInput.admit({"pipeline_name": "churn", **fields})


def problem(**fields: Any) -> str:
    """What is wrong with an input."""
    with pytest.raises(ValidationError) as refused:
        admitted(**fields)
    return describe_problems(refused.value, PipelineDeploymentInput)


def packed(data: bytes) -> str:
    """Anything, compressed as a definition is."""
    return base64.b64encode(gzip.compress(data)).decode()


def test_one_definition_in_three_forms() -> None:
    """As an object, as its text, compressed: what is wanted is the same."""
    text = json.dumps(DEFINITION, indent=2)
    inputs = [
        admitted(definition=DEFINITION),
        admitted(definition=text),
        admitted(compressed_definition=compress_definition(text)),
        PipelineDeploymentInput.admit({"PipelineName": "churn", "Definition": DEFINITION, "Expect": 7.0}),
    ]
    assert {each.digest() for each in inputs} == {inputs[0].digest()}
    assert inputs[0].definition_text == '{"Version":"2020-12-01","Steps":[{"Name":"é"}]}'
    assert inputs[1].definition_text == inputs[2].definition_text == text
    others = [admitted(), admitted(definition={}), admitted(definition=DEFINITION, alias="prod")]
    assert len({each.digest() for each in [inputs[0], *others]}) == 4


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"pipeline_name": "a_b"}, "pipeline_name: must be 1 to 256 letters"),
        ({"definition": "{"}, "definition is not JSON"),
        ({"definition": "[]"}, "definition must be a JSON object"),
        ({"definition": '{"a": NaN}'}, "definition is not JSON: NaN is no JSON value"),
        ({"definition": {"a": float("-inf")}}, "definition has NaN or Infinity, which are no JSON values"),
        ({"definition": {}, "compressed_definition": "x"}, "cannot stand beside definition"),
        ({"compressed_definition": "x"}, "compressed_definition must be the definition's JSON, compressed with gzip"),
        ({"compressed_definition": packed(b"\xff")}, "compressed_definition must be the definition's JSON"),
        ({"compressed_definition": packed(b"{}")[:-8]}, "compressed_definition is cut short"),
        ({"compressed_definition": packed(b"{" + b" " * 2_000_000 + b"}")}, "has 2,000,002 characters"),
        ({"compressed_definition": packed(b" " * 50_000_000)}, "has more than 4 MiB characters"),
        (
            {"compressed_definition": packed(b'{"a": Infinity}')},
            "compressed_definition is not JSON: Infinity is no JSON",
        ),
        ({"version": 1, "version_alias": "prod"}, "version cannot stand beside version_alias"),
        ({"version": 1, "definition": {}, "apply": True, "alias": "prod"}, "version cannot stand beside a definition"),
        ({"version": 1, "apply": True}, "version needs the alias"),
        ({"alias": "12"}, "alias: must be 1 to 128 letters"),
        ({"role_arn": "role/x"}, "role_arn: must be an IAM role's ARN"),
        ({"tags": {"": "x"}}, "tags"),
        ({"expect": -1}, "expect"),
    ],
)
def test_what_is_refused_is_named(fields: dict[str, Any], text: str) -> None:
    """The field and the remedy; what unpacks to too much is never unpacked."""
    assert text in problem(**fields)


def test_the_longest_definition_fits() -> None:
    """Also one that does not compress, below Temporal's limit of a payload."""
    text = "".join(chr(33 + (index * index * 7919) % 90) for index in range(MAX_DEFINITION_CHARS))
    compressed = compress_definition(text)
    assert decompress_definition(compressed) == text
    assert len(compressed) <= MAX_COMPRESSED_CHARS
    assert compress_definition(text) == compressed


def test_same_definitions() -> None:
    """By content; a text that is not JSON is the same as itself only."""
    assert is_same_definition('{"a": 1, "b": [1, 2]}', '{"b":[1,2],"a":1}')
    assert not is_same_definition('{"a": [1, 2]}', '{"a": [2, 1]}')
    assert not is_same_definition('{"a": true}', '{"a": 1}')
    assert is_same_definition("{", "{")
    assert not is_same_definition("{", "{}")
    assert not is_same_definition("[" * 100_000, "[")
