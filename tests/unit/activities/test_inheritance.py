"""Which parameters of an earlier execution a rerun sends."""

import json
from typing import Any

import pytest

from activities.starting.definitions import Declared
from activities.starting.inheritance import left_out, notes
from contract.declarations import read_declarations
from contract.parameters import MAX_VALUE_CHARS

LONG = "x" * 4096


def declared(*entries: dict[str, Any]) -> Declared:
    """A pipeline's declarations."""
    found = read_declarations(json.dumps({"Parameters": entries}))
    return Declared(0.0, found.parameters, found.problems)


NOW = declared(
    {"Name": "Rows", "Type": "Integer", "DefaultValue": 10},
    {"Name": "Settings", "DefaultValue": LONG},
    {"Name": "Label"},
)
UNKNOWN = Declared(0.0, unknown_because="no permission")
ODD = declared({"Name": "Rows", "Type": "Integer", "DefaultValue": 10}, {"Name": "Label", "EnumValues": "odd"})


@pytest.mark.parametrize(
    ("source", "now", "left", "told"),
    [
        ({"Rows": "10", "Settings": LONG, "Label": "x"}, NOW, ["Rows", "Settings"], []),
        ({"Rows": "20", "Label": "x"}, NOW, [], []),
        (
            {"Gone": "a", "Also": "b", "Label": "x"},
            NOW,
            ["Gone", "Also"],
            ["Gone, Also: the pipeline no longer declares"],
        ),
        ({"Settings": "y" * 1025}, NOW, ["Settings"], [f"AWS accepts {MAX_VALUE_CHARS} characters"]),
        ({"Settings": LONG, "Rows": "10"}, UNKNOWN, ["Settings"], [f"AWS accepts {MAX_VALUE_CHARS} characters"]),
        ({"Rows": "10", "Label": "x", "Gone": "a"}, ODD, ["Rows"], []),
    ],
    ids=["defaults", "given", "gone", "too long", "unknown definition", "odd definition"],
)
def test_what_the_pipeline_would_use_anyway_is_left_out(
    source: dict[str, str], now: Declared, left: list[str], told: list[str]
) -> None:
    """And with a note, what it no longer takes; what is not known is sent."""
    names = left_out(source, now)
    assert names == left
    found = list(notes(names, source, now))
    assert len(found) == len(told)
    assert all(part in note for part, note in zip(told, found, strict=True))
    assert not any(LONG[:20] in note for note in found)


def test_a_note_has_a_bounded_length() -> None:
    """However many parameters a pipeline has lost."""
    source = {f"P{number}": "x" for number in range(200)}
    [note] = notes(left_out(source, NOW), source, NOW)
    assert "P0, P1" in note
    assert "and 180 others" in note
