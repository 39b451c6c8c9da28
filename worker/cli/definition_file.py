"""Reading a pipeline definition from where a command's FILE points."""

import sys
from pathlib import Path

from contract.definition_text import read_definition_text
from worker.cli.outcome import CommandError


def read_definition_file(file: str) -> str:
    """Return the text of a definition.

    Args:
        file: A file with the definition's JSON, `-` for stdin.

    Raises:
        CommandError: It cannot be read, or is no definition.
    """
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"FILE: cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"FILE: {file} is not text in UTF-8") from None
    try:
        read_definition_text(text)
    except ValueError as error:
        raise CommandError(f"FILE: {file} {error}") from None
    return text
