"""A platform check as people see it on its page in the Temporal Web UI: the current details, in Temporal's markdown."""

from typing import Final

from contract.platform_check import Check, PlatformCheck
from workflows.views.markdown import plain

MARKS: Final = {True: "✅", False: "❌", None: "❔"}


def render_checking(platform: str) -> str:
    """Render a check under way."""
    return f"### Checking {plain(platform)}"


def render_check(found: PlatformCheck) -> str:
    """Render what was found: the verdict, and each check with its remedy."""
    verdict = "works" if found.ok else "does not work"
    place = plain(f"{found.platform} ({found.region})" if found.region else found.platform)
    return "\n".join([f"### {MARKS[found.ok]} {place}: {verdict}", "", *(_line(check) for check in found.checks)])


def _line(check: Check) -> str:
    remedy = f" **Remedy:** {plain(check.remedy)}" if check.remedy else ""
    return f"- {MARKS[check.ok]} **{plain(check.name)}:** {plain(check.detail)}{remedy}"
