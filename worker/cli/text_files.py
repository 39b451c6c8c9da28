"""Texts that a command reads from a file, `-` for stdin."""

import errno
import sys
from pathlib import Path


def read_text_file(path: str) -> str:
    """Return the text of a file in UTF-8, whatever the locale.

    Raises:
        OSError: It cannot be read.
        UnicodeDecodeError: It is not UTF-8.
    """
    if path != "-":
        return Path(path).read_text(encoding="utf-8")
    # Python has no sys.stdin where a shell closed it with `<&-`.
    if sys.stdin is None:
        raise OSError(errno.EBADF, "stdin is closed")
    return sys.stdin.buffer.read().decode("utf-8")
