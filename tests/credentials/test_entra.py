"""Web identity tokens of Microsoft Entra, through an unchanged azure-identity."""

import pytest

from activities.aws.connection_errors import CredentialsRefusedError
from activities.aws.errors import Kind
from tests.credentials.entra_standin import APPLICATION, ENTRA_ISSUER, SCOPE, Entra
from tests.credentials.platform_file import PlatformFile, UsedKeys, looked, refused
from tests.credentials.sts_standin import ROLE, Sts
from tests.workflows.stage import Stage


@pytest.fixture
def entra_platform(file: PlatformFile, stage: Stage, entra: Entra, sts: Sts) -> PlatformFile:
    """A platform on tokens of Microsoft Entra."""
    sts.issuers = {ENTRA_ISSUER: {APPLICATION}}
    sts.subjects = {"workload-object-id"}
    auth = {
        "method": "web_identity",
        "role_arn": ROLE,
        "token": "entra",
        "scope": SCOPE,
        "entra_credential": "workload_identity",
        "authority": entra.url,
        "disable_instance_discovery": True,
    }
    file.platform(auth, endpoint_url=stage.standin.url)
    return file


async def test_a_token_of_entra_becomes_keys(
    entra_platform: PlatformFile, entra: Entra, sts: Sts, used_keys: UsedKeys
) -> None:
    """The projected token is the assertion for Entra, and Entra's token is what STS gets."""
    calls = entra_platform.calls()
    await looked(calls)
    assert entra.forms[0]["client_assertion"] == "PLANTEDclientassertion"
    assert entra.forms[0]["scope"].split()[0] == SCOPE
    assert sts.requests[0]["WebIdentityToken"] == entra.tokens[0]
    assert used_keys() == ["ASIASESSION000000001"]
    calls.close()


async def test_a_refusal_of_entra_is_told(entra_platform: PlatformFile, entra: Entra, sts: Sts) -> None:
    """With Entra's own code, the scope and what to check."""
    entra.refusal = "AADSTS70021: No matching federated identity record found for presented assertion."
    failure = await refused(entra_platform)
    assert isinstance(failure.cause, CredentialsRefusedError)
    assert "AADSTS70021" in str(failure)
    assert SCOPE in str(failure)
    assert "PLANTED" not in repr((failure, failure.cause))
    assert not sts.requests


async def test_an_outage_of_entra_is_waited_for(entra_platform: PlatformFile, entra: Entra) -> None:
    """Not final: it answers later."""
    entra.is_down = True
    failure = await refused(entra_platform)
    assert failure.kind is Kind.SOURCE
