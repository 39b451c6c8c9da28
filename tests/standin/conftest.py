from collections.abc import Callable, Iterator

import pytest

from tests.standin.process import Standin


@pytest.fixture(scope="session")
def standin() -> Iterator[Standin]:
    """One process for all tests that need nothing special; ten simulated minutes a second."""
    running = Standin("--clock-scale", "600")
    yield running
    running.close()


@pytest.fixture
def launch() -> Iterator[Callable[..., Standin]]:
    """Starts processes with other options; they end with the test."""
    running: list[Standin] = []

    def start(*options: str) -> Standin:
        running.append(Standin(*options))
        return running[-1]

    yield start
    for process in running:
        if process.process.poll() is None:
            process.close()
