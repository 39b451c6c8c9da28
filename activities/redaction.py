"""Removing secrets from texts that reach a history, a log or a person.

AWS, the tools inside a job and error messages quote values in many forms. Recognised are: the value as it is, in any
mixture of upper and lower case, split or spaced, as a fragment, escaped for JSON, Python, HTML or a URL, and encoded as
hexadecimal digits or base64 (also in the middle of a longer base64 text).
"""

import base64
import html
import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, Self
from urllib.parse import quote, quote_plus

SHORTEST_FRAGMENT: Final = 6
"""Characters. A quotation that was cut off still gives a secret away if this much of it is left."""

MASK: Final = "(a secret)"
WITHHELD: Final = "(the text is withheld, because it quotes a secret)"
UNREADABLE: Final = "(the text is withheld: a secret of this run cannot be read to remove it from the text)"

# The same much of a secret, encoded: two hexadecimal digits a character; base64 has four for three characters, of which
# the outermost also depend on their neighbours.
_HEX_FRAGMENT: Final = 2 * SHORTEST_FRAGMENT
_BASE64_FRAGMENT: Final = SHORTEST_FRAGMENT * 4 // 3 - 1


class Redaction:
    """Replaces the quotations of some secrets."""

    def __init__(self, secrets: Collection[str], mask: str = MASK) -> None:
        """Prepare to find the secrets.

        Args:
            secrets: Their values; equal ones count once. A text or secret of 64 KiB takes half a second, so where
                either is not known to be short, never on the event loop.
            mask: Replaces each quotation.
        """
        self._mask = mask
        self._withheld = WITHHELD
        self._fragments: dict[int, set[str]] = {}
        # Too short for fragments, or without letters and digits; what surrounds a mask would give it away.
        self._whole = tuple(
            form for secret in dict.fromkeys(secrets) if secret and not self._learn(secret) for form in _escaped(secret)
        )

    @classmethod
    def of_everything(cls, withheld: str) -> Self:
        """Return a redaction that withholds every text, for secrets that are not known.

        Args:
            withheld: Replaces each text.
        """
        redaction = cls(())
        redaction._whole, redaction._withheld = ("",), withheld
        return redaction

    def of(self, text: str) -> str:
        """Return a text without quotations of the secrets."""
        if any(secret in text for secret in self._whole):
            return self._withheld
        if not self._fragments:
            return text
        plain, positions = _plain(text)
        quoted = self._quoted(plain)
        return self._masked(text, positions, quoted) if any(quoted) else text

    def certain_end(self, beginning: str) -> int:
        """Return up to where the beginning of a longer text, redacted already, has no fragment that the cut left.

        What is left of a quotation there may be too short to be recognised.
        """
        plain, positions = _plain(beginning)
        kept = len(plain) - max(_HEX_FRAGMENT, _BASE64_FRAGMENT, SHORTEST_FRAGMENT) + 1
        end = positions[kept] if kept > 0 else 0
        return max(0, min([end, *(len(beginning) - len(form) + 1 for form in self._whole)]))

    def of_document(self, document: Any) -> Any:
        """Return a JSON document without quotations of the secrets in its texts and numbers; keys stay as they are."""
        match document:
            case str():
                return self.of(document)
            case dict():
                return {key: self.of_document(value) for key, value in document.items()}
            case list():
                return [self.of_document(value) for value in document]
            case bool() | None:
                return document
            case _:
                clean = self.of(str(document))
                return document if clean == str(document) else clean

    def _learn(self, secret: str) -> bool:
        """Learn the fragments of a secret; returns whether it has any in clear."""
        if len(_plain(secret)[0]) < SHORTEST_FRAGMENT:
            return False
        for form, length in _forms(secret):
            plain, _ = _plain(form)
            known = self._fragments.setdefault(length, set())
            known.update(plain[start : start + length] for start in range(len(plain) - length + 1))
        return True

    def _quoted(self, plain: str) -> list[bool]:
        quoted = [False] * len(plain)
        for length, known in self._fragments.items():
            for start in range(len(plain) - length + 1):
                if plain[start : start + length] in known:
                    quoted[start : start + length] = [True] * length
        return quoted

    def _masked(self, text: str, positions: list[int], quoted: list[bool]) -> str:
        parts, end, inside = [], 0, False
        for position, is_quoted in zip(positions, quoted, strict=True):
            if is_quoted and not inside:
                parts += [text[end:position], self._mask]
            if is_quoted:
                end = position + 1
            inside = is_quoted
        return "".join((*parts, text[end:]))


def redacted_beginning(text: str, length: int, redactions: Sequence[Redaction]) -> str:
    """Return the beginning of a text without quotations, also without those that it cuts in two.

    Args:
        text: The whole text.
        length: Characters of it that are read.
        redactions: Each replaces the quotations of its own secrets.
    """
    clean = text[:length]
    for redaction in redactions:
        clean = redaction.of(clean)
    return clean if len(text) <= length else clean[: min(redaction.certain_end(clean) for redaction in redactions)]


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of a text in one case, and where each of them stands in the text."""
    found = [(letter, at) for at, one in enumerate(text) for letter in one.casefold() if letter.isalnum()]
    return "".join(letter for letter, _ in found), [at for _, at in found]


def _escaped(secret: str) -> tuple[str, ...]:
    """Return the secret as it is, and as common notations write it."""
    forms = (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        html.escape(secret),
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
    )
    return tuple(dict.fromkeys(forms))


def _forms(secret: str) -> Iterator[tuple[str, int]]:
    """Yield the forms in which a secret is quoted, each with the length of its shortest fragment that gives it away."""
    yield from ((form, SHORTEST_FRAGMENT) for form in _escaped(secret))
    content = secret.encode(errors="replace")
    yield content.hex(), _HEX_FRAGMENT
    for offset in range(3):
        # The first and the last characters depend on what stands beside the secret in the encoded text.
        encoded = base64.b64encode(bytes(offset) + content).decode().rstrip("=")
        yield encoded[(offset * 8 + 5) // 6 : (offset + len(content)) * 8 // 6], _BASE64_FRAGMENT
