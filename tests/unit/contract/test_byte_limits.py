"""Texts of several bytes a character, cut to what Temporal takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.byte_limits import MAX_SUMMARY_BYTES, cut


@pytest.mark.parametrize(("text", "limit", "shown"), [("☃☃", 6, "☃☃"), ("☃☃☃", 8, "☃…"), ("abcd", 3, "…"), ("", 3, "")])
def test_a_text_is_cut_between_characters(text: str, limit: int, shown: str) -> None:
    """No half character is left, and what was cut is shown to be."""
    assert cut(text, limit) == shown


@given(st.text(st.characters(codec="utf-8"), max_size=400))
def test_no_text_is_longer_in_bytes(text: str) -> None:
    """Whatever its characters take."""
    assert len(cut(text, MAX_SUMMARY_BYTES).encode()) <= MAX_SUMMARY_BYTES
