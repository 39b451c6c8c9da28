"""The documented table of errors is the code's own."""

from pathlib import Path

import activities
from activities.aws.error_kinds import Kind
from tests.errors.answers import ANSWERS
from tests.errors.table import MEANING, render

DOCUMENT = Path(activities.__file__).parent.parent / "docs" / "errors.md"


def test_the_document_is_up_to_date() -> None:
    """`python -m tests.errors.table > docs/errors.md` writes it anew."""
    assert DOCUMENT.read_text(encoding="utf-8") == render()


def test_every_kind_is_documented_and_tried() -> None:
    """A kind without a meaning would be an empty cell; those without a code are tried by unit tests."""
    assert set(MEANING) == set(Kind)
    without_code = {Kind.MISCONFIGURED, Kind.SECRET, Kind.SOURCE, Kind.UNKNOWN}
    assert set(ANSWERS) == set(Kind) - without_code


def test_the_readme_has_the_table_of_sagemakers_errors() -> None:
    """Row by row, as the document has it."""
    section = render().split("## SageMaker\n\n", 1)[1].split("\n\n", 1)[0]
    assert section in (DOCUMENT.parent.parent / "README.md").read_text(encoding="utf-8")
