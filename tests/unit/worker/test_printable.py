"""What a terminal executes is replaced, and what a person reads stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.printable import printable

BIDI = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;ZXZpbA==\x07", "�]52;c;ZXZpbA==�"),
        ("\x9b2J", "�2J"),
        ("done\rfailed", "done�failed"),
        ("a\x00b\x7f\b", "a�b��"),
        ("\u202egnp.exe", "�gnp.exe"),
        ("\ud800", "�"),
        ("größer ☃ 👩\u200d🔬\n\t日本", "größer ☃ 👩\u200d🔬\n\t日本"),
    ],
)
def test_control_characters_are_replaced(text: str, shown: str) -> None:
    """Each by one character, so that columns stay where they are."""
    assert printable(text) == shown


@given(st.text(st.characters(codec=None), max_size=40))
def test_nothing_else_controls_a_terminal(text: str) -> None:
    """By Unicode's own categories."""
    for character in printable(text):
        assert character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(character) not in BIDI
    printable(text).encode()
