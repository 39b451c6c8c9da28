"""The options that `run`, `job run` and `schedule apply` share."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final

import typer

INPUT_PANEL: Final = "Input"


@dataclass(frozen=True)
class RunOptions:
    """Where a run works, how often it polls, and for how long."""

    platform: Annotated[
        str | None, typer.Option(help="A platform in the worker's configuration.", rich_help_panel=INPUT_PANEL)
    ] = None
    poll_interval: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Time between two polls, at least 1.", rich_help_panel=INPUT_PANEL),
    ] = None
    timeout: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="When it passes, the execution or job is stopped and the run fails.",
            rich_help_panel=INPUT_PANEL,
        ),
    ] = None

    def fields(self) -> dict[str, Any]:
        """Return the fields of the input by name; None means not given."""
        return asdict(self)
