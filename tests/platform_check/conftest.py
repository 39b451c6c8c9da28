from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.credentials.platform_file import PlatformFile
from tests.credentials.sts_standin import Sts, sts_standin
from tests.platform_check.checks import USER, Checks
from tests.workflows.stage import Stage


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No profile, region or settings but those that a test sets."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "no-such-file")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "no-such-file")


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sts]:
    """STS, where an unchanged boto3 looks for it; it knows the key of `aws_keys`."""
    with sts_standin() as running:
        running.users["test"] = USER
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", running.url)
        yield running


@pytest.fixture
def file(tmp_path: Path) -> PlatformFile:
    """A platforms file."""
    return PlatformFile(tmp_path)


@pytest.fixture
async def checks(idle_stage: Stage, sts: Sts) -> AsyncIterator[Checks]:  # noqa: ARG001 — STS must be there
    """Checks through a worker of their own."""
    async with idle_stage.worker():
        yield Checks(idle_stage)
