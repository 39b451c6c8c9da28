"""What the README says about names, settings and documents is what the code has."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.main import get_command

from contract.failures import FailureType
from contract.names import SEARCH_ATTRIBUTES, ActivityType, WorkflowType
from contract.pipeline_run import PipelineRunInput
from contract.run_document import STATUS_OF, RunDocument, RunStatus
from worker.cli.app import app
from worker.settings import ENV_PREFIX, Settings

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def settings_rows() -> list[str]:
    """The rows of the settings' table."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        rows.append(f"| `{name.upper()}` | {default} | {one_line(field.description)} |")
    return rows


def document_rows(document: type[BaseModel]) -> list[str]:
    """The rows of a document's table."""
    return [f"| `{name}` | {one_line(field.description)} |" for name, field in document.model_fields.items()]


def one_line(text: str | None) -> str:
    """A description without its line breaks."""
    return " ".join((text or "").split())


@pytest.mark.parametrize(
    "row", [*settings_rows(), *document_rows(PipelineRunInput), *document_rows(RunDocument)], ids=lambda row: row[:40]
)
def test_every_setting_and_field_has_its_row(row: str) -> None:
    """Name, default and meaning are those of the code."""
    assert row in README


def test_no_row_is_about_something_that_is_gone() -> None:
    """A setting that was removed leaves the README, too."""
    assert set(re.findall(r"^\| `([A-Z][A-Z_]+)` \|", README, re.MULTILINE)) == {
        n.upper() for n in Settings.model_fields
    }
    assert ENV_PREFIX in README


@pytest.mark.parametrize("failure", FailureType)
def test_every_failure_type_has_its_row(failure: FailureType) -> None:
    """Callers branch on these names."""
    assert f"| `{failure}` |" in README


def test_the_names_of_the_contract_stand_in_the_readme() -> None:
    """Workflows, activities, search attributes and statuses are spelled as they are registered."""
    names = [*WorkflowType, *ActivityType, *(key.name for key in SEARCH_ATTRIBUTES), *STATUS_OF, *RunStatus]
    assert [name for name in names if name not in README] == []


def test_every_command_of_the_readme_exists() -> None:
    """And every command there is, is named."""
    commands = getattr(get_command(app), "commands")  # noqa: B009 — typer's type does not tell
    named = set(re.findall(r"polysync-sagemaker ([a-z][a-z-]+)", README)) | set(
        re.findall(r"make (demo|local)", README)
    )
    assert named == set(commands)
