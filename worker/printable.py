"""Text of AWS or a caller on its way to a terminal."""

from typing import Final

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"

_CONTROLS: Final = (
    *(set(range(0x20)) - {ord("\n"), ord("\t")}),
    *range(0x7F, 0xA0),
    # A lone surrogate cannot be encoded, so that printing it would fail.
    *range(0xD800, 0xE000),
    # What reorders text (Unicode Standard Annex 9), so that a line reads as another one, and what breaks a line.
    *(0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029),
)
_TABLE: Final = dict.fromkeys(_CONTROLS, _REPLACEMENT)


def printable(text: str) -> str:
    """Replace each control character other than newline and tab.

    A terminal executes them: they set the clipboard, clear the screen, hide text, or reverse its order.
    """
    return text.translate(_TABLE)
