"""Findings as SARIF 2.1.0 (OASIS), which code hosts show in the lines of a change."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from activities.definitions.linting import Finding
from activities.definitions.rules.rule import Rule, Severity
from activities.definitions.rules.table import BY_ID, RULES
from worker.cli.linting import LintedFile
from worker.cli.python_definition import PythonObject
from worker.printable import printable

_LEVELS: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_NUMBERS: Final = {rule: number for number, rule in enumerate(BY_ID)}


def sarif_document(files: Sequence[LintedFile]) -> dict[str, Any]:
    """Write the findings as one SARIF log; what is switched off is suppressed with its reason."""
    results = [_result(linted, finding) for linted in files for finding in linted.findings]
    results += [
        _result(linted, finding) | {"suppressions": [{"kind": "external", "justification": printable(reason)}]}
        for linted in files
        for finding, reason in linted.switched_off
    ]
    driver = {
        "name": "polysync-sagemaker",
        "version": version("polysync-sagemaker"),
        "rules": [_rule(rule) for rule in RULES],
    }
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.finds},
        "help": {"text": rule.remedy},
        "helpUri": rule.link,
        "defaultConfiguration": {
            "enabled": rule.severity is not None,
            "level": _LEVELS[rule.severity or rule.regulated or Severity.WARNING],
        },
    }


def _result(linted: LintedFile, finding: Finding) -> dict[str, Any]:
    step = f"{finding.step}: " if finding.step else ""
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(linted.file)}}
    if linted.has_lines:
        place["region"] = {"startLine": finding.location.line, "startColumn": finding.location.column}
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": _NUMBERS[finding.rule.id],
        "level": _LEVELS[finding.severity],
        "message": {"text": printable(f"{step}{finding.message}. {finding.remedy}")},
        "locations": [
            {
                "physicalLocation": place,
                "logicalLocations": [{"fullyQualifiedName": printable(finding.path)}],
            }
        ],
    }


def _uri(file: str) -> str:
    """Write a file's name as a relative reference; Python code by its module."""
    if file == "-":
        return "stdin"
    code = PythonObject.named_by(file)
    path = PurePath(code.module if code else file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
