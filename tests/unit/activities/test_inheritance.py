"""Which parameters of an earlier execution a rerun sends."""

import json
from typing import Any

import pytest

from activities.starting.definitions import Declared
from activities.starting.inheritance import left_out, notes, reasons
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
MENDED = declared(
    {"Name": "Rows", "Type": "Integer", "DefaultValue": 10},
    {"Name": "Size", "Type": "Integer", "DefaultValue": 1},
    {"Name": "Mode", "DefaultValue": "slow", "EnumValues": ["slow", "fast"]},
    {"Name": "Kind", "EnumValues": ["a", "b"]},
)
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
            ["Gone, Also: the pipeline no longer declares it"],
        ),
        (
            {"Rows": "many", "Size": "1.5", "Mode": "brisk", "Kind": "c"},
            MENDED,
            ["Rows", "Size", "Mode", "Kind"],
            [
                "Rows, Size: the value is not of the type Integer that the pipeline declares now; the pipeline's",
                "Mode: the pipeline no longer allows the value; the pipeline's default is used",
                "Kind: the pipeline no longer allows the value",
            ],
        ),
        ({"Rows": "+20", "Size": "2", "Mode": "fast", "Kind": "a"}, MENDED, [], []),
        ({"Settings": "y" * 1025}, NOW, ["Settings"], [f"AWS accepts {MAX_VALUE_CHARS} characters"]),
        ({"Settings": LONG, "Rows": "10"}, UNKNOWN, ["Settings"], [f"AWS accepts {MAX_VALUE_CHARS} characters"]),
        ({"Rows": "10", "Label": "x", "Gone": "a"}, ODD, ["Rows"], []),
    ],
    ids=[
        "defaults",
        "given",
        "gone",
        "no longer fitting",
        "fitting",
        "too long",
        "unknown definition",
        "odd definition",
    ],
)
def test_what_the_pipeline_would_use_anyway_is_left_out(
    source: dict[str, str], now: Declared, left: list[str], told: list[str]
) -> None:
    """And with a note, what it no longer takes; what is not known is sent."""
    names = left_out(source, now, is_checked=True)
    assert names == left
    found = list(notes(reasons(names, source, now), now))
    assert len(found) == len(told)
    assert all(part in note for part, note in zip(told, found, strict=True))
    assert not any(LONG[:20] in note for note in found)


def test_a_note_has_a_bounded_length() -> None:
    """However many parameters a pipeline has lost."""
    source = {f"P{number}": "x" for number in range(200)}
    [note] = notes(reasons(left_out(source, NOW, is_checked=True), source, NOW), NOW)
    assert "P0, P1" in note
    assert "and 180 others" in note


def test_what_does_not_fit_is_left_to_aws_where_the_check_is() -> None:
    """With check_parameters = false a value is sent that AWS may take after all."""
    source = {"Rows": "many", "Mode": "brisk", "Gone": "x"}
    assert left_out(source, MENDED, is_checked=False) == ["Gone"]
