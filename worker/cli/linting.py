"""What `pipelines lint` found in several files, and how the command ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from activities.definitions.linting import Finding
from activities.definitions.rules.rule import Severity


@dataclass(frozen=True)
class LintedFile:
    """One file that was checked.

    Attributes:
        file: As it was named.
        findings: What counts.
        switched_off: What does not, each with the reason.
        left_out: Findings that count, beyond those listed.
        switched_off_left_out: Findings that do not count, beyond those listed.
        has_lines: Whether lines and columns are those of the file; Python code has others.
    """

    file: str
    findings: Sequence[Finding]
    switched_off: Sequence[tuple[Finding, str]] = ()
    left_out: int = 0
    switched_off_left_out: int = 0
    has_lines: bool = True

    def count(self, severity: Severity) -> int:
        """Return how many findings of a severity count."""
        return sum(finding.severity is severity for finding in self.findings)


def passes(files: Sequence[LintedFile], *, strict: bool) -> bool:
    """Return whether there are no errors, and under `strict` no warnings."""
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return not any(finding.severity in failing for linted in files for finding in linted.findings)
