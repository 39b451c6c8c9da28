"""Halves of surrogate pairs in what AWS and callers write."""

import json

import pytest

from contract.definition_text import read_definition_text
from contract.surrogates import well_formed, well_formed_text

HALF = "\ud83d"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("\N{GRINNING FACE} ä", "\N{GRINNING FACE} ä"),
        (f"cut {HALF}", "cut \ufffd"),
        ("\ude00 low", "\ufffd low"),
        ("\ud83d\ude00", "\N{GRINNING FACE}"),
    ],
)
def test_each_half_is_replaced(text: str, expected: str) -> None:
    """And a pair that was read as two halves is joined."""
    assert well_formed_text(text) == expected


def test_texts_and_keys_of_a_response_are_well_formed() -> None:
    """What is no text stays as it is."""
    stays = object()
    response = {"Name": HALF, HALF: [{"Reason": HALF}, 1, None, stays]}
    assert well_formed(response) == {"Name": "\ufffd", "\ufffd": [{"Reason": "\ufffd"}, 1, None, stays]}


@pytest.mark.parametrize("levels", [1, 400])
def test_a_definition_is_read_without_halves(levels: int) -> None:
    """As an escape in JSON, however deeply the definition is nested."""
    nested = "[" * levels + '"A\\ud800"' + "]" * levels
    read = read_definition_text('{"Version":"2020-12-01","Steps":' + nested + "}")
    assert "A\ufffd" in json.dumps(read, ensure_ascii=False)
    json.dumps(read, ensure_ascii=False).encode()
