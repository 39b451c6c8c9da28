"""The argument of a run that continues another one: the state that the other run hands on.

`{"carried_over": <the state>, "handed_on_by": <the other run's id>}`. The state is a JSON text, as every version reads
it. A text within JSON has each of its quotes escaped once more; a state that has no room so is an object.
"""

from typing import Any, Final, NamedTuple

from pydantic_core import from_json, to_json

MAX_BYTES: Final = 2 * 1024 * 1024 - 16 * 1024
"""Of the argument: the server's limit of a payload, 2 MiB (`limit.blobSize.error`), with room for its encryption."""


class HandedOn(NamedTuple):
    """A state that was handed on.

    Attributes:
        state: As JSON.
        by: The id of the run that handed it on.
    """

    state: str
    by: str


def read_handed_on(argument: object) -> HandedOn | None:
    """Read the argument of a run; return None where it is no state that was handed on."""
    match argument:
        case {"carried_over": str(state), "handed_on_by": str(run_id)}:
            return HandedOn(state, run_id)
        case {"carried_over": dict(state), "handed_on_by": str(run_id)}:
            return HandedOn(to_json(state).decode(), run_id)
    return None


def to_hand_on(state: str, run_id: str) -> dict[str, Any]:
    """Return the argument that hands a state on.

    Args:
        state: As JSON.
        run_id: The id of the run that hands it on.
    """
    argument = {"carried_over": state, "handed_on_by": run_id}
    return argument if has_room(argument) else argument | {"carried_over": from_json(state)}


def has_room(argument: dict[str, Any]) -> bool:
    """Return whether the server takes an argument of this size."""
    return len(to_json(argument)) <= MAX_BYTES
