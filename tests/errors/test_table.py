"""The documented table of errors is the code's own."""

from pathlib import Path

import activities
from activities.aws.error_kinds import Kind
from activities.aws.error_rules import KIND_OF_CODE, RULES
from tests.errors.answers import ANSWERS
from tests.errors.table import render

DOCUMENT = Path(activities.__file__).parent.parent / "docs" / "errors.md"


def test_the_document_is_up_to_date() -> None:
    """`make docs` writes it."""
    assert DOCUMENT.read_text(encoding="utf-8") == render()


def test_every_kind_is_documented_and_tried() -> None:
    """Every kind has its row, and every kind that AWS answers is tried against the stand-in."""
    assert set(RULES) == set(Kind)
    assert set(ANSWERS) == {*KIND_OF_CODE.values(), Kind.QUOTA_IS_ZERO}
