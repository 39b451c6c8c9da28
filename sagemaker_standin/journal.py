import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

JsonObject = dict[str, Any]


class Journal:
    """Every accepted change as a JSON line, written through to the operating system before its reply leaves.

    The world is a pure function of these lines, so they are all there is to save: a process that was killed reads them
    again. A last line that was cut off belongs to a change that was never answered, and is dropped.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def entries(self) -> Iterator[JsonObject]:
        """The changes so far, oldest first."""
        if self._path is None or not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield json.loads(line)

    def open(self) -> None:
        """Get ready to append, after the last whole line."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b") as raw:
            raw.seek(0)
            raw.truncate(raw.read().rfind(b"\n") + 1)
        self._file = self._path.open("a", encoding="utf-8")

    def append(self, entry: JsonObject) -> None:
        """Write one change."""
        if self._file is not None:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()
