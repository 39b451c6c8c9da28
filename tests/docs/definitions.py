"""Writes the table of rules in `docs/definitions.md` from the code: `python -m tests.docs.definitions`."""

import re
from pathlib import Path
from typing import Final

from activities.definitions.rules.rule import Rule
from activities.definitions.rules.table import RULES

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "definitions.md"

_PLACE: Final = re.compile(r"(<!-- table: rules -->\n).*?(<!-- end -->)", re.DOTALL)


def render(text: str) -> str:
    """Return the document with the table written from the rules."""
    rows = ["| rule | severity | finds | remedy |", "| --- | --- | --- | --- |", *map(_row, RULES)]
    return _PLACE.sub(lambda place: "\n".join([place[1], *rows, "", place[2]]), text)


def _row(rule: Rule) -> str:
    severity = str(rule.severity or "off")
    if rule.regulated and rule.regulated is not rule.severity:
        severity += f"; regulated: {rule.regulated}"
    return f"| [`{rule.id}`]({rule.link}) | {severity} | {rule.finds} | {rule.remedy} |"


if __name__ == "__main__":
    DOCUMENT.write_text(render(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
