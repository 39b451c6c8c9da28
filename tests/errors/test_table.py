"""The documented table of errors is the code's own."""

from pathlib import Path

import activities
from activities.aws.error_kinds import Kind
from tests.errors.answers import ANSWERS
from tests.errors.table import MEANING, render

DOCUMENT = Path(activities.__file__).parent.parent / "docs" / "errors.md"


def test_the_document_is_up_to_date() -> None:
    """`make docs` writes it."""
    assert DOCUMENT.read_text(encoding="utf-8") == render()


def test_every_kind_is_documented_and_tried() -> None:
    """A kind without a meaning would be an empty cell; those without a code are tried by unit tests."""
    assert set(MEANING) == set(Kind)
    without_code = {Kind.MISCONFIGURED, Kind.SECRET, Kind.SOURCE, Kind.UNKNOWN}
    assert set(ANSWERS) == set(Kind) - without_code
