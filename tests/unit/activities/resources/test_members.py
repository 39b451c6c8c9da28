"""Members without content are read as if they were missing."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.resources.members import entries, first_text, moment, number, pages, table, text

NOW = datetime.now(UTC)


@pytest.mark.parametrize("value", ["", "  ", None, 0, {}, [], {"Arn": "x"}])
def test_a_text_without_content_is_none(value: object) -> None:
    """So is what is no text."""
    assert text({"Name": value}, "Name") is None
    assert text({}, "Name") is None
    assert first_text({"Name": value, "Other": "x"}, ("Name", "Other")) == "x"


@pytest.mark.parametrize("value", ["", None, 0, [], "text"])
def test_a_structure_that_is_none_is_empty(value: object) -> None:
    """So is a list that is none, and its entries without structure are left out."""
    assert table({"Metadata": value}, "Metadata") == {}
    assert entries({"Steps": value}, "Steps") == []
    assert entries({"Steps": [value, {"Name": "x"}]}, "Steps") == [{"Name": "x"}]


@pytest.mark.parametrize("value", ["", None, {}, "2026-11-26", True])
def test_what_is_no_time_or_number_is_none(value: object) -> None:
    """A text that looks like one is none."""
    assert moment({"At": value}, "At") is None
    assert number({"Seconds": value}, "Seconds") is None
    assert moment({"At": NOW}, "At") == NOW
    assert moment({"At": datetime.max.replace(tzinfo=UTC)}, "At") is None
    assert number({"Seconds": 0}, "Seconds") == 0


@pytest.mark.parametrize(
    ("tokens", "asked"),
    [
        ([""], [{}]),
        ([None], [{}]),
        (["a", "b", ""], [{}, {"NextToken": "a"}, {"NextToken": "b"}]),
        (["a", "b", "a", "b"], [{}, {"NextToken": "a"}, {"NextToken": "b"}]),
    ],
)
async def test_an_empty_or_repeated_token_ends_a_list(tokens: list[str | None], asked: list[dict[str, str]]) -> None:
    """AWS sends an empty token on some last pages; a token that repeats would be followed for ever."""
    requests: list[Mapping[str, str]] = []

    async def read(request: Mapping[str, str]) -> dict[str, Any]:
        requests.append(request)
        return {"NextToken": tokens[len(requests) - 1]}

    assert len([page async for page in pages(read)]) == len(asked)
    assert requests == asked
