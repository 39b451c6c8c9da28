"""Templates in texts, and the inputs that have them."""

import difflib
from datetime import UTC, datetime
from typing import Any

import pytest

from contract import scheduled_input
from contract.job_run import JobRunInput
from contract.pipeline_run import PipelineRunInput
from contract.scheduled_input import rendered
from contract.spelling import MAX_PROBLEMS_DESCRIBED
from contract.templates import MAX_RENDERED_BYTES, MAX_TEMPLATES, ScheduledStart, render
from contract.time_zones import time_zone

NOON = datetime(2026, 7, 4, 12, 30, 15, tzinfo=UTC)
NIGHTLY = ScheduledStart(time=NOON, schedule="nightly")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("", ""),
        ("100 %", "100 %"),
        ("{scheduled_time}", "2026-07-04T12:30:15Z"),
        ("{scheduled_time@Europe/Berlin}", "2026-07-04T14:30:15+02:00"),
        ("{scheduled_time@America/New_York}", "2026-07-04T08:30:15-04:00"),
        ("s3://data/{scheduled_time:%Y/%m/%d}/part-{scheduled_time:%H}", "s3://data/2026/07/04/part-12"),
        ("{scheduled_time-1d:%Y%m%d}", "20260703"),
        ("{scheduled_time+1w-2h:%Y-%m-%dT%H}", "2026-07-11T10"),
        ("{scheduled_time-90m+15s:%H:%M:%S}", "11:00:30"),
        ("{scheduled_time@Asia/Kathmandu:%z}", "+0545"),
        ("{scheduled_time:%a %d %b %y, day %j, %U %V %u %s}", "Sat 04 Jul 26, day 185, 26 27 6 1783168215"),
        ("{scheduled_time+12h:%a}", "Sun"),
        ("{schedule}/{schedule}", "nightly/nightly"),
        ("{{scheduled_time}} {{}} {{{schedule}}} {{{schedule}", "{scheduled_time} {} {nightly} {nightly"),
    ],
)  # fmt: skip
def test_a_text_with_templates(text: str, result: str) -> None:
    """Everything else stands as it is."""
    assert render(text, NIGHTLY) == result


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "the brace at character 1 belongs to no template; a brace itself is written twice, {{ or }}"),
        ("a}b", "the brace at character 2 belongs to no template"),
        ("{}", "the template at character 1 is unknown; there are {scheduled_time} and {schedule}"),
        ('{"password": "hunter2"}', "the template at character 1 is unknown"),
        ("{now}", "the template at character 1 is unknown"),
        ("{scheduled_times}", "the template at character 1 is unknown"),
        ("{ scheduled_time }", "the template at character 1 is unknown"),
        ("{scheduled_time-1y}", "has an offset that cannot be read; write a sign, a number and one of s m h d w"),
        ("{scheduled_time-d}", "has an offset that cannot be read"),
        ("{scheduled_time-9999999d}", "has an offset that cannot be read"),
        ("{scheduled_time-999999d}", "has an offset that leaves the years 1 to 9999"),
        (
            "{scheduled_time@Europe/Berln}",
            "the part behind @ in {scheduled_time@…} is no time zone; did you mean Europe/Berlin?",
        ),
        ("{scheduled_time@}", "is no time zone; give a name of the IANA database, such as Europe/Berlin"),
        ("{scheduled_time@../../etc/passwd}", "is no time zone"),
        ("{scheduled_time:%Q}", "has %Q, which is unknown; there are %Y %y %m %d %H %M %S %j %U %V %u %a %b %z %s"),
        ("{scheduled_time:%}", "has %, which is unknown"),
        ("{scheduled_time:%%Y}", "has %, which is unknown"),
        ("{scheduled_time:}", "has no code; write one, such as {scheduled_time:%Y-%m-%d}"),
        ("{schedule:%Y}", "{schedule} takes no offset, zone or format"),
        ("{schedule-1d}", "{schedule} takes no offset, zone or format"),
    ],
)
def test_a_text_that_cannot_be_filled_in(text: str, problem: str) -> None:
    """The remedy is named, and the text is not quoted: it may be a secret."""
    with pytest.raises(ValueError, match=r".") as raised:
        render(text, NIGHTLY)
    assert problem in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{scheduled_time}", 'give `scheduled_time` in the input, such as "2026-07-04T02:00:00Z"'),
        ("{schedule}", "no schedule started this run; write the schedule's name instead"),
    ],
)
def test_a_run_that_no_schedule_started(text: str, problem: str) -> None:
    """Never the present time: a backfill would have the wrong date."""
    with pytest.raises(ValueError, match=r".") as raised:
        render(text, ScheduledStart())
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    ("time", "zone", "text", "result"),
    [
        # Spring forward on 29 March 2026: 24 hours before half past midnight of the Monday is the Saturday.
        ("2026-03-29T22:30:00Z", "Europe/Berlin", "{scheduled_time-1d:%a %d %H:%M}", "Sun 29 00:30"),
        ("2026-03-29T22:30:00Z", "Europe/Berlin", "{scheduled_time-24h:%a %d %H:%M}", "Sat 28 23:30"),
        # Back on 25 October 2026: the Sunday has 25 hours.
        ("2026-10-25T22:30:00Z", "Europe/Berlin", "{scheduled_time-1d:%a %d %H:%M}", "Sat 24 23:30"),
        ("2026-10-25T22:30:00Z", "Europe/Berlin", "{scheduled_time-24h:%a %d %H:%M}", "Sun 25 00:30"),
        # The repeated hour, both times.
        ("2026-11-01T05:30:00Z", "America/New_York", "{scheduled_time:%H:%M%z}", "01:30-0400"),
        ("2026-11-01T06:30:00Z", "America/New_York", "{scheduled_time:%H:%M%z}", "01:30-0500"),
        # 02:30 of that day does not exist.
        ("2026-03-30T00:30:00Z", "Europe/Berlin", "{scheduled_time-1d:%d %H:%M%z}", "29 03:30+0200"),
        ("2026-10-02T15:45:00Z", "Australia/Lord_Howe", "{scheduled_time+1d:%d %H:%M%z}", "04 02:45+1100"),
    ],
)
def test_clock_changes(time: str, zone: str, text: str, result: str) -> None:
    """A day and a week are those of the zone's calendar; hours, minutes and seconds are elapsed time."""
    assert render(text, ScheduledStart(time=datetime.fromisoformat(time)), zone) == result


def test_the_texts_of_a_pipeline_run() -> None:
    """In the fields that a person reads and in the parameters, in every style of keys; nowhere else."""
    given: dict[str, Any] = {
        "PipelineName": "churn",
        "templates": True,
        "Parameters": [{"name": "Date", "value": "{scheduled_time:%Y-%m-%d}"}, {"name": "Rate", "value": 5}],
        "displayName": "churn-{scheduled_time:%j}",
        "description": "of {schedule}",
        "outputs": {"model": "steps.Train.{a: job}"},
        "time_zone": "Asia/Tokyo",
        "scheduled_time": "2026-07-04T16:00:00+00:00",
    }
    read = PipelineRunInput.admit(rendered(given, PipelineRunInput, NIGHTLY))
    assert (read.parameters, read.display_name, read.description) == (
        {"Date": "2026-07-05", "Rate": "5"},
        "churn-186",
        "of nightly",
    )
    assert read.outputs["model"].expression == "steps.Train.{a: job}"
    assert read.scheduled_time == datetime(2026, 7, 4, 16, tzinfo=UTC)
    assert PipelineRunInput.admit(rendered(read, PipelineRunInput, NIGHTLY)) == read


def test_the_texts_of_a_job_request() -> None:
    """All strings, whatever they are in; keys are none."""
    given = {
        "job": "training",
        "templates": True,
        "request": {"TrainingJobName": "churn", "Environment": {"{A}": "{scheduled_time:%Y}"}, "L": ["{schedule}", 1]},
    }
    assert rendered(given, JobRunInput, NIGHTLY) == {
        "job": "training",
        "templates": True,
        "request": {"TrainingJobName": "churn", "Environment": {"{A}": "2026"}, "L": ["nightly", 1]},
    }


@pytest.mark.parametrize("templates", [{}, {"templates": False}, {"templates": None}, {"templates": "true"}])
def test_without_templates_a_brace_means_a_brace(templates: dict[str, Any]) -> None:
    """No parameter of today changes its meaning."""
    given = {"pipeline_name": "churn", "parameters": {"A": "{scheduled_time} {"}, **templates}
    assert rendered(given, PipelineRunInput, NIGHTLY) == given


def test_all_problems_at_once() -> None:
    """Each with its path, and without its text."""
    given = {"templates": True, "parameters": {"A": "{x}", "B": "{"}, "description": "{scheduled_time:%q}"}
    with pytest.raises(ValueError, match=r".") as raised:
        rendered(given, PipelineRunInput, NIGHTLY)
    assert [problem.split(":")[0] for problem in str(raised.value).split("; ") if ": " in problem] == [
        "parameters.A",
        "parameters.B",
        "description",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scheduled_time", "tomorrow"),
        ("scheduled_time", "2026-07-04T02:00:00"),
        ("time_zone", "Mars"),
        ("time_zone", 5),
    ],
)
def test_a_wrong_setting_is_the_validations_to_report(field: str, value: object) -> None:
    """Nothing is filled in by it."""
    given = {"pipeline_name": "churn", "templates": True, "description": "{schedule}", field: value}
    filled = rendered(given, PipelineRunInput, NIGHTLY)
    assert filled is given
    with pytest.raises(ValueError, match=field):
        PipelineRunInput.admit(filled)


def refusal(fields: dict[str, Any], start: ScheduledStart = NIGHTLY) -> str:
    """What the rendering of an input refuses it with."""
    with pytest.raises(ValueError, match=r".") as raised:
        rendered({"templates": True, **fields}, JobRunInput, start)
    return str(raised.value)


def test_rendering_stops_at_the_problems_it_describes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of unknown templates must not hold up the event loop of all runs."""
    calls: list[str] = []

    def counted(text: str, *rest: Any) -> str:
        calls.append(text)
        return render(text, *rest)

    monkeypatch.setattr(scheduled_input, "render", counted)
    problem = refusal({"request": [f"{{{number}}}" for number in range(5000)]})
    assert (len(calls), problem.count("is unknown")) == (MAX_PROBLEMS_DESCRIBED, MAX_PROBLEMS_DESCRIBED)
    assert problem.endswith("; texts after these were not read")


def test_so_many_offsets_are_read() -> None:
    """Each of them is a conversion of time zones."""
    assert render("{scheduled_time" + "+1d" * 8 + ":%d}", NIGHTLY) == "12"
    with pytest.raises(ValueError, match="at most 8 offsets in one template"):
        render("{scheduled_time" + "+1d" * 9 + ":%d}", NIGHTLY)


@pytest.mark.parametrize(
    "texts",
    [
        ["{schedule}" * 600],
        ["{schedule}"] * 600,
        ["é" * (MAX_RENDERED_BYTES // 2 + 1)],
        [f"{{scheduled_time:{'%a' * (MAX_RENDERED_BYTES // 3 + 1)}}}"],
    ],
    ids=["in one text", "in equal texts", "characters of two bytes", "in a format"],
)
def test_the_rendered_texts_have_a_size(texts: list[str]) -> None:
    """All of them together: a name of 2,000 characters fits into a template of ten."""
    start = ScheduledStart(time=NOON, schedule="s" * 2000)
    assert "with its templates filled in, the input has more than 1048576 bytes of text" in refusal(
        {"request": texts}, start
    )


def test_a_text_of_the_greatest_size() -> None:
    """Is filled in."""
    text = "{schedule}" + "x" * (MAX_RENDERED_BYTES - len("nightly"))
    filled = rendered({"templates": True, "request": [text]}, JobRunInput, NIGHTLY)
    assert filled == {"templates": True, "request": ["nightly" + text.removeprefix("{schedule}")]}


def test_an_input_has_so_many_templates() -> None:
    """Each takes the event loop's time, however little it writes."""
    problem = refusal({"request": ["{scheduled_time:%d}" * MAX_TEMPLATES, "{scheduled_time:%m}"]})
    assert f"the input has more than {MAX_TEMPLATES} templates" in problem


def test_an_unknown_zone_is_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all names; the comparison takes milliseconds, and its memory is bounded."""
    compared: list[str] = []

    def counted(name: str, *_: Any, **__: Any) -> list[str]:
        compared.append(name)
        return ["Europe/Berlin"]

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    for _ in range(3):
        with pytest.raises(ValueError, match="did you mean Europe/Berlin"):
            time_zone("Europe/Berlinnn")
        with pytest.raises(ValueError, match="give a name of the IANA database"):
            time_zone("Europe/Berlin" * 100_000)
    assert compared == ["Europe/Berlinnn"]
