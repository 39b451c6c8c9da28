"""Commands and progress of the image test, which needs nothing but Python's standard library."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

_BEGAN: Final = time.monotonic()
_SHOWN_CHARACTERS: Final = 3000


class FailedError(Exception):
    """The test failed; the text says what was seen."""


def report(line: str) -> None:
    """Print a line of progress with the seconds since the start."""
    sys.stdout.write(f"{time.monotonic() - _BEGAN:6.1f} s  {line}\n")
    sys.stdout.flush()


def run(
    command: list[str],
    *,
    expected: int | None = 0,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    stdin: str = "",
) -> str:
    """Run a command and return what it printed, errors included.

    Raises:
        FailedError: The exit code was not the expected one; None expects any.
    """
    variables = {**os.environ, **(environment or {})}
    program = shutil.which(command[0], path=variables["PATH"]) or command[0]
    ended = subprocess.run(  # noqa: S603 — the test's own commands
        [program, *command[1:]],
        cwd=folder,
        env=variables,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if expected is not None and ended.returncode != expected:
        shown = ended.stdout[-_SHOWN_CHARACTERS:].strip()
        raise FailedError(f"{' '.join(command)}: exit code {ended.returncode} instead of {expected}\n{shown}")
    return ended.stdout


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a condition.

    Raises:
        FailedError: It did not hold within the time.
    """
    give_up_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up_at:
            raise FailedError(f"not within {seconds:g} s: {what}")
        time.sleep(0.2)


def side_by_side(*steps: Callable[[], None]) -> None:
    """Run steps at the same time; return, or raise the first one's failure, when all of them have ended."""
    with ThreadPoolExecutor(len(steps)) as pool:
        for ended in [pool.submit(step) for step in steps]:
            ended.result()
