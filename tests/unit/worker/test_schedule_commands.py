"""The commands of `schedule`, as far as they need no server."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from worker.cli.app import app
from worker.cli.outcome import CommandError, ExitCode

DAILY = ("--when", "@daily")


def refusal(*arguments: str) -> CommandError:
    """What a command line is refused with."""
    error = CliRunner().invoke(app, ["schedule", *arguments]).exception
    assert isinstance(error, CommandError), error
    return error


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "Missing argument 'NAME'"),
        (("x",), "Missing argument 'PIPELINE'"),
        (("x", "quick-check"), "when: required, but missing"),
        (("x", "quick-check", *DAILY, "--prune"), "--prune is for -f FILE"),
        (("x", "quick-check", *DAILY, "--job", "job.json"), "--job runs a job"),
        (("x", *DAILY, "--job", "job.json", "-p", "A=b"), "--job runs a job"),
        (("x", *DAILY, "--job", "job.json", "--ask", "*"), "--job runs a job"),
        (("x", *DAILY, "--job", "job.json", "--wait-for-approval"), "--job runs a job"),
        (("x", *DAILY, "--job", "missing.json"), "cannot read missing.json"),
        (("x", *DAILY, "-f", "file"), "leave out NAME, --when."),
        (("-f", "file", "--time-zone", "Europe/Berlin", "-p", "A=b"), "leave out --time-zone, --parameter."),
        (("-f", "file", "--task-queue", "sagemaker"), "leave out --task-queue."),
        (("x", "quick-check", *DAILY, "--kind", "training"), "--kind is for --job FILE"),
        (("-f", "missing.toml"), "missing.toml: cannot be read"),
        (("x", "quick-check", "--when", "0 10 1 * 1"), "Unix cron runs where either holds"),
        (("x", "quick-check", *DAILY, "-p", "Json={1}"), "input: parameters.Json: the template at character 1"),
        (("x", "quick-check", *DAILY, "--overlap", "terminate-other"), "use cancel-other, which stops it"),
        (("x", "quick-check", *DAILY, "--jitter", "999999999w"), "jitter: must be at most 36525d"),
        (("x", "quick-check", *DAILY, "--end", "9999-12-31T23:59:59"), "end: must be a time of the years 2000 to 2100"),
    ],
)
def test_an_apply_is_refused_before_anything_is_sent(arguments: tuple[str, ...], why: str) -> None:
    """With the field and the remedy, and the exit code of wrong use."""
    error = refusal("apply", *arguments)
    assert (error.code, why in str(error)) == (ExitCode.USAGE, True), str(error)


def test_pruning_needs_an_owner(tmp_path: Path) -> None:
    """Or it would delete what others made."""
    file = tmp_path / "schedules.toml"
    file.write_text("")
    assert "write owner =" in str(refusal("apply", "-f", str(file), "--prune"))


def test_a_document_may_have_templates_and_any_style(tmp_path: Path) -> None:
    """It is validated with its templates filled in: the display name is the problem, not its brace."""
    file = tmp_path / "input.json"
    document = {
        "PipelineName": "x",
        "DisplayName": "run {schedule}",
        "Parameters": [{"Name": "A", "Value": "{schedule}"}],
    }
    file.write_text(json.dumps(document))
    error = refusal("apply", "nightly", "--input", str(file), *DAILY, "-p", "B=1")
    assert str(error).startswith("Invalid schedule: input: display_name: must be 1 to 82 letters")
    assert "PIPELINE and --input exclude each other" in str(refusal("apply", "n", "x", "--input", str(file), *DAILY))


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("yesterday", "2026-07-01", "--from 'yesterday' must be a time, such as 2026-07-04T02:00:00"),
        ("0001-01-01", "2026-07-01", "--from '0001-01-01' must be a time of the years 2000 to 2100"),
        (
            "2026-07-01",
            "9999-12-31T23:59:59-05:00",
            "--to '9999-12-31T23:59:59-05:00' must be a time of the years 2000",
        ),
    ],
)
def test_a_backfill_needs_times(first: str, last: str, why: str) -> None:
    """Times that can be read, and that schedules have."""
    error = refusal("backfill", "nightly", "--from", first, "--to", last)
    assert (error.code, why in str(error)) == (ExitCode.USAGE, True), str(error)
