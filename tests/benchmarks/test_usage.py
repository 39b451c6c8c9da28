"""What a process costs, read from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from benchmarks.usage import cpu_by_part, usage

MIB = 1024**2
# Burns 0.2 s of CPU, holds 40 MiB, and has a child that holds as much; then reports that it is ready and waits.
SPENDER = """
import subprocess, sys, time
held = bytearray(40 * 1024 * 1024)
held[::4096] = b"x" * len(held[::4096])
while time.process_time() < 0.2:
    pass
if len(sys.argv) > 1:
    child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=sys.stdin, stdout=subprocess.PIPE)
    child.stdout.readline()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def spender() -> Iterator[subprocess.Popen[bytes]]:
    """A process with a child, both of which have spent their CPU time."""
    with subprocess.Popen(  # noqa: S603 — our own program
        [sys.executable, "-c", SPENDER, SPENDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.communicate()


def test_a_process_is_counted_with_its_children(spender: subprocess.Popen[bytes]) -> None:
    """CPU time and memory of both; the children of a worker would be part of its cost."""
    found = usage(spender.pid)
    # The clock of /proc ticks a hundred times a second and cuts off what is left over.
    assert found.cpu_seconds >= 0.4 - 4 / os.sysconf("SC_CLK_TCK")
    assert found.rss_bytes >= 80 * MIB


def test_ones_own_usage_grows_with_what_one_spends() -> None:
    """CPU time never falls, and a second reading has what was spent in between."""
    before = usage(os.getpid())
    ends = time.process_time() + 0.1
    while time.process_time() < ends:
        pass
    assert usage(os.getpid()).cpu_seconds - before.cpu_seconds >= 0.1 - 2 / os.sysconf("SC_CLK_TCK")


def test_cpu_time_is_told_apart_by_threads(spender: subprocess.Popen[bytes]) -> None:
    """A process with one thread spends everything in the one that would run its event loop."""
    parts = cpu_by_part(spender.pid)
    assert list(parts) == ["event loop", "thread pools", "Temporal's core"]
    assert parts["event loop"] > 0
    assert (parts["thread pools"], parts["Temporal's core"]) == (0, 0)


@pytest.mark.parametrize("pid", [None, 2**22 + 1])
def test_a_process_that_is_gone_is_no_process_without_cost(pid: int | None) -> None:
    """A worker that died must not look cheap."""
    with pytest.raises(ProcessLookupError, match="no process"):
        usage(pid)
