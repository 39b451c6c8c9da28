"""The options of `run` and `schedule apply` for what persons answer: Callback steps, and registered model packages."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer

_PANEL: Final = "Answers of persons"


@dataclass(frozen=True)
class GateOptions:
    """What a run waits for, beside the execution itself."""

    ask: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STEP",
            help="A Callback step that a person answers, by 'approve' or 'reject'; '*' for all of them. Repeat as "
            "needed.",
            rich_help_panel=_PANEL,
        ),
    ] = None
    wait_for_approval: Annotated[
        bool,
        typer.Option(
            "--wait-for-approval",
            help="After a success, wait until the model packages that it registered are approved.",
            rich_help_panel=_PANEL,
        ),
    ] = False

    def members(self) -> dict[str, dict[str, Any]]:
        """Return members of the input's `callbacks` and `approval`; a stop of the run fails the Callback steps."""
        return {
            "callbacks": {step: {"answered_by": "person", "on_cancel": "fail"} for step in self.ask or ()},
            "approval": {"wait": True} if self.wait_for_approval else {},
        }
