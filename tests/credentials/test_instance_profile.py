"""The machine's own role: EC2's IMDSv2, and the container credentials of ECS and EKS."""

import asyncio

import pytest

from activities.aws.connection_errors import CredentialsRefusedError
from tests.credentials.metadata_standin import CONTAINER_AUTHORIZATION, CONTAINER_PATH, Metadata
from tests.credentials.platform_file import PlatformFile, UsedKeys, looked, refused
from tests.workflows.stage import Stage


async def test_an_instance_has_its_role_through_imdsv2(
    file: PlatformFile, stage: Stage, metadata: Metadata, used_keys: UsedKeys
) -> None:
    """Never in the manner of IMDSv1."""
    file.platform({"method": "instance_profile"}, endpoint_url=stage.standin.url)
    calls = file.calls()
    await asyncio.gather(*(looked(calls) for _ in range(8)))
    assert used_keys() == ["ASIAMACHINE00000001"]
    assert metadata.places.count("/latest/api/token") == 1
    assert metadata.tokenless == 0
    calls.close()


@pytest.mark.parametrize("attribute", ["without_role", "without_v2"])
async def test_an_instance_without_a_role_says_so(file: PlatformFile, metadata: Metadata, attribute: str) -> None:
    """No profile, or no IMDSv2 within reach."""
    setattr(metadata, attribute, True)
    file.platform({"method": "instance_profile"})
    failure = await refused(file)
    assert isinstance(failure.cause, CredentialsRefusedError)
    assert "instance profile" in str(failure)
    assert metadata.tokenless == 0


async def test_a_container_has_its_role_from_its_own_endpoint(
    file: PlatformFile,
    stage: Stage,
    metadata: Metadata,
    used_keys: UsedKeys,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ECS and EKS Pod Identity, before IMDS."""
    token = file.put("container-token", CONTAINER_AUTHORIZATION)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{metadata.url}{CONTAINER_PATH}")
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))
    file.platform({"method": "instance_profile"}, endpoint_url=stage.standin.url)
    calls = file.calls()
    await looked(calls)
    assert used_keys() == ["ASIAMACHINE00000001"]
    assert set(metadata.places) == {CONTAINER_PATH}
    file.put("container-token", "PLANTEDwrong")
    failure = await refused(file)
    assert isinstance(failure.cause, CredentialsRefusedError)
    assert "pod identity association" in str(failure)
    assert "PLANTED" not in repr(failure)
    calls.close()
