"""A deployed pipeline as Terraform code: what `terraform fmt` leaves as it is (HashiCorp's HCL native syntax)."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from contract.deployment import PipelineDeployment

_IDENTIFIER: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_\-]*")
_WORDS: Final = frozenset({"for", "null", "true", "false"})
"""Identifiers that an object's key cannot be without quotes."""

_INDENT: Final = "  "


def terraform_pipeline(document: PipelineDeployment, definition: Mapping[str, Any]) -> str:
    """Write an `aws_sagemaker_pipeline`, and the block that imports the deployed one into Terraform's state.

    Args:
        document: The settings of the pipeline.
        definition: Its definition.
    """
    name = re.sub(r"[^a-zA-Z0-9_\-]", "_", document.pipeline_name).replace("-", "_").lower()
    label = name if _IDENTIFIER.fullmatch(name) else f"pipeline_{name}"
    # The provider asks for a display name (terraform-provider-aws, aws_sagemaker_pipeline); AWS's own default is this.
    attributes: list[tuple[str, str]] = [
        ("pipeline_name", _text(document.pipeline_name)),
        ("pipeline_display_name", _text(document.display_name or document.pipeline_name)),
    ]
    if document.description:
        attributes.append(("pipeline_description", _text(document.description)))
    if document.role_arn:
        attributes.append(("role_arn", _text(document.role_arn)))
    blocks = [_aligned(attributes, 1)]
    if tags := {key: value for key, value in document.tags.items() if not key.startswith("aws:")}:
        blocks.append(_aligned([("tags", _value(tags, 1))], 1))
    if document.max_parallel_steps is not None:
        steps = f"{_INDENT * 2}max_parallel_execution_steps = {document.max_parallel_steps}"
        blocks.append(f"{_INDENT}parallelism_configuration {{\n{steps}\n{_INDENT}}}")
    blocks.append(_aligned([("pipeline_definition", f"jsonencode({_value(definition, 1)})")], 1))
    body = "\n\n".join(blocks)
    imported = f"to = aws_sagemaker_pipeline.{label}\n{_INDENT}id = {_text(document.pipeline_name)}"
    return (
        f"import {{\n{_INDENT}{imported}\n}}\n\n"
        "# jsonencode writes the members of an object in alphabetical order: the first apply may make a new version.\n"
        f'resource "aws_sagemaker_pipeline" "{label}" {{\n{body}\n}}\n'
    )


def _value(value: Any, level: int) -> str:
    """Write a JSON value as an expression, its lines after the first one indented by a level more than the value's."""
    match value:
        case dict() if value:
            items = [(_key(key), _value(member, level + 1)) for key, member in value.items()]
            return f"{{\n{_aligned(items, level + 1)}\n{_INDENT * level}}}"
        case list() if value:
            inner = _INDENT * (level + 1)
            entries = [f"{inner}{_value(item, level + 1)}," for item in value]
            return "[\n" + "\n".join(entries) + f"\n{_INDENT * level}]"
        case str():
            return _text(value)
        case _:
            return json.dumps(value)


def _aligned(items: Iterable[tuple[str, str]], level: int) -> str:
    """Write assignments; the equals signs of neighbours stand below each other, but for values of several lines."""
    lines: list[str] = []
    group: list[tuple[str, str]] = []

    def close() -> None:
        width = max((len(key) for key, _ in group), default=0)
        lines.extend(f"{_INDENT * level}{key:<{width}} = {value}" for key, value in group)
        group.clear()

    for key, value in items:
        if "\n" in value:
            close()
            lines.append(f"{_INDENT * level}{key} = {value}")
        else:
            group.append((key, value))
    close()
    return "\n".join(lines)


def _key(key: str) -> str:
    return key if _IDENTIFIER.fullmatch(key) and key not in _WORDS else _text(key)


def _text(text: str) -> str:
    """Write a quoted template without any interpolation."""
    escaped = json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
    # HCL knows fewer escapes than JSON.
    return re.sub(r"\\(b|f|/)", lambda found: {"b": "\\u0008", "f": "\\u000c", "/": "/"}[found[1]], escaped)
