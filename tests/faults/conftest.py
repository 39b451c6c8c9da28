from collections.abc import AsyncIterator

import pytest

from tests.faults.concurrency import Cases, running_cases
from tests.faults.installation import Installation


@pytest.fixture(scope="session")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """One installation for all cases that leave its servers alone."""
    running = Installation(tmp_path_factory.mktemp("installation"))
    try:
        await running.open()
        async with running.crew() as running.calm:
            yield running
    finally:
        running.close()


@pytest.fixture(scope="session")
async def cases(request: pytest.FixtureRequest, installation: Installation) -> AsyncIterator[Cases]:
    """The cases that run at the same time."""
    async with running_cases(request, installation) as running:
        yield running
