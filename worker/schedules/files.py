"""Schedules in a TOML file: `owner`, and a table `[[schedule]]` for each."""

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.schedules.definition import ScheduleDefinition, read_definition
from worker.schedules.errors import ScheduleError

MAX_OWNER_CHARS = 200


@dataclass(frozen=True)
class ScheduleFile:
    """The schedules of a file.

    Attributes:
        owner: Who owns them, for `--prune`; None if the file does not say.
        schedules: The definitions.
    """

    owner: str | None
    schedules: list[ScheduleDefinition]


def read_schedule_file(path: Path) -> ScheduleFile:
    """Read a file.

    Raises:
        ScheduleError: It cannot be read, or is not valid; all problems are named, one in a line.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScheduleError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ScheduleError(f"{path}: is not TOML: {error}") from None
    problems = [
        f"{key}: unknown key; known are owner and [[schedule]]" for key in document if key not in {"owner", "schedule"}
    ]
    owner, tables = document.get("owner"), document.get("schedule", [])
    if owner is not None and not (isinstance(owner, str) and 0 < len(owner) <= MAX_OWNER_CHARS):
        problems.append(f"owner: must be a text of 1 to {MAX_OWNER_CHARS} characters")
    if not (isinstance(tables, list) and all(isinstance(table, dict) for table in tables)):
        problems.append("schedule: must be an array of tables, written [[schedule]]")
        tables = []
    schedules = []
    for number, table in enumerate(tables, 1):
        try:
            schedules.append(read_definition(table))
        except ScheduleError as error:
            problems.append(f"{_place(number, table)}: {error}")
    for name, count in Counter(each.name for each in schedules).items():
        if count > 1:
            problems.append(f"schedule '{name}': the name is given {count} times")
    if problems:
        raise ScheduleError("\n".join(f"{path}: {problem}" for problem in problems))
    return ScheduleFile(owner, schedules)


def _place(number: int, table: dict[str, Any]) -> str:
    name = table.get("name")
    return f"schedule '{name[:80]}'" if isinstance(name, str) and name else f"schedule {number}"
