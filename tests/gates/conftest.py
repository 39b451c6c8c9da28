"""A server whose runs are continued as new soon."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from tests.replay.server import embedded_server


@pytest.fixture(scope="package")
async def impatient_client() -> AsyncIterator[Client]:
    """A server that suggests a continue-as-new after a few events."""
    async with embedded_server(continue_as_new_after_events=8) as client:
        yield client
