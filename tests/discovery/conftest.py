import uuid

import pytest

from tests.discovery.finder import Finder
from tests.workflows.stage import Stage


@pytest.fixture
def finder(stage: Stage) -> Finder:
    """Discoveries among pipelines that only this test has."""
    return Finder(stage, f"d{uuid.uuid4().hex[:8]}-")
