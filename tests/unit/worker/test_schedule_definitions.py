"""Definitions of schedules and their files, read without a server."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from contract.time_zones import time_zone
from worker.schedules.building import Building
from worker.schedules.definition import ScheduleDefinition, read_definition
from worker.schedules.durations import duration_text, read_duration
from worker.schedules.errors import ScheduleError
from worker.schedules.files import read_schedule_file

LEAST: dict[str, Any] = {"name": "nightly", "when": "@daily", "pipeline": "churn-training"}


def defined(**fields: Any) -> ScheduleDefinition:
    """A definition with some fields."""
    return read_definition({**LEAST, **fields})


def test_defaults() -> None:
    """A year of missed times costs one run, and the input asks for templates."""
    found = defined()
    options = (found.overlap, found.catch_up, found.jitter, found.pause_on_failure)
    assert options == ("skip", timedelta(days=1), timedelta(0), False)
    assert found.run_input == {"pipeline_name": "churn-training", "templates": True}


def test_the_zone_is_that_of_templates_and_of_times_without_one() -> None:
    """Start and end as well; a time with a zone keeps it."""
    found = defined(time_zone="Europe/Berlin", start=datetime(2026, 7, 1), end="2026-08-01T00:00:00Z")  # noqa: DTZ001 — as TOML has it
    assert found.start_at == datetime(2026, 7, 1, tzinfo=time_zone("Europe/Berlin"))
    assert found.end_at == datetime(2026, 8, 1, tzinfo=UTC)
    assert found.run_input["time_zone"] == "Europe/Berlin"


def test_a_job() -> None:
    """Its request may have templates; the input's other fields stand beside it."""
    request = {"TrainingJobName": "search-{scheduled_time:%Y%m%d}"}
    found = read_definition(
        {"name": "x", "when": "@daily", "job": "training", "request": request, "input": {"Platform": "prod"}}
    )
    assert found.run_input == {"job": "training", "request": request, "templates": True, "platform": "prod"}


def test_memo_and_action() -> None:
    """What `show` and the next apply read; the id of the runs begins with the schedule's name."""
    action = (
        Building(defined(start="2026-07-01T00:00:00Z"), "team", datetime(2026, 1, 1, tzinfo=UTC)).schedule({}).action
    )
    memo = {
        "when": ["@daily"],
        "time_zone": "UTC",
        "jitter": "0s",
        "overlap": "skip",
        "catch_up": "1d",
        "pause_on_failure": False,
        "start": "2026-07-01T00:00:00+00:00",
        "rates_from": "2026-07-01T00:00:00+00:00",
        "owner": "team",
    }
    assert (getattr(action, "id"), getattr(action, "memo")) == ("nightly", {"sagemaker_schedule": memo})  # noqa: B009 — the base class has neither


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"name": "two words"}, "name: must be 1 to 200 letters"),
        ({"when": []}, "when: Value should have at least 1 item"),
        ({"when": ["@daily"] * 21}, "when: Value should have at most 20 items"),
        ({"when": ["@daily", "0 2 * * 2 *"]}, "when.1: '0 2 * * 2 *' six fields are EventBridge's"),
        ({"time_zone": "Europe/Berln"}, "time_zone: is no time zone; did you mean Europe/Berlin?"),
        ({"overlap": "queue"}, "overlap: must be one of skip, buffer-one"),
        ({"overlap": "terminate-other"}, "overlap: terminate-other would leave SageMaker's execution running"),
        ({"jitter": "10 minutes"}, "jitter: must be a duration"),
        ({"catch_up": "1s"}, "catch_up must be at least 10s"),
        ({"jitter": "999999999w"}, "jitter: must be at most 36525d, a hundred years"),
        ({"catch_up": "999999999w"}, "catch_up: must be at most 36525d, a hundred years"),
        ({"when": "every 999999999w"}, "when.0: 'every 999999999w' must be at most 36525d, a hundred years"),
        ({"start": "soon"}, "start: must be a time"),
        ({"start": "0001-01-01", "time_zone": "Europe/Berlin"}, "start: must be a time of the years 2000 to 2100"),
        ({"start": datetime(1999, 12, 31)}, "start: must be a time of the years 2000 to 2100"),  # noqa: DTZ001 — as TOML has it
        (
            {"end": "9999-12-31T23:59:59", "time_zone": "America/New_York"},
            "end: must be a time of the years 2000 to 2100",
        ),
        ({"start": "2026-07-01", "end": "2026-07-01"}, "end must be later than start"),
        ({"pipeline": None}, "exactly one of pipeline and job must say what runs"),
        ({"job": "training"}, "exactly one of pipeline and job must say what runs"),
        ({"request": {}}, "request stands beside job only"),
        ({"jitters": "1m"}, "jitters: unknown field; known fields: name, when"),
        ({"input": {"PipelineName": "x"}}, "input.PipelineName: leave it out, pipeline names it"),
        ({"input": {"client_request_token": "x" * 32}}, "AWS would answer each start with the first one's execution"),
        ({"input": {"execution_arn": "arn"}}, "a schedule starts executions and follows none"),
        ({"input": {"scheduled_time": "2026-07-01T00:00:00Z"}}, "each run has its own"),
        ({"input": {"parameter": {}}}, "input: parameter: unknown field"),
        ({"input": {"display_name": "a b"}}, "input: display_name: must be 1 to 82 letters"),
        ({"input": {"parameters": {"Day": "{scheduled_day}"}}}, "input: parameters.Day: the template at character 1"),
        ({"input": {"parameters": {"Day": "{scheduled_time:%Q}"}}}, "has %Q, which is unknown"),
    ],
)
def test_refuses_with_field_and_remedy(fields: dict[str, Any], why: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ScheduleError, match=re.escape(why)):
        defined(**fields)


def test_a_display_name_is_validated_as_its_template_will_fill_it() -> None:
    """A brace is no character of a display name, and the time is not there yet."""
    assert defined(input={"display_name": "churn-{scheduled_time:%Y%m%d}"})
    with pytest.raises(ScheduleError, match="display_name: must be 1 to 82 letters"):
        defined(input={"display_name": "churn-{scheduled_time}"})


FILE = """
owner = "ml-platform"

[[schedule]]
name = "nightly"
pipeline = "churn-training"
when = ["cron(0 2 ? * MON-FRI *)", "cron(0 4 L * ? *)"]
time_zone = "Europe/Berlin"
start = 2026-07-01T00:00:00
paused = true
input = { parameters = { Day = "{scheduled_time:%Y-%m-%d}" }, platform = "prod" }

[[schedule]]
name = "search"
job = "training"
request = { TrainingJobName = "search" }
when = "rate(6 hours)"
"""

PROBLEMS = """
owners = "ml-platform"

[[schedule]]
name = "nightly"
pipeline = "churn-training"
when = ["0 2 * * 2 *"]
input = { parameters = { Day = "{scheduled_day}" } }

[[schedule]]
when = "@daily"

[[schedule]]
name = "twice"
pipeline = "x"
when = "@daily"

[[schedule]]
name = "twice"
pipeline = "x"
when = "@daily"
"""


def written(folder: Path, text: str) -> Path:
    """A file with a text."""
    path = folder / "schedules.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_reads_a_file(tmp_path: Path) -> None:
    """As the documentation has it, with TOML's own times."""
    file = read_schedule_file(written(tmp_path, FILE))
    assert (file.owner, [each.name for each in file.schedules]) == ("ml-platform", ["nightly", "search"])
    assert file.schedules[0].start_at == datetime(2026, 7, 1, tzinfo=time_zone("Europe/Berlin"))
    assert (file.schedules[0].paused, file.schedules[0].run_input["platform"]) == (True, "prod")
    assert file.schedules[1].when == ["rate(6 hours)"]


def test_names_all_problems_of_a_file(tmp_path: Path) -> None:
    """One line for each schedule, those of its input among them."""
    path = written(tmp_path, PROBLEMS)
    with pytest.raises(ScheduleError) as refused:
        read_schedule_file(path)
    lines = [line.removeprefix(f"{path}: ") for line in str(refused.value).splitlines()]
    assert [line.split(":")[0] for line in lines] == ["owners", "schedule 'nightly'", "schedule 2", "schedule 'twice'"]
    assert "when.0: '0 2 * * 2 *' six fields are EventBridge's" in lines[1]
    assert "input: parameters.Day: the template at character 1" in lines[1]
    assert "name: required, but missing" in lines[2]
    assert "the name is given 2 times" in lines[3]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("owner =", "is not TOML"),
        ("schedule = 1", "must be an array of tables"),
        ("owner = 1", "owner: must be a text"),
        (f"a = {'{b = ' * 2000}1{'}' * 2000}", "is not TOML"),
        (
            f"[[schedule]]\nname='a'\nwhen='@daily'\njob='training'\nrequest = {'{b = ' * 160}1{'}' * 160}",
            "input: request: has more than 150 levels; write it flatter",
        ),
    ],
)
def test_refuses_what_is_no_file_of_schedules(tmp_path: Path, text: str, why: str) -> None:
    """With the file's name."""
    with pytest.raises(ScheduleError, match=re.escape(why)):
        read_schedule_file(written(tmp_path, text))
    with pytest.raises(ScheduleError, match="cannot be read"):
        read_schedule_file(tmp_path / "missing.toml")


@given(some.integers(0, 10**8))
def test_durations_are_read_as_they_are_written(seconds: int) -> None:
    """To the second."""
    assert read_duration(duration_text(timedelta(seconds=seconds))).total_seconds() == seconds
