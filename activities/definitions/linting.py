"""Checking a definition against the rules."""

from collections.abc import Mapping
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
    """What was found in one definition, and how many findings more there are than are listed."""

    listed: tuple[Finding, ...]
    left_out: int = 0


def lint(text: str, *, regulated: bool = False, artifact_prefix: str | None = None) -> Findings:
    """Check a definition, without any call of AWS.

    Args:
        text: The definition.
        regulated: Whether the rules for regulated work are used as well: isolation, networks, keys.
        artifact_prefix: Where artifacts belong, such as `s3://bucket/prod/`.
    """
    try:
        definition = read_definition(text)
    except ValueError as error:
        return _unreadable(f"the definition {error}")
    found, total = _problems(Subject(definition, artifact_prefix), regulated=regulated)
    order = {step.name: number for number, step in enumerate(definition.steps)}
    listed = sorted(found, key=lambda each: order.get(each[2].step or "", -1))
    places = locations(text, {problem.path for _, _, problem in listed})
    return Findings(tuple(_finding(each, places) for each in listed), total - len(listed))


_SEVERITIES: Final = tuple(Severity)
_Found = tuple[Rule, Severity, Problem]


def _problems(subject: Subject, *, regulated: bool) -> tuple[list[_Found], int]:
    """Return the worst problems, as many as are listed, and the number of all."""
    found: list[_Found] = []
    total = 0
    for rule in RULES:
        severity = rule.severity_under(regulated=regulated)
        if severity is None:
            continue
        for problem in rule.check(subject):
            total += 1
            own = severity if problem.severity is None else problem.severity
            if len(found) < MAX_FINDINGS or own is Severity.ERROR:
                found.append((rule, own, problem))
            if len(found) >= 2 * MAX_FINDINGS:
                found = _worst(found)
    return _worst(found), total


def _worst(found: list[_Found]) -> list[_Found]:
    # An error must not be cut off by warnings.
    return sorted(found, key=lambda each: _SEVERITIES.index(each[1]))[:MAX_FINDINGS]


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


def _unreadable(message: str) -> Findings:
    return Findings((Finding(JSON, Severity.ERROR, None, "$", message, JSON.remedy),))
