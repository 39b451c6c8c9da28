"""What `docs/definitions.md` says about rules is what the code has."""

from tests.docs.definitions import DOCUMENT, render


def test_the_table_of_rules_is_up_to_date() -> None:
    """`make docs` writes it."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert "<!-- table: rules -->" in text
    assert render(text) == text
