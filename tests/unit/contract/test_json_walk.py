"""Walks through JSON values: their order, their places, and that their cost does not grow with the depth."""

import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.json_walk import MAX_KEY_CHARS, MAX_PLACE_CHARS, bracketed, dotted, has_levels, has_more_values, members
from contract.task_state import read_task_state
from contract.texts import texts

ANY: Final = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text("ab.", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.", max_size=2), inner, max_size=3),
    max_leaves=20,
)
DEPTH: Final = 90
WIDTH: Final = 10_000


def below(levels: int, value: Any) -> Any:
    """A value with so many lists around it."""
    for _ in range(levels):
        value = [value]
    return value


def calls_in(work: Callable[[], object]) -> int:
    """How often functions are called, and generators resumed, by a piece of work."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def recursively(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The walk in its shortest form, which resumes a generator for each level."""
    for key, member in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield (*above, key), member
        yield from recursively(member, (*above, key))


@given(ANY)
def test_the_order_is_that_of_the_text(value: Any) -> None:
    """So that the first problems found stay the first ones."""
    walked = [(tuple(path), member) for path, member in members(value)]
    assert walked == list(recursively(value))
    assert has_more_values(value, len(walked)) is False
    assert has_more_values(value, len(walked) - 1) is True
    deepest = max((len(path) for path, _ in walked), default=0)
    assert [has_levels(value, deepest + 1), deepest == 0 or has_levels(value, deepest)] == [False, True]


@pytest.mark.parametrize(
    "walk",
    [
        lambda value: sum(1 for _ in members(value)),
        lambda value: sum(1 for _ in texts(value)),
        lambda value: read_task_state(
            {"Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync", "Parameters": {"A": value}}
        ),
    ],
    ids=["members", "texts", "a Task state"],
)
def test_a_text_costs_the_same_at_any_depth(walk: Callable[[Any], object]) -> None:
    """Ten thousand texts under ninety levels take no call for each level."""
    flat, deep = (calls_in(lambda: walk(below(levels, [""] * WIDTH))) for levels in (1, DEPTH))  # noqa: B023 — called at once
    assert flat > WIDTH
    assert deep < flat + 20 * DEPTH


def test_counting_ends_at_the_limit() -> None:
    """A list that is too long is not gone through."""

    class Counted(list[Any]):
        visited = 0

        def __iter__(self) -> Iterator[Any]:
            for member in list.__iter__(self):
                Counted.visited += 1
                yield member

    assert has_more_values(Counted([[]] * 1_000), 999)
    assert Counted.visited == 0
    assert has_more_values([Counted([[1]] * 10) for _ in range(100)], 120)
    assert Counted.visited <= 20


def test_places() -> None:
    """As people write them; each name and the whole are cut."""
    path: list[str | int] = ["A", 0, "B" * 100]
    assert dotted(path) == f"A.0.{'B' * MAX_KEY_CHARS}"
    assert bracketed("request", path) == f"request.A[0].{'B' * MAX_KEY_CHARS}"
    assert (dotted([]), bracketed("request", [])) == ("", "request")
    for place in (dotted(["B" * 100] * 200), bracketed("request", ["B" * 100] * 200)):
        assert len(place) == MAX_PLACE_CHARS
