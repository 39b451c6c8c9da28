"""A stage for job runs."""

import pytest

from tests.jobs.job_stage import JobStage
from tests.workflows.stage import Stage


@pytest.fixture
def jobs(stage: Stage) -> JobStage:
    """Job runs, with a worker."""
    return JobStage(stage)
