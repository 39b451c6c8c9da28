"""A platform check as people see it on its page in the Temporal Web UI: the current details, in Temporal's markdown."""

from typing import Final

from contract.platform_check import Check, PlatformCheck

MARKS: Final = {True: "✅", False: "❌", None: "❔"}


def render_check(found: PlatformCheck) -> str:
    """Render what was found: the verdict, and each check with its remedy."""
    verdict = "works" if found.ok else "does not work"
    region = f" ({found.region})" if found.region else ""
    return "\n".join(
        [f"### {MARKS[found.ok]} {found.platform}{region}: {verdict}", "", *(_line(check) for check in found.checks)]
    )


def _line(check: Check) -> str:
    remedy = f" **Remedy:** {' '.join(check.remedy.split())}" if check.remedy else ""
    return f"- {MARKS[check.ok]} **{check.name}:** {' '.join(check.detail.split())}{remedy}"
