import subprocess
from collections.abc import Iterator

import pytest

from tests.e2e.command import COMMAND, Commands
from worker.local.stack import Stack

CLOCK_SCALE = 60.0


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One embedded stack for all tests of this folder: a fast clock and frequent looks."""
    folder = tmp_path_factory.mktemp("stack")
    with Stack(folder, clock_scale=CLOCK_SCALE, settings={"poll_interval": 1, "heartbeat_timeout": 2.0}) as running:
        yield running.start()


@pytest.fixture(scope="session")
def commands(stack: Stack) -> Commands:
    """The commands, connected to the stack."""
    return Commands(stack)


@pytest.fixture(scope="session", autouse=True)
def demo(request: pytest.FixtureRequest) -> Iterator["subprocess.Popen[str] | None"]:
    """The demo, where its test is to run: it takes half a minute, most of it waiting, so it plays beside the others."""
    if not any("demo" in item.name for item in request.session.items):
        yield None
        return
    with subprocess.Popen([COMMAND, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 — our own command
        yield process
        process.terminate()
