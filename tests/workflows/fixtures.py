"""What every test of whole runs needs: one Temporal server and one stand-in for all of them (`tests/conftest.py`)."""

import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.aws.rate_limit import adaptive_rate
from tests.replay.server import embedded_server
from tests.standin.process import Standin
from tests.workflows.stage import Stage


@pytest.fixture(scope="session")
def aws_keys() -> Iterator[None]:
    """Keys for boto3's own chain, which the platform `default` uses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def web_ui_port() -> int:
    """A port for the Web UI that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
async def temporal(web_ui_port: int) -> AsyncIterator[WorkflowEnvironment]:
    """One real Temporal server, with its Web UI, for all tests."""
    async with embedded_server(ui_port=web_ui_port) as client:
        yield WorkflowEnvironment.from_client(client)


@pytest.fixture(scope="session")
def shared_standin(aws_keys: None) -> Iterator[Standin]:  # noqa: ARG001 — its callers sign
    """One stand-in for all tests, of CloudWatch's logs as well; a minute of a job takes a fifth of a second."""
    running = Standin("--clock-scale", "300")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", running.url)
        yield running
    running.close()


@pytest.fixture
async def idle_stage(
    temporal: WorkflowEnvironment, shared_standin: Standin, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """A stage whose worker is yet to be started; AWS's throttling does not make it as slow as a real one."""
    monkeypatch.setattr(adaptive_rate, "LEAST_RATE", 50.0)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", shared_standin.url)
    shared_standin.control("DELETE", "/faults")
    shared_standin.control("DELETE", "/calls")
    yield Stage(temporal.client, shared_standin)
    shared_standin.control("DELETE", "/faults")


@pytest.fixture
async def stage(idle_stage: Stage) -> AsyncIterator[Stage]:
    """A stage with a worker."""
    async with idle_stage.worker():
        yield idle_stage
