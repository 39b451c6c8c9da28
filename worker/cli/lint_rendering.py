"""Findings as text and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.text import Text

from activities.definitions.linting import Finding
from activities.definitions.rules.rule import Severity
from worker.cli.linting import LintedFile

_STYLES: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def finding_lines(files: Sequence[LintedFile]) -> Iterator[Text]:
    """Write the findings of each file, and a last line that counts them."""
    for linted in files:
        for finding in linted.findings:
            where = f":{finding.location.line}:{finding.location.column}" if linted.has_lines else ""
            yield Text.assemble(
                f"{linted.file}{where}: ",
                (f"{finding.severity} {finding.rule.id}", _STYLES[finding.severity]),
                f"  {finding.step}: {finding.message}" if finding.step else f"  {finding.message}",
            )
            yield Text(f"    {finding.path}", style="dim")
            yield Text(f"    {finding.remedy} {finding.rule.link}", style="dim")
        if linted.left_out:
            yield Text(f"{linted.file}: … and {linted.left_out} more findings", style="dim")
    yield _summary(files)


def _summary(files: Sequence[LintedFile]) -> Text:
    counts = {severity: sum(linted.count(severity) for linted in files) for severity in Severity}
    words = [f"{count} {severity}{'s' if count != 1 else ''}" for severity, count in counts.items() if count]
    checked = f"{len(files)} definition{'s' if len(files) != 1 else ''} checked"
    text = Text(f"{checked}: {', '.join(words) or 'nothing found'}", style="bold" if words else "green")
    if off := sum(len(linted.switched_off) + linted.switched_off_left_out for linted in files):
        text.append(f" ({off} switched off)", style="dim")
    return text


def findings_document(files: Sequence[LintedFile]) -> dict[str, Any]:
    """Write the findings as one JSON document."""
    return {
        "files": [
            {
                "file": linted.file,
                "has_lines": linted.has_lines,
                "findings": [_finding(finding) for finding in linted.findings],
                "switched_off": [_finding(finding) | {"reason": why} for finding, why in linted.switched_off],
                "left_out": linted.left_out,
                "switched_off_left_out": linted.switched_off_left_out,
            }
            for linted in files
        ]
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule.id,
        "severity": finding.severity.value,
        "step": finding.step,
        "path": finding.path,
        "line": finding.location.line,
        "column": finding.location.column,
        "message": finding.message,
        "remedy": finding.remedy,
        "link": finding.rule.link,
    }
