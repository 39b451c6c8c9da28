"""What the commands on deployed pipelines refuse before they reach Temporal."""

from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from worker.cli.app import app
from worker.cli.deployment_input import pipeline_name_of, read_tags
from worker.cli.outcome import CommandError, ExitCode


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("apply", "no-such.json"), "FILE: cannot read no-such.json"),
        (("apply", "-", "--yes"), "--name is needed"),
        (("apply", "-", "--name", "x"), "FILE: - is not JSON"),
        (("apply", "a.json"), "There is no terminal to ask on: add --yes"),
        (("apply", "a.json", "--tag", "x", "--yes"), "--tag 'x' must be KEY=VALUE"),
        (("apply", "a.json", "--role", "x", "--yes"), "role_arn: must be an IAM role's ARN"),
        (("diff", "x", "no-such.json"), "FILE: cannot read no-such.json"),
        (("diff", "x", "a.json", "--version", "1", "--alias", "prod"), "version cannot stand beside version_alias"),
        (("apply", "a.py:make", "--yes"), "--name is needed"),
        (("promote", "x", "--alias", "prod"), "either --version N, or --from ALIAS"),
        (("promote", "x", "--version", "1", "--alias", "7"), "alias: must be 1 to 128 letters"),
        (("export", "x", "--json", "--terraform"), "exclude each other"),
    ],
)
def test_wrong_use_is_named(
    arguments: tuple[str, ...], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, and the reason in a sentence."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text('{"Version": "2020-12-01", "Steps": []}', encoding="utf-8")
    error = CliRunner().invoke(app, ["pipelines", *arguments]).exception
    assert isinstance(error, CommandError)
    assert (error.code, text in str(error)) == (ExitCode.USAGE, True), error


def test_a_closed_stdin_is_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`<&-` leaves Python without a stdin: nothing is applied unasked, and the option is named."""
    (tmp_path / "a.json").write_text('{"Version": "2020-12-01", "Steps": []}', encoding="utf-8")
    monkeypatch.setattr("sys.stdin", None)
    arguments = [str(tmp_path / "a.json"), "--name", "a"]
    with pytest.raises(CommandError, match="There is no terminal to ask on: add --yes"):
        get_command(app).main(["pipelines", "apply", *arguments], standalone_mode=False)


@pytest.mark.parametrize("command", ["lint", "diff", "apply", "versions", "promote", "export"])
def test_every_help_teaches_with_an_example(command: str) -> None:
    """`--help` shows at least one whole command line."""
    shown = CliRunner().invoke(app, ["pipelines", command, "--help"], terminal_width=200)
    assert f"polysync-sagemaker pipelines {command}" in shown.output.split("Examples")[-1]


def test_names_and_tags() -> None:
    """A file's name without its endings; a key once."""
    assert pipeline_name_of("/x/churn-training.pipeline.json", None) == "churn-training"
    assert pipeline_name_of("-", "churn") == "churn"
    assert read_tags(["a=b", "c=", "d=e=f"]) == {"a": "b", "c": "", "d": "e=f"}
    assert read_tags([]) is None
    with pytest.raises(CommandError, match="given twice"):
        read_tags(["a=b", "a=c"])
