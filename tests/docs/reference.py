"""Writes the tables of `docs/reference.md` from the code: `python -m tests.docs.reference`."""

import ast
import inspect
import itertools
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from contract.deployment import PipelineDeploymentInput
from contract.discovery import PipelineDiscoveryInput
from contract.failures import FailureType
from contract.job_document import JobRunDocument
from contract.job_run import JobRunInput
from contract.pipeline_document import PipelineRunDocument
from contract.pipeline_run import PipelineRunInput
from contract.run import RunDocument
from worker.settings import Settings

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "reference.md"

_PLACE: Final = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def render(text: str) -> str:
    """Return the document with each table between `<!-- table: NAME -->` and `<!-- end -->` written from the code."""
    return _PLACE.sub(lambda place: "\n".join([place[1], *TABLES[place[2]](), "", place[3]]), text)


def _settings() -> Iterator[str]:
    yield from ("| setting (`POLYSYNC_SAGEMAKER_…`) | default | meaning |", "| --- | --- | --- |")
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        yield f"| `{name.upper()}` | {default} | {_one_line(field.description)} |"


def _fields(document: type[BaseModel], beside: type[BaseModel] | None = None) -> Iterator[str]:
    """Yield the fields of a document, without those that another one has, too."""
    yield from ("| field | meaning |", "| --- | --- |")
    others = beside.model_fields if beside else {}
    for name, field in document.model_fields.items():
        if name in others:
            continue
        yield f"| `{name}` | {_one_line(field.description)} |"


def _members(closed_set: type[StrEnum]) -> Iterator[str]:
    """Yield the members of an enumeration with the docstrings that stand below them in its source."""
    yield from ("| failure type | when |", "| --- | --- |")
    [definition] = ast.parse(inspect.getsource(closed_set)).body
    assert isinstance(definition, ast.ClassDef)
    statements = definition.body
    for member, docstring in itertools.pairwise(statements):
        match member, docstring:
            case ast.Assign(value=ast.Constant(value=str(name))), ast.Expr(value=ast.Constant(value=str(text))):
                yield f"| `{name}` | {_one_line(text)} |"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())


TABLES: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "settings": _settings,
    "input": lambda: _fields(PipelineRunInput),
    "document": lambda: _fields(PipelineRunDocument),
    "job_input": lambda: _fields(JobRunInput),
    "job_document": lambda: _fields(JobRunDocument, beside=RunDocument),
    "failures": lambda: _members(FailureType),
    "discovery": lambda: _fields(PipelineDiscoveryInput),
    "deployment": lambda: _fields(PipelineDeploymentInput),
}

if __name__ == "__main__":
    DOCUMENT.write_text(render(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
