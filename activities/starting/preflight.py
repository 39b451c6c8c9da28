"""The pre-flight of a start: parameters and callbacks against the pipeline's definition, all problems at once."""

import asyncio
import difflib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue
from temporalio.exceptions import ApplicationError

from activities.aws.platforms import Platform
from activities.models import StartRequest
from activities.starting.callback_rules import callback_problems, refusal_of
from activities.starting.definitions import Declared, Definitions
from contract.declarations import DeclaredParameter
from contract.failures import FailureType
from contract.secret_reference import is_secret_reference

PATIENCE_SECONDS: Final = 10.0
"""How long one reading of the definition may take; AWS checks the parameters as well, only one problem at a time."""

NOTHING: Final[Mapping[str, str]] = {}

MAX_PROBLEMS_CHARS: Final = 8_000
MAX_NAMES: Final = 20
MAX_ALLOWED: Final = 12
MAX_ALLOWED_CHARS: Final = 60

_EXAMPLE_OF: Final = {
    "Integer": "a whole number such as 5",
    "Float": "a number such as 0.5",
    "Boolean": "True or False",
}


@dataclass(frozen=True)
class Checked:
    """What the pre-flight found."""

    refusal: ApplicationError | None = None
    """`InvalidParameters`, not retryable, if the definition does not take the parameters."""
    wrong_callbacks: ApplicationError | None = None
    """`InvalidInput`, not retryable, if only `callbacks` does not fit the definition: AWS never refuses a start so."""
    notes: Sequence[str] = ()
    missing_alias: str | None = None
    """Why there is no definition: AWS knows no version by the alias of the start; None if that is not so."""


class Preflight:
    """Checks the parameters of starts."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    async def check(
        self,
        platform: Platform,
        request: StartRequest,
        inherited: Mapping[str, str] = NOTHING,
        left_out: Mapping[str, str] = NOTHING,
    ) -> Checked:
        """Check a start's parameters, unless its input says not to; what cannot be checked is noted and left to AWS.

        Args:
            platform: Where the pipeline is.
            request: The start.
            inherited: The parameters that it takes over from another execution.
            left_out: Why it does not take others over, by name.
        """
        if not request.check_parameters:
            return Checked()
        given = {**inherited, **request.parameters}
        began = time.monotonic()
        declared = await self._read(platform, request)
        is_missing_alias = declared.is_missing and request.pipeline_version_alias is not None
        has_problems = _problems(declared, request, given, left_out) or callback_problems(declared, request)
        if declared.began < began and (is_missing_alias or has_problems):
            # The definition may have changed since it was cached: only a fresh one refuses.
            declared = await self._read(platform, request, since=began)
        if declared.unknown_because is not None:
            missing = declared.unknown_because if declared.is_missing and request.pipeline_version_alias else None
            return Checked(notes=_left_to_aws(declared.unknown_because), missing_alias=missing)
        of_callbacks = callback_problems(declared, request)
        if problems := _problems(declared, request, given, left_out):
            return Checked(_refusal([*problems, *of_callbacks], declared.parameters, platform, request))
        notes = _left_to_aws("; ".join(declared.unreadable)) if declared.unreadable else []
        return Checked(wrong_callbacks=refusal_of(of_callbacks), notes=notes)

    async def definition(self, platform: Platform, request: StartRequest) -> Declared:
        """Return what the pipeline declares now; a failure to read it is part of the answer."""
        return await self._read(platform, request, since=time.monotonic())

    async def _read(self, platform: Platform, request: StartRequest, *, since: float | None = None) -> Declared:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                version = request.pipeline_version_alias or request.pipeline_version_id
                return await self._definitions.read(platform, request.pipeline_name, version, since=since)
        except TimeoutError:
            why = f"the pipeline's definition did not come within {PATIENCE_SECONDS:g} s"
            return Declared(time.monotonic(), unknown_because=why)


def parameter_problems(
    declared: Sequence[DeclaredParameter],
    given: Mapping[str, str],
    *,
    may_lack: bool = False,
    may_declare_more: bool = False,
    left_out: Mapping[str, str] = NOTHING,
) -> list[str]:
    """Return what is wrong with given parameters: for each its name, the problem and the remedy, never its value.

    Args:
        declared: What the pipeline declares.
        given: Values by name, as AWS gets them; references to secrets are taken for right.
        may_lack: Whether required parameters may be left out.
        may_declare_more: Whether the pipeline may declare parameters beyond those known.
        left_out: Why values of an earlier execution are not taken over, by name.
    """
    known = {parameter.name: parameter for parameter in declared}
    undeclared = [] if may_declare_more else [_undeclared(name, known) for name in given if name not in known]
    lacking = [] if may_lack else [one for one in declared if one.required and one.name not in given]
    missing = [_missing(one, left_out.get(one.name)) for one in lacking]
    wrong = (_wrong_value(known[name], value) for name, value in given.items() if name in known)
    return [*undeclared, *missing, *(problem for problem in wrong if problem)]


def _problems(
    declared: Declared, request: StartRequest, given: Mapping[str, str], left_out: Mapping[str, str]
) -> list[str]:
    if declared.unknown_because is not None:
        return []
    # Whether AWS takes missing values of a selective execution from its source is not published: left to AWS.
    may_lack = request.selective_execution is not None
    more = bool(declared.unreadable)
    return parameter_problems(declared.parameters, given, may_lack=may_lack, may_declare_more=more, left_out=left_out)


def _undeclared(name: str, known: Mapping[str, DeclaredParameter]) -> str:
    folded = {other.casefold(): other for other in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1)
    remedy = f"did you mean '{folded[close[0]]}'?" if close else "leave it out"
    return f"'{name}' is not declared by the pipeline; {remedy}"


def _missing(parameter: DeclaredParameter, left_out_because: str | None) -> str:
    value = _one_of(parameter.enum_values) if parameter.enum_values else _EXAMPLE_OF.get(parameter.type, "a value")
    if left_out_because is not None:
        return (
            f"'{parameter.name}' ({parameter.type}) has no default and is not taken over from the earlier execution: "
            f"{left_out_because}; give {value} in parameters"
        )
    return f"'{parameter.name}' ({parameter.type}) has no default and is missing; give {value}"


def _wrong_value(parameter: DeclaredParameter, value: str) -> str | None:
    if is_secret_reference(value):
        return None  # the type is that of the secret behind it
    if not parameter.has_type(value):
        return f"'{parameter.name}' is not of type {parameter.type}; give {_EXAMPLE_OF[parameter.type]}"
    if not parameter.allows(value):
        return f"'{parameter.name}' is not among the allowed values; give {_one_of(parameter.enum_values or [])}"
    return None


def _one_of(allowed: Sequence[JsonValue]) -> str:
    shown = [str(value)[:MAX_ALLOWED_CHARS] for value in allowed[:MAX_ALLOWED]]
    more = f" (or {len(allowed) - len(shown)} others)" if len(allowed) > len(shown) else ""
    return f"one of: {' | '.join(shown)}{more}"


def _refusal(
    problems: Sequence[str], declared: Sequence[DeclaredParameter], platform: Platform, request: StartRequest
) -> ApplicationError:
    names = [parameter.name for parameter in declared]
    more = f" and {len(names) - MAX_NAMES} others" if len(names) > MAX_NAMES else ""
    declares = f"It declares: {', '.join(names[:MAX_NAMES])}{more}." if names else "It declares no parameters."
    return ApplicationError(
        f"Invalid parameters for the pipeline {request.pipeline_name} [platform={platform.name}]: "
        f"{'; '.join(_fitting(problems))}. {declares} Nothing was started. "
        "Correct them, or leave the check to AWS with check_parameters = false.",
        type=FailureType.INVALID_PARAMETERS,
        non_retryable=True,
    )


def _fitting(problems: Sequence[str]) -> Iterator[str]:
    room = MAX_PROBLEMS_CHARS
    for fitting, problem in enumerate(problems):
        room -= len(problem)
        if room < 0:
            yield f"and {len(problems) - fitting} more"
            return
        yield problem


def _left_to_aws(why: str) -> list[str]:
    return [f"The parameters were left to AWS to check: {why}"]
