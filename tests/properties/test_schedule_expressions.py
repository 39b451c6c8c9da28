"""Any cron expression of EventBridge means the same dates to Temporal, against a brute force over twenty years."""

from hypothesis import given, settings
from hypothesis import strategies as some

from tests.conftest import EXAMPLES
from tests.unit.worker.cron_oracle import MONTHS, WEEKDAYS, calendar_dates, dates_of, numbers, values
from worker.schedules.expressions import read_expression


def items(lowest: int, highest: int, names: tuple[str, ...] = ()) -> some.SearchStrategy[str]:
    """One item of a field: a value, a range that may wrap, or either with a step."""
    numbers = some.integers(lowest, highest).map(str)
    value = numbers | some.sampled_from(names) if names else numbers
    body = some.just("*") | value | some.tuples(value, value).map("-".join)
    step = some.just("") | some.integers(1, highest - lowest + 1).map("/{}".format)
    return some.tuples(body, step).map("".join)


def fields(lowest: int, highest: int, names: tuple[str, ...] = ()) -> some.SearchStrategy[str]:
    """A field: a list of such items."""
    return some.lists(items(lowest, highest, names), min_size=1, max_size=3).map(",".join)


WEEKDAY = some.integers(1, 7).map(str) | some.sampled_from(WEEKDAYS)
DAYS = some.one_of(
    some.tuples(
        fields(1, 31) | some.sampled_from(["L", "LW"]) | some.integers(1, 31).map("{}W".format), some.just("?")
    ),
    some.tuples(some.just("?"), fields(1, 7, WEEKDAYS)),
    some.tuples(some.just("?"), WEEKDAY.map("{}L".format)),
    some.tuples(some.just("?"), some.tuples(WEEKDAY, some.integers(1, 5).map(str)).map("#".join)),
)
YEARS = some.just("*") | fields(2020, 2045)


@settings(max_examples=EXAMPLES // 2)
@given(some.tuples(fields(0, 59), fields(0, 23), DAYS, fields(1, 12, MONTHS), YEARS))
def test_any_expression_is_translated_exactly(parts: tuple[str, str, tuple[str, str], str, str]) -> None:
    """The same dates and times; or it is refused because it has none."""
    minutes, hours, (month_day, weekday), months, years = parts
    expression = f"cron({minutes} {hours} {month_day} {months} {weekday} {years})"
    wanted = list(dates_of(expression))
    try:
        calendars = read_expression(expression).calendars
    except ValueError as error:
        assert "never happens" in str(error)  # noqa: PT017 — that it is refused is one of two right outcomes
        assert wanted == []
        return
    assert list(calendar_dates(calendars)) == wanted
    for each in calendars:
        assert (numbers(each.minute), numbers(each.hour)) == (values(minutes, 0, 59), values(hours, 0, 23))
