from collections.abc import Iterator

import pytest

from activities.aws.calls import SageMakerCalls
from activities.aws.rate_limit import adaptive_rate
from tests.unit.activities.scripted_aws import ScriptedAws, scripted_aws


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys for boto3's own chain, and nothing of the machine's own configuration."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_CONFIG_FILE", "no-such-file")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "no-such-file")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def shared_aws() -> Iterator[ScriptedAws]:
    """One server for all tests."""
    with scripted_aws() as running:
        yield running


@pytest.fixture(scope="session")
def calls(shared_aws: ScriptedAws) -> Iterator[SageMakerCalls]:
    """Calls of the scripted AWS, shared because a client takes its time to be made."""
    reaching = shared_aws.calls()
    yield reaching
    reaching.close()


@pytest.fixture
def aws(shared_aws: ScriptedAws, calls: SageMakerCalls, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedAws]:
    """AWS as the test scripts it; every scripted answer must have been asked for."""
    # What one test was refused does not slow down the next, nor much the test itself.
    monkeypatch.setattr(calls, "_limits", {})
    monkeypatch.setattr(adaptive_rate, "LEAST_RATE", 500.0)
    shared_aws.requests.clear()
    shared_aws.signed_with.clear()
    yield shared_aws
    unasked = list(shared_aws.script)
    shared_aws.script.clear()
    assert unasked == []
