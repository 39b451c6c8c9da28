from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.world import World
from worker.local.stack import Stack


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Temporal with its database on disk, the stand-in and a worker, each a process that may be killed."""
    settings = {"poll_interval": 0.2, "heartbeat_timeout": 2}
    with Stack(tmp_path, keep_data=True, clock_scale=60, settings=settings) as stack:
        stack.start()
        yield World(stack, await stack.connect())
