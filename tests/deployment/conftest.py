from pathlib import Path

import pytest

from tests.deployment.commands import DeploymentCommands
from tests.deployment.deployer import Deployer
from tests.workflows.stage import Stage


@pytest.fixture
def deployer(stage: Stage) -> Deployer:
    """Deployments of a pipeline that only this test has."""
    return Deployer(stage)


@pytest.fixture
def commands(deployer: Deployer, tmp_path: Path) -> DeploymentCommands:
    """The commands."""
    return DeploymentCommands(deployer, tmp_path)
