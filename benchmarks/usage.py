"""What a process costs, seen from outside: Linux's /proc. The process itself is left as it is."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

KIB: Final = 1024
MIB: Final = 1024**2

_PROC: Final = Path("/proc")
_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")

# Positions in /proc/PID/stat behind the command's name, proc(5).
_UTIME, _STIME, _CUTIME, _CSTIME = 11, 12, 13, 14


@dataclass(frozen=True)
class Usage:
    """CPU time so far and memory now, of a process and everything that it started."""

    cpu_seconds: float = 0.0
    rss_bytes: int = 0

    def __add__(self, other: Self) -> "Usage":
        return Usage(self.cpu_seconds + other.cpu_seconds, self.rss_bytes + other.rss_bytes)


def usage(pid: int | None) -> Usage:
    """Read what a process and its living descendants use, ended children included in the CPU time.

    Raises:
        ProcessLookupError: There is no such process.
    """
    if pid is None or not (_PROC / str(pid)).exists():
        raise ProcessLookupError(f"no process {pid}")
    total = Usage()
    for member in _tree(pid):
        try:
            total += _own_usage(member)
        except OSError:
            continue  # it ended in between
    return total


def cpu_by_part(pid: int) -> dict[str, float]:
    """Read the CPU seconds of the living threads of a Temporal worker in Python, by what the threads are for."""
    threads = _PROC / str(pid) / "task"
    python, _ = _stat(threads / str(pid) / "stat")
    seconds = dict.fromkeys(("event loop", "thread pools", "Temporal's core"), 0.0)
    for thread in threads.iterdir():
        try:
            name, fields = _stat(thread / "stat")
        except OSError:
            continue  # it ended in between
        # Python's threads have their process's name, those of the core in Rust have names of their own.
        part = "event loop" if thread.name == str(pid) else "thread pools" if name == python else "Temporal's core"
        seconds[part] += (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS_PER_SECOND
    return seconds


def _own_usage(pid: int) -> Usage:
    _, fields = _stat(_PROC / str(pid) / "stat")
    ticks = sum(int(fields[position]) for position in (_UTIME, _STIME, _CUTIME, _CSTIME))
    resident_pages = int((_PROC / str(pid) / "statm").read_text().split()[1])
    return Usage(ticks / _TICKS_PER_SECOND, resident_pages * _PAGE_BYTES)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for thread in (_PROC / str(pid) / "task").iterdir():
        try:
            children = (thread / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))


def _stat(path: Path) -> tuple[str, list[str]]:
    """A stat file's command name, which may hold spaces and brackets, and the fields behind it."""
    head, _, rest = path.read_text().rpartition(")")
    return head.partition("(")[2], rest.split()
