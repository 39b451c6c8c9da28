from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.credentials.certificates import Authority
from tests.credentials.entra_standin import CLIENT, TENANT, Entra, entra_standin
from tests.credentials.metadata_standin import Metadata, metadata_standin
from tests.credentials.platform_file import PlatformFile, UsedKeys
from tests.credentials.sts_standin import Sts, sts_standin
from tests.workflows.stage import Stage


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No keys, profiles, endpoints or proxies but those that a test sets."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_EC2_METADATA_DISABLED"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "no-such-file")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "no-such-file")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sts]:
    """STS, where an unchanged boto3 looks for it."""
    with sts_standin() as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", running.url)
        yield running


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[Metadata]:
    """The machine's metadata service."""
    with metadata_standin() as running:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", running.url)
        yield running


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """A certificate authority that Microsoft's clients trust."""
    own = Authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(own.bundle))
    return own


@pytest.fixture
def entra(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Entra]:
    """Microsoft Entra, and a workload identity as AKS projects it."""
    assertion = tmp_path / "client-assertion"
    assertion.write_text("PLANTEDclientassertion")
    monkeypatch.setenv("AZURE_TENANT_ID", TENANT)
    monkeypatch.setenv("AZURE_CLIENT_ID", CLIENT)
    monkeypatch.setenv("AZURE_FEDERATED_TOKEN_FILE", str(assertion))
    with entra_standin(authority) as running:
        yield running


@pytest.fixture
def file(tmp_path: Path) -> PlatformFile:
    """A platforms file."""
    return PlatformFile(tmp_path)


@pytest.fixture
def stage(idle_stage: Stage) -> Iterator[Stage]:
    """A stage whose stand-in tells which keys came; the test starts the worker."""
    idle_stage.standin.control("POST", "/access-keys", {})
    yield idle_stage
    idle_stage.standin.control("POST", "/access-keys", {})


@pytest.fixture
def used_keys(stage: Stage) -> UsedKeys:
    """The key ids that SageMaker saw."""
    return lambda: list(stage.standin.control("GET", "/access-keys")["used"])
