"""The options that `run` and `job run` share: where and under which id a run lives, and when the command leaves it."""

from typing import Annotated, Final

import typer

INPUT_PANEL: Final = "Input"

RunPlatformOption = Annotated[
    str | None,
    typer.Option("--platform", help="A platform in the worker's configuration.", rich_help_panel=INPUT_PANEL),
]
PollIntervalOption = Annotated[
    float | None,
    typer.Option(metavar="SECONDS", help="Time between two polls, at least 1.", rich_help_panel=INPUT_PANEL),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="When it passes, the execution or job is stopped and the run fails.",
        rich_help_panel=INPUT_PANEL,
    ),
]
WorkflowIdOption = Annotated[
    str | None, typer.Option(metavar="ID", help="The run's id; by default the name of what runs, and a suffix.")
]
WaitOption = Annotated[
    bool, typer.Option("--wait/--detach", help="Follow the run to its end, or leave as soon as it is started.")
]
CancelOnInterruptOption = Annotated[
    bool,
    typer.Option(
        "--cancel-on-interrupt",
        help="Ctrl-C or SIGTERM of this command asks the run to stop; otherwise the run goes on.",
    ),
]
