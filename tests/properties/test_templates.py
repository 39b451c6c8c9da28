"""Whatever a text has of braces: it is rendered as the C library would, or refused with a remedy."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contract.templates import ScheduledStart, render
from contract.time_zones import time_zone

CODES = "YymdHMSjUVuabz"
NOON = ScheduledStart(time=datetime(2026, 7, 4, 12, 30, tzinfo=UTC), schedule="nightly")

times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 — naive bounds
    lambda time: time.replace(microsecond=0)
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
pieces = st.sampled_from(["{", "}", "{{", "}}", "scheduled_time", "schedule", "-1d", "+2h", "@", "UTC", ":", "%Y", "%"])


@given(times, zones, st.sampled_from(CODES))
def test_each_code_is_that_of_the_c_library(time: datetime, zone: str, code: str) -> None:
    """In any year and zone; this process has the C locale's names."""
    expected = time.astimezone(time_zone(zone)).strftime(f"%{code}")
    assert render(f"{{scheduled_time@{zone}:%{code}}}", ScheduledStart(time=time)) == expected


@given(times, zones, st.integers(-400, 400))
def test_a_day_keeps_the_time_of_the_day(time: datetime, zone: str, days: int) -> None:
    """Unless that time does not exist on the other day."""
    local = time.astimezone(time_zone(zone)).replace(tzinfo=None)
    result = render(f"{{scheduled_time{days:+}d:%Y-%m-%dT%H:%M:%S}}", ScheduledStart(time=time), zone)
    moved = local + timedelta(days=days)
    exists = moved.replace(tzinfo=time_zone(zone)).astimezone(UTC).astimezone(time_zone(zone)).replace(tzinfo=None)
    assert result == exists.isoformat()


@given(st.text())
def test_an_escaped_text_is_itself(text: str) -> None:
    """Braces written twice."""
    assert render(text.replace("{", "{{").replace("}", "}}"), NOON) == text


@given(st.lists(pieces | st.text(max_size=3), max_size=12).map("".join))
def test_any_text_is_rendered_or_refused(text: str) -> None:
    """Another exception would keep the workflow task failing for ever."""
    with suppress(ValueError):
        render(text, NOON)
