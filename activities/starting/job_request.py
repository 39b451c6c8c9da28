"""The request of a job's creation, read against SageMaker's service model before anything is sent.

botocore itself checks types, required members and minima only, and ends at a call; here all problems are found at once,
with lengths, ranges and patterns. An unknown value of an enumeration is only noted: AWS adds instance types every week,
and its own service knows them before a released model does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import botocore
import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape

from activities.aws.botocore_sessions import new_botocore_session
from activities.resources.operations import Operation
from contract.secret_reference import is_secret_reference

MAX_PROBLEMS: Final = 10
MAX_QUOTED_CHARS: Final = 80
MAX_DEPTH: Final = 50
PATTERN_SECONDS: Final = 0.5
"""For one match: a text of a caller must not keep a pattern of AWS busy for ever."""

_TYPES: Final[Mapping[str, tuple[type | tuple[type, ...], str]]] = {
    "structure": (dict, "an object"),
    "map": (dict, "an object"),
    "list": (list, "a list"),
    "string": (str, 'a text; write numbers and booleans in quotes, such as "5"'),
    "boolean": (bool, "true or false"),
    "integer": (int, "a whole number"),
    "long": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
}


@dataclass
class JobRequest:
    """A request as AWS gets it.

    Attributes:
        members: The request's members in AWS's spelling, without nulls.
        problems: Why AWS would refuse it, each with the member's path; no values, which may be secrets.
        notes: What AWS may refuse.
    """

    members: dict[str, Any] = field(default_factory=dict, repr=False)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def described(self) -> str:
        """Return the problems as one text."""
        more = len(self.problems) - MAX_PROBLEMS
        shown = [*self.problems[:MAX_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
        return "; ".join(shown)


def read_request(create: Operation, given: Mapping[str, Any]) -> JobRequest:
    """Read a request.

    Members may begin with a small letter; the keys of maps, such as names of hyperparameters, are data and stay as they
    are. A number without a fraction is a whole number.

    Args:
        create: The operation, such as CreateTrainingJob.
        given: The request as a caller wrote it.
    """
    request = JobRequest()
    shape = input_shape(create)
    request.members = _Reader(request, shape).value(shape, dict(given), "request", 0)
    return request


@cache
def _service_model() -> Any:
    return new_botocore_session().get_service_model("sagemaker")


def input_shape(create: Operation) -> StructureShape:
    """Return the shape of an operation's request."""
    shape: StructureShape = _service_model().operation_model(create.name).input_shape
    return shape


class _Reader:
    def __init__(self, request: JobRequest, shape: StructureShape) -> None:
        self._request = request
        # The name of a job is its key, and stands in its ARN.
        self._no_secrets = {f"request.{name}" for name in shape.required_members if name.endswith("JobName")}

    def value(self, shape: Shape, given: Any, place: str, depth: int) -> Any:
        """Return a value as AWS gets it, and record what is wrong with it."""
        if depth > MAX_DEPTH:
            self._refuse(place, f"is nested deeper than {MAX_DEPTH} levels")
            return None
        if shape.type_name in ("integer", "long") and isinstance(given, float) and given.is_integer():
            given = int(given)
        expected, words = _TYPES.get(shape.type_name, (object, "another type"))
        if not isinstance(given, expected) or (isinstance(given, bool) and shape.type_name != "boolean"):
            self._refuse(place, f"must be {words}")
            return given
        return self._typed(shape, given, place, depth)

    def _typed(self, shape: Shape, given: Any, place: str, depth: int) -> Any:
        if isinstance(shape, StructureShape):
            return self._structure(shape, given, place, depth)
        if isinstance(shape, MapShape):
            return self._map(shape, given, place, depth)
        if isinstance(shape, ListShape):
            self._bounded(shape, len(given), place, "items")
            items = enumerate(given)
            return [self.value(shape.member, item, f"{place}[{number}]", depth + 1) for number, item in items]
        if isinstance(given, str):
            self._text(shape, given, place)
        elif shape.type_name != "boolean":
            self._number(shape, given, place)
        return given

    def _structure(self, shape: StructureShape, given: Mapping[str, Any], place: str, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key, value in given.items():
            name = _member(shape, str(key))
            where = f"{place}.{_quoted(str(key))}"
            if name is None:
                self._refuse(where, _unknown(shape, str(key)))
            elif name in members:
                self._refuse(where, "is given twice, in different spellings")
            elif value is not None:
                members[name] = self.value(shape.members[name], value, where, depth + 1)
        for name in shape.required_members:
            if name not in members:
                self._refuse(f"{place}.{name}", "required, but missing")
        if getattr(shape, "is_tagged_union", False) and len(members) != 1:
            self._refuse(place, f"must have exactly one member, of {', '.join(shape.members)}")
        return members

    def _map(self, shape: MapShape, given: Mapping[str, Any], place: str, depth: int) -> dict[str, Any]:
        self._bounded(shape, len(given), place, "entries")
        entries: dict[str, Any] = {}
        for key, value in given.items():
            # A null entry counts as left out, as a null member does.
            if value is not None:
                where = f"{place}.{_quoted(str(key))}"
                self.value(shape.key, str(key), f"{where} (the key)", depth + 1)
                entries[str(key)] = self.value(shape.value, value, where, depth + 1)
        return entries

    def _text(self, shape: Shape, given: str, place: str) -> None:
        if is_secret_reference(given) and place not in self._no_secrets:
            return  # What is sent is the secret, which is checked by AWS.
        if any("\ud800" <= character <= "\udfff" for character in given):
            self._refuse(place, "holds half of a surrogate pair, which is no text")
            return
        enum = getattr(shape, "enum", None)
        if enum and given not in enum:
            self._request.notes.append(
                f"{place}: '{_quoted(given)}' is none of the values that botocore {botocore.__version__} knows; "
                "it is sent all the same."
            )
            return
        self._bounded(shape, len(given), place, "characters")
        pattern = shape.metadata.get("pattern")
        if pattern and not _matches(pattern, given):
            self._refuse(place, f"must match AWS's pattern {pattern}")

    def _number(self, shape: Shape, given: float, place: str) -> None:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if (least is not None and given < least) or (most is not None and given > most):
            self._refuse(place, f"must be {_range(least, most)}")

    def _bounded(self, shape: Shape, size: int, place: str, what: str) -> None:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if (least is not None and size < least) or (most is not None and size > most):
            self._refuse(place, f"has {size} {what}, AWS takes {_range(least, most)}")

    def _refuse(self, place: str, problem: str) -> None:
        self._request.problems.append(f"{place}: {problem}")


def _range(least: Any, most: Any) -> str:
    if least is None:
        return f"at most {most}"
    return f"{least} to {most}" if most is not None else f"at least {least}"


def _member(shape: StructureShape, key: str) -> str | None:
    if key in shape.members:
        return key
    capitalised = key[:1].upper() + key[1:]
    return capitalised if capitalised in shape.members else None


def _unknown(shape: StructureShape, key: str) -> str:
    same = key.casefold().replace("_", "")
    near = next((name for name in shape.members if name.casefold() == same), None)
    known = f"did you mean '{near}'?" if near else f"known: {', '.join(shape.members)}"
    return f"unknown member of {shape.name} in botocore {botocore.__version__}; {known}"


@cache
def _compiled(pattern: str) -> Any:
    try:
        return regex.compile(pattern, regex.DOTALL)
    except regex.error:
        # Such as the surrogates of a Java pattern; AWS checks it itself.
        return None


def _matches(pattern: str, text: str) -> bool:
    compiled = _compiled(pattern)
    if compiled is None:
        return True
    try:
        return compiled.fullmatch(text, timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        return True


def _quoted(key: str) -> str:
    return key[:MAX_QUOTED_CHARS].encode("ascii", "backslashreplace").decode()
