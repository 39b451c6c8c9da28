"""The pre-flight of an input's `callbacks`: a rule for a step that the pipeline lacks would leave a step unanswered."""

import difflib
from collections.abc import Sequence
from typing import Final

from temporalio.exceptions import ApplicationError

from activities.models import StartRequest
from activities.starting.definitions import Declared
from contract.failures import invalid_input
from contract.gates import ANY_STEP

MAX_NAMES: Final = 20


def callback_problems(declared: Declared, request: StartRequest) -> list[str]:
    """Return what is wrong with the rules for Callback steps: for each its field, the problem and the remedy."""
    if declared.unknown_because is not None:
        return []
    known = declared.callback_steps
    return [_unknown(name, known) for name in request.callbacks if name != ANY_STEP and name not in known]


def _unknown(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    more = f" and {len(known) - MAX_NAMES} others" if len(known) > MAX_NAMES else ""
    has = f"it has {', '.join(known[:MAX_NAMES])}{more}" if known else "it has none"
    remedy = f"did you mean '{close[0]}'?" if close else has
    return f"callbacks.{name}: the pipeline has no Callback step of this name; {remedy}"


def refusal_of(problems: Sequence[str]) -> ApplicationError | None:
    """Return the failure of a start for such problems; None for none."""
    if not problems:
        return None
    return invalid_input(
        f"{'; '.join(problems)}. Nothing was started. Correct them, or leave the check out with "
        "check_parameters = false."
    )
