"""The embedded stack where something of it is not installed, and the commands that it proposes."""

import importlib.util
import json
import re
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from worker.cli.app import app
from worker.cli.commands.local import print_addresses
from worker.cli.outcome import CommandError
from worker.local import standin_process
from worker.local.stack import Stack


@pytest.mark.parametrize("command", ["demo", "local"])
@pytest.mark.parametrize(
    ("absent", "remedy"),
    [
        ("sagemaker_standin", "Call the command in a clone of the repository"),
        ("starlette", r"pip install 'polysync-sagemaker\[local\]'"),
    ],
)
def test_what_is_not_installed_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, command: str, absent: str, remedy: str
) -> None:
    """Before any process is started."""

    def find(name: str) -> ModuleSpec | None:
        return None if name == absent else importlib.util.find_spec(name)

    monkeypatch.setattr(standin_process, "find_spec", find)
    with pytest.raises(CommandError, match=remedy):
        CliRunner().invoke(app, [command], catch_exceptions=False)


@pytest.mark.parametrize("clock_scale", [1, 30, 600])
def test_the_run_that_is_to_be_cancelled_lasts_minutes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], clock_scale: float
) -> None:
    """A person types the command after reading it: the nightly run must still be open then."""
    print_addresses(Stack(tmp_path, clock_scale=clock_scale), as_json=False, clock_scale=clock_scale)
    shown = capsys.readouterr().out
    proposed = re.search(r"--input '(.*)'", shown)
    assert proposed is not None
    seconds = int(json.loads(proposed[1])["parameters"]["ScoringSeconds"])
    assert seconds / clock_scale >= 120
    assert shown.index("workflow start") < shown.index("--name cancel")
