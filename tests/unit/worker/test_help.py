"""`--help` teaches: each command shows at least one whole command line."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from worker.cli.app import app


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of each command that does something."""
    inner = getattr(command, "commands", {})
    for name, one in inner.items():
        yield from leaves(one, (*path, name))
    if not inner:
        yield path


def help_of(*path: str) -> str:
    """What `--help` prints on a wide terminal."""
    shown = CliRunner().invoke(app, [*path, "--help"], terminal_width=200, env={"COLUMNS": "200"})
    assert shown.exit_code == 0, shown.output
    return shown.output


@pytest.mark.parametrize("path", [*leaves(typer.main.get_command(app))], ids=" ".join)
def test_every_help_teaches_with_an_example(path: tuple[str, ...]) -> None:
    """Behind the word Example, whatever else the text has."""
    assert f"polysync-sagemaker {' '.join(path)}" in help_of(*path).split("Example")[-1]


def test_the_overview_names_all_commands() -> None:
    """And says how to try the worker without AWS."""
    overview = help_of()
    assert [path for path in leaves(typer.main.get_command(app)) if f" {path[0]} " not in overview] == []
    assert "polysync-sagemaker demo" in overview
