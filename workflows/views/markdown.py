"""Markdown as Temporal's Web UI renders it (seen in 2.54.1): what AWS or a person wrote is never markup in it."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_MARKUP: Final = re.compile(r"[\\`*_{}\[\]()#+!|<>~^&]|-(?=-)")
"""What the renderer reads as markup inside a line; two hyphens would become a dash. HTML passes it unchanged."""

_GAP: Final = "\u00a0" * 2
"""Cells have no padding, and other white space would collapse."""


def plain(text: str) -> str:
    """Write text of AWS or a caller in one line and without any meaning as markup."""
    return _MARKUP.sub(_escaped, " ".join(text.split()))


def _escaped(markup: re.Match[str]) -> str:
    """A function, since `re` parses a replacement of text at each call: a third of what a page took."""
    return f"\\{markup[0]}"


def code(text: str) -> str:
    """Write text in one line, as code; not for cells of a table, which a `|` would end even there."""
    line = " ".join(text.split())
    fence = _longer_than_any_run(line, least=1)
    return f"{fence} {line} {fence}" if "`" in line else f"{fence}{line}{fence}"


def link(label: str, url: str) -> str:
    """Write a link; the label is our own."""
    return f"[{label}]({url.replace('(', '%28').replace(')', '%29').replace('|', '%7C').replace(' ', '%20')})"


def block(lines: Iterable[str]) -> list[str]:
    """Write lines as they are, in a fixed pitch."""
    whole = [line.replace("\r", "") for line in lines]
    fence = _longer_than_any_run("\n".join(whole), least=3)
    return [fence, *whole, fence]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Write a table; its cells are markdown already."""
    return [_row(header), "|" + " :--- |" * len(header), *map(_row, rows)]


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(f"{cell}{_GAP}" for cell in cells) + " |"


def _longer_than_any_run(text: str, least: int) -> str:
    return "`" * max([least, *(len(run) + 1 for run in re.findall(r"`+", text))])
