"""Commands take groups of options: typer sees each option, the command one instance of each group."""

from dataclasses import dataclass, field
from typing import Annotated

import typer
from typer.testing import CliRunner

from worker.cli.option_groups import one_by_one


@dataclass(frozen=True)
class Place:
    """A group within a group; `zone` is no option."""

    address: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Where.")] = None
    zone: str = field(init=False, default="a")


@dataclass(frozen=True)
class Reader:
    """A group with another one, and with an option that must be given."""

    place: Place
    name: Annotated[str, typer.Option(help="What.")]


def test_the_options_of_nested_groups_reach_the_command_as_instances() -> None:
    """In their own types, with their defaults; a missing one is refused by typer itself."""
    seen: list[object] = []

    def read(count: Annotated[int, typer.Argument()], *, reader: Reader) -> None:
        """Read."""
        seen.extend([count, reader])

    app = typer.Typer()
    app.command()(one_by_one(read))
    given = CliRunner().invoke(app, ["7", "--name", "rows", "--address", "here:1"])
    assert (given.exit_code, seen) == (0, [7, Reader(Place("here:1"), "rows")])
    assert "--name" in CliRunner().invoke(app, ["7"]).output
