"""When steps are worth reading, and how long they are not read after changes were returned."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.watching.step_turns import (
    CHANGES_PER_DOUBLING,
    LEAST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    MAX_CREDIT,
    Allowance,
    StepTurns,
    pause,
)

INTERVAL = 10.0
SEEN = {"Train": "Executing/1"}
EARLIER, LATER = (datetime(2026, 11, 21, 12, minute, tzinfo=UTC) for minute in (0, 1))


def read(turns: StepTurns, now: float) -> None:
    """Read the steps, in no time."""
    turns.begin(now)
    assert not turns.are_due(math.inf)
    turns.in_flight = False


@pytest.mark.parametrize(
    ("ended", "open_", "seconds"),
    [(0, 1, 9), (9, 1, 9), (10, 0, 18), (20, 0, 36), (50, 0, 288), (51, 0, 288), (500, 500, 300)],
)
def test_the_more_was_returned_the_longer_is_the_pause(ended: int, open_: int, seconds: float) -> None:
    """Changes of an ordinary pipeline are returned as they come, those of a thousand steps in batches."""
    seen = {f"e{n}": "Succeeded/1" for n in range(ended)} | {f"o{n}": "Executing/1" for n in range(open_)}
    assert pause(INTERVAL, seen) == seconds


@given(interval=st.floats(0.1, 3600), returned=st.integers(1, 5000), minutes=st.integers(1, 24 * 60))
def test_returns_are_few_however_many_steps_change(interval: float, returned: int, minutes: int) -> None:
    """Each return has at least one change, and makes the pauses after it longer."""
    seen = {str(n): "Succeeded/1" for n in range(returned)}
    returns, now = 0, 0.0
    while now < minutes * 60:
        now += pause(interval, seen)
        seen[f"{returned}-{returns}"] = "Executing/1"
        returns += 1
    doublings = math.ceil(math.log2(LONGEST_PAUSE_SECONDS / LEAST_PAUSE_SECONDS))
    assert returns <= doublings * CHANGES_PER_DOUBLING + minutes * 60 / LONGEST_PAUSE_SECONDS + 1


@pytest.mark.parametrize("interval", [0.1, 5.0, 3600.0])
def test_no_pause_is_shorter_than_the_runs_own_interval(interval: float) -> None:
    """But for its jitter; and a very short interval does not fill the history."""
    assert pause(interval, SEEN) >= max(0.9 * interval, 2)


def test_unseen_steps_are_due_at_once_and_then_at_the_interval() -> None:
    """Without a describe it is not known whether anything was modified."""
    turns = StepTurns(INTERVAL, {}, now=100)
    assert (turns.is_first, turns.are_due(100)) == (True, True)
    read(turns, 100)
    assert (turns.is_first, turns.waits_since) == (False, 100)
    assert [turns.are_due(now) for now in (100, 108, 109, 200)] == [False, False, True, True]


def test_steps_that_were_just_returned_are_not_read_for_a_while() -> None:
    """The next watch begins where the last one returned."""
    turns = StepTurns(INTERVAL, SEEN, now=100)
    assert [turns.are_due(now) for now in (100, 108, 109)] == [False, False, True]
    assert not turns.is_first


@pytest.mark.parametrize(("modified_at", "due_from"), [(EARLIER, 160), (LATER, 109), (None, 109)])
def test_unmodified_steps_are_read_rarely(modified_at: datetime | None, due_from: float) -> None:
    """A describe after the reading shows it, unless it has no LastModifiedTime."""
    turns = StepTurns(INTERVAL, {}, now=100)
    turns.described(EARLIER, now=100)
    read(turns, 100)
    turns.described(modified_at, now=105)
    assert next(now for now in range(101, 200) if turns.are_due(now)) == due_from


def test_an_old_describe_says_nothing_about_now() -> None:
    """A run that is followed by lists is described only every half hour."""
    turns = StepTurns(INTERVAL, {}, now=100)
    turns.described(EARLIER, now=100)
    read(turns, 105)
    assert turns.are_due(115)


@given(st.lists(st.one_of(st.none(), st.integers(1, 50)), max_size=200))
def test_never_more_is_spent_than_was_earned_but_for_one_reading(events: list[int | None]) -> None:
    """`None` is a call for statuses, a number the pages of a reading."""
    allowance, earned, spent = Allowance(), 0, 0
    for pages in events:
        if pages is None:
            allowance.earn()
            earned += 1
        elif allowance.has_credit:
            allowance.spend(pages)
            spent += pages
        assert spent <= earned + 50


def test_a_quiet_time_is_no_licence() -> None:
    """Credit is not saved up for a burst."""
    allowance = Allowance()
    for _ in range(1000):
        allowance.earn()
    readings = 0
    while allowance.has_credit:
        allowance.spend(1)
        readings += 1
    assert readings == MAX_CREDIT
