from collections.abc import AsyncIterator

import pytest

from tests.versioning.deployment import Deployment
from tests.workflows.stage import Stage


@pytest.fixture
async def deployment(idle_stage: Stage) -> AsyncIterator[Deployment]:
    """A Worker Deployment of its own, without any version yet; workers that a test leaves running are stopped."""
    running = Deployment(idle_stage)
    yield running
    await running.close()
