import pytest

from tests.deployment.deployer import Deployer
from tests.workflows.stage import Stage


@pytest.fixture
def deployer(stage: Stage) -> Deployer:
    """Deployments of a pipeline that only this test has."""
    return Deployer(stage)
