"""JSON files that options name, `-` for stdin."""

import json
from collections.abc import Mapping
from typing import Any

from worker.cli.outcome import CommandError
from worker.cli.text_files import read_text_file


def read_json(path: str, option: str) -> Any:
    """Read a file.

    Raises:
        CommandError: It cannot be read, or is no JSON; the option is named.
    """
    try:
        return json.loads(read_text_file(path))
    except OSError as error:
        raise CommandError(f"{option}: cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise CommandError(f"{option}: {path} is not JSON: {error}") from None
    except RecursionError:
        raise CommandError(f"{option}: {path} is nested too deeply; an input has at most 200 levels.") from None


def merged(document: Any, members: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document's object with members that win; anything but an object is replaced."""
    return {**document, **members} if isinstance(document, Mapping) else dict(members)
