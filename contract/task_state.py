"""Task states of Step Functions, read as the input of a job run.

Accepted are the state itself, an object whose one member is a state, and a whole state machine with exactly one
SageMaker Task state. Members of the state that mean nothing outside a state machine are noted; what cannot be followed
(paths into a state's input, expressions, heartbeats) is refused by name.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from contract.job_kinds import CREATE_OPERATIONS, JobKind
from contract.json_walk import MAX_KEY_CHARS, dotted, members

MAX_LISTED: Final = 10
MAX_DEPTH: Final = 100

# "Create and manage Amazon SageMaker jobs with Step Functions": the optimised integration; and the AWS SDK integration,
# which people use for the operations that the optimised one lacks.
_RESOURCE: Final = re.compile(
    r"arn:aws[a-z\-]*:states:[^:]*:[^:]*:(?:aws-sdk:)?sagemaker:(?P<operation>create[A-Za-z0-9]+)(?P<pattern>\.sync(?::2)?)?"
)
_EXPRESSION: Final = re.compile(r"\s*\{%.*%\}\s*", re.DOTALL)

_WITHOUT_EFFECT: Final = frozenset(
    {"Type", "Comment", "Next", "End", "ResultPath", "OutputPath", "Output", "Assign", "QueryLanguage"}
)
_REFUSED: Final = {
    "HeartbeatSeconds": "a job sends no heartbeats to Step Functions; use TimeoutSeconds",
    "HeartbeatSecondsPath": "a job sends no heartbeats to Step Functions; use TimeoutSeconds",
    "TimeoutSecondsPath": "there is no state input that a path could read; write TimeoutSeconds",
    "InputPath": "there is no state input that a path could read; write the values into Parameters",
    "ResultSelector": "use `outputs`, whose expressions read the job",
    "Credentials": "name a `platform` of the worker, which has credentials of its own",
}


class TaskState(NamedTuple):
    """A Task state as the input of a job run.

    Attributes:
        fields: The fields of `JobRunInput`, and what else stood beside the state.
        notes: What has no effect here.
    """

    fields: dict[str, Any]
    notes: list[str]


def read_task_state(given: object) -> TaskState | None:
    """Read a Task state.

    Returns:
        What it says; None for what is no state, which is then read as a `JobRunInput`.

    Raises:
        ValueError: It is a state that cannot be run, with the member's name and the remedy.
    """
    if not isinstance(given, dict):
        return None
    if isinstance(given.get("States"), dict):
        return _of_a_machine(given)
    if _is_task(given):
        return _read(given, {}, [])
    if len(given) == 1:
        name, inner = next(iter(given.items()))
        if _is_task(inner):
            return _read(inner, {}, [f"The state '{name}' of a state machine is run."])
    return None


def _is_task(state: object) -> bool:
    return (
        isinstance(state, dict)
        and isinstance(state.get("Resource"), str)
        and not state.keys().isdisjoint({"Type", "Parameters", "Arguments"})
    )


def _of_a_machine(machine: Mapping[str, Any]) -> TaskState:
    states = {
        name: state
        for name, state in machine["States"].items()
        if _is_task(state) and ":sagemaker:" in state["Resource"]
    }
    if len(states) != 1:
        found = ", ".join(f"'{name[:MAX_KEY_CHARS]}'" for name in list(states)[:MAX_LISTED]) or "none"
        raise ValueError(f"States: one SageMaker Task state is needed, the state machine has: {found}")
    name, state = next(iter(states.items()))
    notes = [f"The state '{name}' of a state machine is run; its other states have no effect."]
    if "TimeoutSeconds" in machine:
        notes.append("TimeoutSeconds of the state machine has no effect; use `timeout`.")
    of_a_machine = {"StartAt", "States", "TimeoutSeconds", "Comment", "Version", "QueryLanguage"}
    return _read(state, {key: value for key, value in machine.items() if key not in of_a_machine}, notes)


def _read(state: Mapping[str, Any], beside: Mapping[str, Any], notes: list[str]) -> TaskState:
    for member, remedy in _REFUSED.items():
        if member in state:
            raise ValueError(f"{member}: cannot be followed: {remedy}")
    kind, waits = _kind(state)
    if not waits:
        notes.append("The run waits for the end of the job, although Resource does not end in '.sync'.")
    if "Parameters" in state and "Arguments" in state:
        raise ValueError("Parameters cannot stand beside Arguments; leave one of the two out")
    request = state.get("Parameters", state.get("Arguments", {}))
    _refuse_paths(request)
    ignored = sorted(_WITHOUT_EFFECT & state.keys() - {"Type", "Comment", "QueryLanguage"})
    if ignored:
        notes.append(f"Without effect here: {', '.join(ignored)}.")
    known = _WITHOUT_EFFECT | {"Resource", "Parameters", "Arguments", "TimeoutSeconds", "Retry", "Catch"}
    fields: dict[str, Any] = {key: value for key, value in {**state, **beside}.items() if key not in known}
    fields |= {"job": kind.value, "request": request}
    for member, field in (("TimeoutSeconds", "attempt_timeout"), ("Retry", "retry"), ("Catch", "catch")):
        if member in state:
            # A field of the run beside the state was written for this run.
            fields.setdefault(field, state[member])
    return TaskState(fields, notes)


def _kind(state: Mapping[str, Any]) -> tuple[JobKind, bool]:
    """Return the kind of job, and whether Step Functions would wait for its end."""
    if state.get("Type", "Task") != "Task":
        raise ValueError(f"Type: must be Task, and is {str(state['Type'])[:40]!r}")
    match = _RESOURCE.fullmatch(state["Resource"])
    operations = ", ".join(f"sagemaker:{name[0].lower()}{name[1:]}.sync" for name in CREATE_OPERATIONS)
    if match is None:
        raise ValueError(f"Resource: must be arn:aws:states:::<operation>, where <operation> is one of {operations}")
    operation = match["operation"]
    kind = CREATE_OPERATIONS.get(operation[0].upper() + operation[1:])
    if kind is None:
        raise ValueError(f"Resource: '{operation[:80]}' creates no job that a run can follow; there are: {operations}")
    return kind, match["pattern"] is not None


def _refuse_paths(request: object) -> None:
    for path, value in members(request):
        key = str(path[-1])
        if key.endswith(".$"):
            raise ValueError(
                f"{dotted(path)}: a path into a state's input cannot be followed here; write the value itself as "
                f"'{key[:-2][:MAX_KEY_CHARS]}', and let the caller fill it in"
            )
        if isinstance(value, str) and "{%" in value and _EXPRESSION.fullmatch(value):
            raise ValueError(
                f"{dotted(path)}: an expression {{% … %}} cannot be evaluated here; write the value itself"
            )
        if len(path) == MAX_DEPTH:
            raise ValueError(f"Parameters: is nested deeper than {MAX_DEPTH} levels")
