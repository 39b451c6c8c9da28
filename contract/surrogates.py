r"""Halves of surrogate pairs: JSON can write them (`\ud800`), and UTF-8, so that Temporal's payloads cannot hold them.

They come from texts that were cut in the middle of an emoji, by a client that counts UTF-16 units.
"""

from typing import Any


def well_formed_text(text: str) -> str:
    """Return a text in which U+FFFD stands for each half of a surrogate pair; two halves in a row are joined."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def well_formed(value: Any) -> Any:
    """Return a value with all texts in its lists and dictionaries well-formed; it must not be nested deeply."""
    match value:
        case str():
            return well_formed_text(value)
        case dict():
            return {well_formed(key): well_formed(member) for key, member in value.items()}
        case list():
            return [well_formed(item) for item in value]
    return value
