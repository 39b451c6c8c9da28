"""What every kind of vault is asked, and the two ways in which it may fail to answer."""

import json
from typing import Final, Protocol


class VaultReader(Protocol):
    """Reads secrets of one vault. Calls come from several threads at once."""

    def read(self, secret: str, field: str | None) -> str:
        """Read a secret's present value, or one member of it.

        Raises:
            RefusedError: There is no such secret, or no permission to read it.
            NoAnswerError: The vault does not answer now.
        """


class RefusedError(Exception):
    """The vault refuses, and will until something is changed; the text never has a value."""


class NoAnswerError(Exception):
    """The vault does not answer now; the text never has a value."""


MAX_TEXT_CHARS: Final = 300


def member(text: str, field: str | None) -> str:
    """Take one member out of a secret that is a JSON object; without a field, the secret is the text itself.

    Raises:
        RefusedError: There is no such member; the text names the members that there are.
    """
    if field is None:
        return text
    try:
        members = json.loads(text)
    except ValueError:
        members = None
    if not isinstance(members, dict):
        raise RefusedError(f"it is no JSON object, so it has no member '{field}'")
    if field not in members:
        raise RefusedError(f"it has no member '{field}'; it has: {', '.join(sorted(members))[:MAX_TEXT_CHARS]}")
    value = members[field]
    return value if isinstance(value, str) else json.dumps(value)


def first_line(error: object) -> str:
    """Take the first line of an error's text, in bounded length."""
    lines = str(error).strip().splitlines()
    return lines[0][:MAX_TEXT_CHARS] if lines else type(error).__name__


def refused_or_no_answer(status: int | None, error: Exception) -> Exception:
    """Return whether to ask again, by the HTTP status of an answer (None: there was none)."""
    later = status is None or status >= 500 or status in {408, 429}  # noqa: PLR2004 — HTTP's server errors
    return (NoAnswerError if later else RefusedError)(f"{type(error).__name__}: {first_line(error)}")
