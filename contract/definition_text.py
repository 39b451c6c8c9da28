"""The text of a pipeline definition: its limits, its compressed form, and when two texts are one definition."""

import base64
import binascii
import gzip
import json
import re
import zlib
from typing import Any, Final, NoReturn

from contract.json_walk import has_levels
from contract.surrogates import well_formed_text

MAX_DEFINITION_CHARS: Final = 1_048_576
"""Limit of an inline definition: botocore's service model, PipelineDefinition."""

MAX_COMPRESSED_CHARS: Final = 1_600_000
"""Of the longest definition that does not compress at all, as gzip and base64; below Temporal's limit of 2 MiB for a
payload, also when it is encrypted."""

MAX_LEVELS: Final = 500
"""Of nesting. The deepest public definition, 31 conditions inside each other, has 127 levels."""

COMPRESSION_LEVEL: Final = 6
"""At level 9 some texts take a second, which workflow code does not have, and usual ones are hardly shorter."""

_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")

_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
"""zlib's window bits for data with gzip's header."""


def compress_definition(text: str) -> str:
    """Compress a definition for a history: gzip and base64; a usual definition shrinks to a tenth."""
    # Without a time, so that the same definition is always the same text.
    return base64.b64encode(gzip.compress(text.encode(), COMPRESSION_LEVEL, mtime=0)).decode()


def decompress_definition(compressed: str) -> str:
    """Return the definition that was compressed.

    Raises:
        ValueError: It is not base64 of gzip of UTF-8, or the definition is longer than AWS takes.
    """
    try:
        unpacking = zlib.decompressobj(_GZIP_WINDOW)
        # A character has at most four bytes; what is longer is never unpacked.
        data = unpacking.decompress(base64.b64decode(compressed, validate=True), MAX_DEFINITION_CHARS * 4)
        is_whole = unpacking.eof and not unpacking.unused_data
        text = data.decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError):
        raise ValueError("must be the definition's JSON, compressed with gzip and encoded as base64") from None
    if unpacking.unconsumed_tail:
        raise ValueError(_too_long("more than 4 MiB"))
    if not is_whole:
        raise ValueError("is cut short, or has something behind its end: it must be one whole gzip of a definition")
    return text


def check_length(text: str) -> None:
    """Check the text of a definition.

    Raises:
        ValueError: It is longer than AWS takes.
    """
    if len(text) > MAX_DEFINITION_CHARS:
        raise ValueError(_too_long(f"{len(text):,}"))


def read_definition_text(text: str) -> dict[str, Any]:
    """Read a definition; a half of a surrogate pair in it becomes U+FFFD, since what is read goes into histories.

    Raises:
        ValueError: It is longer than AWS takes, or is no JSON object.
    """
    check_length(text)
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except ValueError as error:
        # The parser's text names line and column, or NaN or Infinity, and quotes nothing else.
        raise ValueError(f"is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise ValueError("must be a JSON object with Version and Steps")  # noqa: TRY004 — a value of an input
    _check_levels(document)
    return document if _ESCAPED_SURROGATE.search(text) is None else _well_formed(document)


def definition_text(document: dict[str, Any]) -> str:
    """Write a definition as AWS is sent it: its members in their own order, and no blanks between them.

    Raises:
        ValueError: It is nested too deeply, or has a number that JSON does not have.
    """
    _check_levels(document)
    try:
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise ValueError("has NaN or Infinity, which are no JSON values") from None


def is_same_definition(one: str, other: str) -> bool:
    """Return whether two texts are the same JSON, whatever the order of members and the white space.

    A text that is no JSON is only the same as itself.
    """
    if one == other:
        return True
    try:
        # Not the values: in Python true equals 1.
        return json.dumps(json.loads(one), sort_keys=True) == json.dumps(json.loads(other), sort_keys=True)
    except (ValueError, RecursionError):
        return False


def _well_formed(document: dict[str, Any]) -> dict[str, Any]:
    # Through its text: a definition may be nested more deeply than Python's calls.
    text = well_formed_text(json.dumps(document, ensure_ascii=False))
    return dict(json.loads(text))


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _check_levels(document: dict[str, Any]) -> None:
    """Refuse what readers and writers of JSON, which recurse, cannot handle."""
    if has_levels(document, MAX_LEVELS):
        raise ValueError(f"is nested too deeply: at most {MAX_LEVELS} levels")


def _too_long(chars: str) -> str:
    return f"has {chars} characters, and AWS takes {MAX_DEFINITION_CHARS:,}"
