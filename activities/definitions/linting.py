"""Checking a definition against the rules."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from activities.definitions.locations import BEGINNING, Location, locations
from activities.definitions.paths import Path, json_path
from activities.definitions.reading import read_definition
from activities.definitions.rules.rule import Problem, Rule, Severity, Subject
from activities.definitions.rules.table import JSON, RULES

MAX_FINDINGS: Final = 1000
"""Of one definition."""


@dataclass(frozen=True)
class Finding:
    """What a rule found at one place of a definition.

    Attributes:
        rule: The rule.
        severity: How bad it is.
        step: The step that it belongs to.
        path: The place as a JSONPath.
        message: What is there.
        remedy: What to do.
        location: Line and column of the place.
    """

    rule: Rule
    severity: Severity
    step: str | None
    path: str
    message: str
    remedy: str
    location: Location = BEGINNING


@dataclass(frozen=True)
class Findings:
    """What was found in one definition.

    Attributes:
        listed: What counts, the worst of it.
        left_out: How many findings more count.
        switched_off: What does not count, the worst of it.
        switched_off_left_out: How many findings more do not count.
    """

    listed: tuple[Finding, ...] = ()
    left_out: int = 0
    switched_off: tuple[Finding, ...] = ()
    switched_off_left_out: int = 0


IsOff = Callable[[Rule, str | None], bool]
"""Returns whether a rule is switched off for a step, by its name; None for what belongs to no step."""


def _no_rule_is_off(_rule: Rule, _step: str | None) -> bool:
    return False


def lint(
    text: str, *, regulated: bool = False, artifact_prefix: str | None = None, is_off: IsOff = _no_rule_is_off
) -> Findings:
    """Check a definition, without any call of AWS.

    Args:
        text: The definition.
        regulated: Whether the rules for regulated work are used as well: isolation, networks, keys.
        artifact_prefix: Where artifacts belong, such as `s3://bucket/prod/`.
        is_off: Which rules are switched off, so that what they find does not count.
    """
    try:
        definition = read_definition(text)
    except ValueError as error:
        return _unreadable(f"the definition {error}", is_off)
    counted, off = _Worst(), _Worst()
    for found in _problems(Subject(definition, artifact_prefix), regulated=regulated):
        rule, _, problem = found
        (off if is_off(rule, problem.step) else counted).add(found)
    order = {step.name: number for number, step in enumerate(definition.steps)}
    both = [sorted(worst.listed(), key=lambda each: order.get(each[2].step or "", -1)) for worst in (counted, off)]
    places = locations(text, {problem.path for listed in both for _, _, problem in listed})
    listed, switched_off = (tuple(_finding(each, places) for each in listed) for listed in both)
    return Findings(listed, counted.total - len(listed), switched_off, off.total - len(switched_off))


_SEVERITIES: Final = tuple(Severity)
_Found = tuple[Rule, Severity, Problem]


def _problems(subject: Subject, *, regulated: bool) -> Iterable[_Found]:
    for rule in RULES:
        severity = rule.severity_under(regulated=regulated)
        if severity is not None:
            for problem in rule.check(subject):
                yield rule, problem.severity or severity, problem


class _Worst:
    """Keeps the worst problems, as many as are listed, and counts all: a definition may have any number."""

    def __init__(self) -> None:
        self._kept: list[_Found] = []
        self.total = 0

    def add(self, found: _Found) -> None:
        """Count a problem, and keep it if it may be one of the worst."""
        self.total += 1
        if len(self._kept) < MAX_FINDINGS or found[1] is Severity.ERROR:
            self._kept.append(found)
        if len(self._kept) >= 2 * MAX_FINDINGS:
            self._kept = self.listed()

    def listed(self) -> list[_Found]:
        """Return the worst: an error must not be cut off by warnings."""
        return sorted(self._kept, key=lambda each: _SEVERITIES.index(each[1]))[:MAX_FINDINGS]


def _finding(found: _Found, places: Mapping[Path, Location]) -> Finding:
    rule, severity, problem = found
    return Finding(
        rule=rule,
        severity=severity,
        step=problem.step,
        path=json_path(problem.path),
        message=problem.message,
        remedy=problem.remedy or rule.remedy,
        location=places.get(problem.path, BEGINNING),
    )


def _unreadable(message: str, is_off: IsOff) -> Findings:
    found = (Finding(JSON, Severity.ERROR, None, "$", message, JSON.remedy),)
    return Findings(switched_off=found) if is_off(JSON, None) else Findings(found)
