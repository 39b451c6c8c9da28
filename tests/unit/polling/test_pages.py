"""Which pages are worth reading: the arithmetic, against a model that tries everything."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.watching.pages import PAGE_SIZE, WORTH_FROM, KnownPages, pages_to_read, worth

WANTED = st.lists(st.tuples(st.integers(0, 1000).map(float), st.floats(WORTH_FROM, 1)), max_size=300)
"""Executions whose number is their creation, and what a poll of each is worth."""

BOUNDARIES = st.lists(st.integers(0, 1000), unique=True, max_size=12).map(lambda ages: sorted(ages, reverse=True))
"""Creation of the last execution of each known page."""


def known(boundaries: list[int], *, ends: bool) -> KnownPages:
    """What was learnt from reading so many pages."""
    pages = KnownPages()
    for page, oldest in enumerate(boundaries):
        pages.learn(page, [float(oldest)], is_last=ends and page == len(boundaries) - 1)
    return pages


def calls_of(pages: KnownPages, wanted: list[tuple[float | None, float]], read: int) -> float:
    """The model: reading so many pages costs their number, and what is not on them its describe's worth."""
    beyond = [value for created, value in wanted if pages.page_of(created) >= pages.count]
    seen = sum(value for created, value in wanted if pages.page_of(created) < min(read, pages.count))
    return read - seen - sum(beyond[: max(0, read - pages.count) * PAGE_SIZE])


@given(boundaries=BOUNDARIES, ends=st.booleans(), wanted=WANTED)
def test_no_other_number_of_pages_costs_less(
    *, boundaries: list[int], ends: bool, wanted: list[tuple[float | None, float]]
) -> None:
    """As far as anybody can know before they are read."""
    pages = known(boundaries, ends=ends)
    chosen = pages_to_read(pages, wanted)
    costs = [calls_of(pages, wanted, read) for read in range(len(boundaries) + 5)]
    assert costs[chosen] == pytest.approx(min(costs))
    assert all(cost > costs[chosen] - 1e-9 for cost in costs[:chosen])


@given(BOUNDARIES, st.lists(st.integers(0, 1000).map(float), max_size=300))
def test_polls_that_are_due_never_cost_more_than_a_describe_each(boundaries: list[int], due: list[float]) -> None:
    """Pages and stragglers together."""
    pages = known(boundaries, ends=True)
    chosen = pages_to_read(pages, [(created, 1.0) for created in due])
    stragglers = sum(pages.page_of(created) >= chosen for created in due)
    assert chosen + stragglers <= len(due)


@given(BOUNDARIES.filter(bool), st.integers(0, 1000))
def test_an_execution_is_on_the_first_page_that_reaches_back_to_it(boundaries: list[int], created: int) -> None:
    """Or beyond all that is known."""
    page = known(boundaries, ends=False).page_of(float(created))
    assert all(oldest > created for oldest in boundaries[:page])
    assert page == len(boundaries) or boundaries[page] <= created


def test_an_execution_of_unknown_creation_is_expected_near_the_top() -> None:
    """Open executions are mostly new ones."""
    assert pages_to_read(KnownPages(), [(None, 1.0)]) == 0
    assert pages_to_read(KnownPages(), [(None, 1.0)] * 2) == 1
    assert pages_to_read(KnownPages(), [(float(age), 1.0) for age in range(150)]) == 2
    assert pages_to_read(KnownPages(), [(float(age), 1.0) for age in range(101)]) == 1


def test_the_last_page_holds_all_the_rest() -> None:
    """Until it turns out to be the last one no more."""
    pages = known([900, 800, 700], ends=True)
    assert (pages.page_of(0.0), pages.count) == (2, 3)
    pages.learn(2, [750.0], is_last=False)
    assert pages.page_of(0.0) == 3
    pages.learn(0, [], is_last=True)
    assert (pages.page_of(0.0), pages.count) == (0, 1)


def test_a_page_that_shows_nothing_moves_no_boundary() -> None:
    """AWS may give an empty page with a token."""
    pages = KnownPages()
    pages.learn(0, [], is_last=False)
    assert (pages.page_of(math.inf), pages.page_of(5.0)) == (0, 1)
    pages.learn(0, [7.0], is_last=False)
    pages.learn(1, [], is_last=False)
    assert (pages.page_of(7.0), pages.page_of(6.0)) == (0, 2)


@pytest.mark.parametrize(
    ("seconds_left", "worth_now"), [(-3, 1), (0, 1), (1, 0.9), (5, 0.5), (5.1, 0), (10, 0), (60, 0), (math.inf, 0)]
)
def test_an_early_poll_is_worth_the_part_of_the_interval_that_has_passed(seconds_left: float, worth_now: float) -> None:
    """But nothing in the interval's first half."""
    assert worth(seconds_left, 10) == pytest.approx(worth_now)
