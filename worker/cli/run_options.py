"""The options that `run` and `job run` share: where and under which id a run lives, and when the command leaves it."""

from typing import Annotated, Final

import typer

from worker.cli.outcome import CommandError

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
JoinOption = Annotated[
    bool,
    typer.Option(
        "--join",
        help="Follow the run with this --workflow-id if it is open or has completed, instead of starting another.",
    ),
]

CancelOnInterruptOption = Annotated[
    bool,
    typer.Option(
        "--cancel-on-interrupt",
        help="The first Ctrl-C or SIGTERM asks the run to stop and waits for its end, the second one leaves it. "
        "Without this option the run goes on.",
    ),
]


def joined_id(workflow_id: str | None, *, join: bool) -> str | None:
    """Check that --join has an id to join.

    Raises:
        CommandError: It has none.
    """
    if join and workflow_id is None:
        raise CommandError("--join needs --workflow-id ID: the run that it joins if it is there.")
    return workflow_id
