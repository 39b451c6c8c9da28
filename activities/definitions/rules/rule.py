"""A rule, what it checks, and what it finds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from activities.definitions.paths import Path
from activities.definitions.reading import Definition, Step


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """AWS refuses the definition when the pipeline is created or started; or a set of rules requires it."""
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True)
class Problem:
    """What a rule found at one place.

    Attributes:
        path: The place in the document.
        message: What is there; it quotes no value that may be a secret.
        step: The step that it belongs to.
        remedy: What to do, where that is more than the rule says in general.
        severity: Where it is not the rule's.
    """

    path: Path
    message: str
    step: str | None = None
    remedy: str | None = None
    severity: Severity | None = None


@dataclass(frozen=True)
class Subject:
    """What the rules check.

    Attributes:
        definition: The definition.
        artifact_prefix: Where artifacts belong, such as `s3://bucket/prod/`; None if anywhere.
    """

    definition: Definition = field(repr=False)
    artifact_prefix: str | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the definition, those inside branches as well."""
        return self.definition.steps

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The parameters that have a default, by name."""
        return {
            str(entry["Name"]): entry["DefaultValue"]
            for _, entry in self.definition.parameters
            if entry.get("DefaultValue") is not None
        }

    def resolved(self, value: Any) -> Any:
        """Return the default where a value is a parameter, otherwise the value; None for a parameter without one."""
        match value:
            case {"Get": str(text)} if text.startswith("Parameters."):
                return self.defaults.get(text.removeprefix("Parameters."))
            case _:
                return value


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        id: Its stable name.
        severity: Of its findings; None for a rule that only a set of rules turns on.
        regulated: Their severity under the rules `regulated`, if it is another one.
        finds: What it finds, in one sentence.
        remedy: What to do about it.
        link: The documentation of AWS that says why.
        check: Finds the problems of a definition.
    """

    id: str
    severity: Severity | None
    finds: str
    remedy: str
    link: str
    check: Callable[[Subject], Iterable[Problem]] = field(repr=False)
    regulated: Severity | None = None

    def severity_under(self, *, regulated: bool) -> Severity | None:
        """Return the severity of the rule's findings; None if the rule is not used."""
        return (self.regulated or self.severity) if regulated else self.severity


_MAX_NUMBER: Final = 10**15


def number(value: Any) -> float | None:
    """Read a number, which definitions also write as text; None if it is none, and 10¹⁵ for any larger one.

    Python reads a whole number of JSON with up to 4300 digits, and a float holds 308.
    """
    match value:
        case bool():
            return None
        case int() | float():
            return max(-_MAX_NUMBER, min(value, _MAX_NUMBER))
        case str() if value.isascii() and value.isdecimal() and len(value) < 16:  # noqa: PLR2004 — exact as a float
            return int(value)
        case _:
            return None
