"""Unit tests run in pytest's own process: no other process, no Temporal server, no stand-in."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

# Audit events of CPython ("Audit events table" of its documentation).
STARTS: Final = frozenset(
    {"subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"}
)
SERVERS: Final = frozenset({"temporal", "shared_standin", "standin"})


class NoProcesses:
    """Refuses to start processes while a unit test runs; an audit hook can't be removed, so it has a switch."""

    def __init__(self) -> None:
        self._is_on = False
        sys.addaudithook(self._audit)

    @contextmanager
    def refused(self) -> Iterator[None]:
        """Refuse every start of a process in a block."""
        self._is_on = True
        try:
            yield
        finally:
            self._is_on = False

    def _audit(self, event: str, _arguments: tuple[object, ...]) -> None:
        if self._is_on and event in STARTS:
            raise RuntimeError(f"a unit test starts no process ({event}); its place is another folder of tests")


NO_PROCESSES: Final = NoProcesses()


@pytest.fixture(autouse=True)
def no_processes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse processes and servers to a test."""
    servers = SERVERS.intersection(request.fixturenames)
    assert not servers, f"a unit test uses no server: {', '.join(servers)}"
    with NO_PROCESSES.refused():
        yield
