import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from contract.names import SEARCH_ATTRIBUTES
from tests.standin.process import Standin
from tests.workflows.stage import Stage
from workflows.payloads import data_converter


@pytest.fixture(scope="session", autouse=True)
def aws_keys() -> Iterator[None]:
    """Keys for boto3's own chain, which the platform `default` uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """One real Temporal server for all tests."""
    temporal_cli = shutil.which(
        "temporal", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    )
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_cli, data_converter=data_converter, search_attributes=SEARCH_ATTRIBUTES
    ) as environment:
        yield environment


@pytest.fixture(scope="session")
def shared_standin() -> Iterator[Standin]:
    """One stand-in for all tests; a minute of a job takes a fifth of a second."""
    running = Standin("--clock-scale", "300")
    yield running
    running.close()


@pytest.fixture
async def idle_stage(temporal: WorkflowEnvironment, shared_standin: Standin) -> AsyncIterator[Stage]:
    """A stage whose worker is yet to be started."""
    shared_standin.control("DELETE", "/faults")
    shared_standin.control("DELETE", "/calls")
    yield Stage(temporal.client, shared_standin)
    shared_standin.control("DELETE", "/faults")


@pytest.fixture
async def stage(idle_stage: Stage) -> AsyncIterator[Stage]:
    """A stage with a worker."""
    async with idle_stage.worker():
        yield idle_stage
