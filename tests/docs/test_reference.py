"""What README and reference say about names, settings and documents is what the code has."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from contract.failures import FailureType
from contract.names import SEARCH_ATTRIBUTES, ActivityType, WorkflowType
from contract.pipeline_document import STATUS_OF, PipelineRunDocument
from contract.pipeline_run import PipelineRunInput
from contract.run import RunStatus
from tests.docs.reference import DOCUMENT, TABLES, render
from worker.cli.app import app
from worker.settings import ENV_PREFIX, Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
REFERENCE = DOCUMENT.read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "tests").rglob("*.md")])


def test_the_tables_are_up_to_date() -> None:
    """`make docs` writes them."""
    assert render(REFERENCE) == REFERENCE


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_its_place(table: str) -> None:
    """A table without a place would be written nowhere."""
    assert f"<!-- table: {table} -->" in REFERENCE


def test_every_setting_field_and_failure_has_a_meaning() -> None:
    """A row without one helps no reader."""
    rows = [row for table in TABLES.values() for row in table()]
    named = [*Settings.model_fields, *PipelineRunInput.model_fields, *PipelineRunDocument.model_fields, *FailureType]
    assert len(rows) >= len(named)
    assert [row for row in rows if row.endswith("|  |")] == []


def test_the_names_of_the_contract_stand_in_the_reference() -> None:
    """Workflows, activities, search attributes and statuses are spelled as they are registered."""
    names = [*WorkflowType, *ActivityType, *(key.name for key in SEARCH_ATTRIBUTES), *STATUS_OF, *RunStatus]
    assert [name for name in names if name not in REFERENCE] == []
    assert ENV_PREFIX in REFERENCE


def test_every_command_of_readme_and_reference_exists() -> None:
    """And each command that exists is named."""
    commands = getattr(get_command(app), "commands")  # noqa: B009 — typer's type does not show it
    text = README + REFERENCE
    named = set(re.findall(r"(?:^\$ |`)polysync-sagemaker ([a-z][a-z-]+)", text, re.MULTILINE)) | set(
        re.findall(r"make (demo|local)", text)
    )
    assert named == set(commands)


def test_the_readme_is_short() -> None:
    """A newcomer reads it to the end."""
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_heading(page: Path) -> None:
    """Links between the documents, with their anchors."""
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_named_file_and_folder_exists(page: str) -> None:
    """A newcomer goes where these pages point."""
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", (ROOT / page).read_text(encoding="utf-8")))
    whole = {path for path in named if (ROOT / path.split("/")[0]).exists()}
    assert len(whole) > 10
    assert [path for path in whole if not (ROOT / path).exists()] == []


def _anchors(text: str) -> set[str]:
    """The anchors of a document's headings, as the usual renderers make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
