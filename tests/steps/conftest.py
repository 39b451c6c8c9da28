from collections.abc import Iterator

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform, Platforms
from activities.executions import ExecutionActivities
from activities.watching.poller import SharedPoller
from tests.standin.conftest import standin
from tests.standin.process import Standin

__all__ = ["standin"]


@pytest.fixture(autouse=True)
def lifted(standin: Standin) -> Iterator[None]:
    """No fault outlives its test."""
    yield
    standin.control("DELETE", "/faults")


@pytest.fixture(scope="session")
def platform(standin: Standin) -> Platform:
    """The stand-in as a platform."""
    known = Platform(region="us-east-1", endpoint_url=standin.url, logs_endpoint_url=standin.url)
    # Below the floor of a real platform, for the sake of short tests: a copy is not validated.
    return known.model_copy(update={"poll_interval": 0.05})


@pytest.fixture(scope="session")
def calls(platform: Platform, aws_keys: None) -> Iterator[SageMakerCalls]:  # noqa: ARG001 — it signs
    """Calls to the stand-in."""
    reaching = SageMakerCalls(Platforms([platform]), threads=4)
    yield reaching
    reaching.close()


@pytest.fixture
def activities(calls: SageMakerCalls, standin: Standin) -> ExecutionActivities:
    """The short activities on the stand-in; what one test was throttled does not slow down the next."""
    assert standin.url
    calls._limits.clear()  # noqa: SLF001 — there is no public way
    return ExecutionActivities(calls, SharedPoller(calls))
