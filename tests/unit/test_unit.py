"""`make unit` needs nothing but Python."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

STARTS: dict[str, Callable[[], object]] = {
    "subprocess": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
    "posix_spawn": lambda: os.posix_spawn(sys.executable, [sys.executable, "-c", ""], {}),
    "fork": os.fork,
    "system": lambda: os.system("true"),  # noqa: S605, S607 — refused
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS.keys())
def test_unit_tests_start_no_process(start: Callable[[], object]) -> None:
    """The guard of `conftest.py` refuses each way to start one."""
    with pytest.raises(RuntimeError, match="a unit test starts no process"):
        start()
