"""The options of `run` for what persons answer: Callback steps, and the model packages that a run registers."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

import typer

_PANEL: Final = "Answers of persons"

AskOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ask",
        metavar="STEP",
        help="A Callback step that a person answers, by 'approve' or 'reject'; '*' for all of them. Repeat as needed.",
        rich_help_panel=_PANEL,
    ),
]
ApprovalOption = Annotated[
    bool,
    typer.Option(
        "--wait-for-approval",
        help="After a success, wait until the model packages that it registered are approved.",
        rich_help_panel=_PANEL,
    ),
]


def callbacks(steps: Iterable[str]) -> dict[str, Any]:
    """Return the input's `callbacks` of the steps that a person answers; a stop of the run fails them."""
    return {step: {"answered_by": "person", "on_cancel": "fail"} for step in steps}


def approval(*, is_wanted: bool) -> dict[str, Any]:
    """Return members of the input's `approval`."""
    return {"wait": True} if is_wanted else {}
