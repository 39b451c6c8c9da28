"""A platform check on the screen: what is right, what is not, and what to do about it."""

from collections.abc import Iterator
from typing import Final

from rich.console import Group
from rich.text import Text

from contract.platform_check import Check, Checker, PlatformCheck

_MARKS: Final = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("?", "yellow")}
_ONLY_HERE: Final = (
    "No worker answered, so AWS was checked from this machine, with its own settings, credentials and network. "
    "What a worker has may differ."
)


def check_screen(found: PlatformCheck) -> Group:
    """Render a check: a line for each, with the remedy below where there is one."""
    region = f" ({found.region})" if found.region else ""
    head = Text(f"Platform {found.platform}{region}, checked by {_checker(found.checked_by)}", style="bold")
    width = max((len(check.name) for check in found.checks), default=0)
    notice = [Text(_ONLY_HERE, style="yellow"), Text()] if found.checked_by is Checker.THIS_MACHINE else []
    lines = [line for check in found.checks for line in _lines(check, width)]
    return Group(head, Text(), *notice, *lines, Text(), _verdict(found))


def _checker(checker: Checker) -> str:
    return "the worker" if checker is Checker.WORKER else "this machine"


def _lines(check: Check, width: int) -> Iterator[Text]:
    mark, style = _MARKS[check.ok]
    yield Text.assemble((mark, style), f"  {check.name:<{width}}  {' '.join(check.detail.split())}")
    if check.remedy:
        yield Text.assemble(" " * (width + 5), ("→ ", style), " ".join(check.remedy.split()))


def _verdict(found: PlatformCheck) -> Text:
    failed = sum(check.ok is False for check in found.checks)
    unknown = sum(check.ok is None for check in found.checks)
    not_checked = f" {unknown} could not be checked." if unknown else ""
    if found.ok:
        return Text(f"Nothing is wrong.{not_checked}", style="green")
    return Text(f"{failed} of {len(found.checks)} checks failed.{not_checked}", style="red")
