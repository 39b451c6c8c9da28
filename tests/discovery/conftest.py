import uuid

import pytest

from tests.discovery.finder import Finder
from tests.workflows.conftest import aws_keys, idle_stage, shared_standin, stage, temporal, web_ui_port
from tests.workflows.stage import Stage

__all__ = ["aws_keys", "idle_stage", "shared_standin", "stage", "temporal", "web_ui_port"]


@pytest.fixture
def finder(stage: Stage) -> Finder:
    """Discoveries among pipelines that only this test has."""
    return Finder(stage, f"d{uuid.uuid4().hex[:8]}-")
