"""Each way to authenticate, against an STS, an IMDSv2, a container endpoint and an Entra that refuse as theirs do."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities.aws.connection_errors import (
    CredentialSourceUnavailableError,
    CredentialsRefusedError,
    PlatformMisconfiguredError,
)
from activities.aws.errors import Kind
from tests.credentials.http_server import Reply
from tests.credentials.platform_file import PlatformFile, UsedKeys, looked, refused
from tests.credentials.sts_standin import (
    BOOTSTRAP_KEY,
    BOOTSTRAP_SECRET,
    EXTERNAL_ID,
    ROLE,
    Sts,
    error,
    identity_token,
)
from tests.workflows.stage import Stage

FIRST_SESSION, SECOND_SESSION = "ASIASESSION000000001", "ASIASESSION000000002"
ENV_VAULT = '[vaults.env]\nprovider = "environment"\n'


@pytest.fixture
def web_identity(stage: Stage, file: PlatformFile) -> PlatformFile:
    """A platform on the token of a file."""
    token = file.put("token", identity_token() + "\n")
    file.platform(
        {"method": "web_identity", "role_arn": ROLE, "token_file": str(token)}, endpoint_url=stage.standin.url
    )
    return file


@pytest.fixture
def assume_role(stage: Stage, file: PlatformFile, monkeypatch: pytest.MonkeyPatch) -> PlatformFile:
    """A platform on a role and bootstrap keys."""
    monkeypatch.setenv("POLYSYNC_SECRET_BOOTSTRAP", BOOTSTRAP_SECRET)
    auth = {
        "method": "assume_role",
        "role_arn": ROLE,
        "access_key_id": BOOTSTRAP_KEY,
        "secret_access_key": "vault://env/BOOTSTRAP",
        "external_id": EXTERNAL_ID,
        "session_duration": 7200,
    }
    file.platform(auth, endpoint_url=stage.standin.url, more=ENV_VAULT)
    return file


async def test_a_token_of_a_file_becomes_keys(web_identity: PlatformFile, sts: Sts, used_keys: UsedKeys) -> None:
    """AssumeRoleWithWebIdentity, with the configured name and duration, and unsigned."""
    calls = web_identity.calls()
    await looked(calls)
    request = sts.requests[0]
    assert (request["RoleArn"], request["RoleSessionName"]) == (ROLE, "polysync-sagemaker")
    assert request["DurationSeconds"] == "3600"
    assert used_keys() == [FIRST_SESSION]
    expires_at = await calls.expires_at(calls.platforms["default"])
    assert expires_at is not None
    assert timedelta(minutes=59) < expires_at - datetime.now(UTC) <= timedelta(hours=1)
    calls.close()


async def test_thirty_two_threads_make_one_sts_call(web_identity: PlatformFile, sts: Sts) -> None:
    """However many runs start at once, a platform obtains its credentials once."""
    calls = web_identity.calls()
    await asyncio.gather(*(looked(calls) for _ in range(32)))
    assert sts.calls == {"AssumeRoleWithWebIdentity": 1}
    calls.close()


async def test_thirty_two_refusals_renew_the_credentials_once(
    web_identity: PlatformFile, sts: Sts, stage: Stage
) -> None:
    """Every thread meets the end of the session, one obtains the next, and no caller notices."""
    calls = web_identity.calls()
    await looked(calls)
    stage.standin.control("POST", "/access-keys", {"expired": [FIRST_SESSION]})
    await asyncio.gather(*(looked(calls) for _ in range(32)))
    assert sts.calls == {"AssumeRoleWithWebIdentity": 2}
    calls.close()


async def test_the_token_is_read_again_at_each_refresh(web_identity: PlatformFile, sts: Sts, stage: Stage) -> None:
    """What keeps the file fresh need not tell the worker."""
    calls = web_identity.calls()
    await looked(calls)
    renewed = identity_token(jti="second")
    web_identity.put("token", renewed)
    stage.standin.control("POST", "/access-keys", {"expired": [FIRST_SESSION]})
    await looked(calls)
    assert sts.requests[-1]["WebIdentityToken"] == renewed
    calls.close()


async def test_credentials_are_renewed_before_they_end(
    web_identity: PlatformFile, sts: Sts, used_keys: UsedKeys
) -> None:
    """In the last 15 minutes of a session; and an STS that is down then does not matter yet."""
    sts.lifetime = timedelta(minutes=14)
    calls = web_identity.calls()
    await looked(calls)
    sts.troubles = [error("ServiceUnavailable", "down", 503)] * 3
    await looked(calls)
    await looked(calls)
    assert used_keys() == [FIRST_SESSION, SECOND_SESSION]
    calls.close()


@pytest.mark.parametrize(
    ("claims", "code", "remedy"),
    [
        ({"aud": ["somebody.else"]}, "InvalidIdentityToken: Incorrect token audience", "audiences of the IAM identity"),
        ({"iss": "https://example.com"}, "No OpenIDConnect provider found", "Create an IAM OIDC identity provider"),
        ({"exp": int(time.time()) - 5}, "ExpiredTokenException: Token expired", "read again at each attempt"),
        ({"sub": "system:serviceaccount:other:one"}, "AccessDenied: Not authorized", "with this token's :aud and :sub"),
    ],
)
async def test_a_refused_token_says_what_to_do(
    web_identity: PlatformFile, sts: Sts, claims: dict[str, Any], code: str, remedy: str
) -> None:
    """Wrong audience, unknown provider, expired token, foreign subject: each names role, request id and remedy."""
    web_identity.put("token", identity_token(**claims))
    failure = await refused(web_identity)
    assert isinstance(failure.cause, CredentialsRefusedError)
    assert failure.kind is Kind.CREDENTIALS
    text = failure.explanation
    assert f"STS AssumeRoleWithWebIdentity [role={ROLE}] answers" in text
    assert code in text
    assert remedy in text
    assert "request_id=" in text
    assert "PLANTED" not in text
    assert sts.calls["AssumeRoleWithWebIdentity"] == 1


@pytest.mark.parametrize("content", [None, "", "\n"])
async def test_a_token_that_is_not_there_names_its_file(
    web_identity: PlatformFile, sts: Sts, content: str | None
) -> None:
    """Missing or empty, it is never sent."""
    token = web_identity.put("token", content or "")
    if content is None:
        token.unlink()
    failure = await refused(web_identity)
    assert isinstance(failure.cause, CredentialsRefusedError)
    assert str(token) in str(failure)
    assert not sts.requests


async def test_a_bad_role_and_a_long_session_are_the_configuration(file: PlatformFile, sts: Sts) -> None:
    """What only a person can mend is final at once."""
    token = file.put("token", identity_token())
    auth = {"method": "web_identity", "role_arn": ROLE, "token_file": str(token), "session_duration": 43_200}
    file.platform(auth)
    failure = await refused(file)
    assert isinstance(failure.cause, PlatformMisconfiguredError)
    assert "exceeds the MaxSessionDuration set for this role" in str(failure)
    file.platform({**auth, "role_arn": f"{ROLE}-missing", "session_duration": 1800})
    failure = await refused(file)
    assert isinstance(failure.cause, CredentialsRefusedError)
    assert "Check that the role exists" in str(failure)
    assert sts.calls["AssumeRoleWithWebIdentity"] == 2


@pytest.mark.parametrize(
    "trouble",
    [
        error("IDPCommunicationError", "Error communicating with the identity provider"),
        error("InternalFailure", "", 500),
        Reply("<html>bad gateway</html>", 502, "text/html"),
        Reply("", 0),
    ],
    ids=["idp", "internal", "html", "reset"],
)
async def test_an_sts_outage_is_waited_for(web_identity: PlatformFile, sts: Sts, trouble: Reply) -> None:
    """Not ours and not final: retried for ever, and nothing was sent to SageMaker."""
    sts.troubles = [trouble] * 10
    failure = await refused(web_identity)
    assert isinstance(failure.cause, CredentialSourceUnavailableError)
    assert failure.kind is Kind.SOURCE


async def test_a_role_is_assumed_with_bootstrap_keys(assume_role: PlatformFile, sts: Sts, used_keys: UsedKeys) -> None:
    """AssumeRole with external id, session name and duration."""
    sts.external_id = EXTERNAL_ID
    calls = assume_role.calls()
    await looked(calls)
    request = sts.requests[0]
    assert (request["ExternalId"], request["DurationSeconds"]) == (EXTERNAL_ID, "7200")
    assert used_keys() == [FIRST_SESSION]
    calls.close()


async def test_rotated_bootstrap_keys_are_used_at_the_next_refresh(
    file: PlatformFile, sts: Sts, stage: Stage, used_keys: UsedKeys
) -> None:
    """A file that is rewritten is enough."""
    for name, value in (("id", "AKIAOLD"), ("secret", "PLANTEDold")):
        file.put(name, value)
    auth = {"access_key_id": "vault://files/id", "secret_access_key": "vault://files/secret"}
    file.platform(
        {"method": "assume_role", "role_arn": ROLE, **auth},
        endpoint_url=stage.standin.url,
        more=f'[vaults.files]\nprovider = "file"\ndirectory = "{file.folder}"\n',
    )
    sts.users = {"AKIAOLD": "arn:aws:iam::111122223333:user/old"}
    calls = file.calls()
    await looked(calls)
    sts.users = {"AKIANEW": "arn:aws:iam::111122223333:user/new"}
    file.put("id", "AKIANEW")
    stage.standin.control("POST", "/access-keys", {"expired": [FIRST_SESSION]})
    await looked(calls)
    assert used_keys() == [FIRST_SESSION, SECOND_SESSION]
    calls.close()


@pytest.mark.parametrize(
    ("external_id", "users", "text"),
    [
        ("another", None, "is not authorized to perform: sts:AssumeRole"),
        (EXTERNAL_ID, {}, "InvalidClientTokenId"),
    ],
)
async def test_refused_bootstrap_keys_say_what_to_do(
    assume_role: PlatformFile, sts: Sts, external_id: str, users: dict[str, str] | None, text: str
) -> None:
    """A wrong external id and unknown keys."""
    sts.external_id = external_id
    if users is not None:
        sts.users = users
    failure = await refused(assume_role)
    assert isinstance(failure.cause, CredentialsRefusedError)
    assert text in str(failure)
    assert BOOTSTRAP_SECRET not in repr((failure, failure.cause))


async def test_a_signature_mismatch_does_not_quote_the_request(assume_role: PlatformFile, sts: Sts) -> None:
    """AWS's text has the canonical request from its second line on."""
    sts.troubles = [
        error("SignatureDoesNotMatch", "The signature does not match.\n\nx-amz-security-token:PLANTED", 403)
    ]
    failure = await refused(assume_role)
    assert "The signature does not match." in str(failure)
    assert "PLANTED" not in repr((failure, failure.cause))


async def test_a_rotated_access_key_is_used_at_the_next_call(
    file: PlatformFile, stage: Stage, monkeypatch: pytest.MonkeyPatch, used_keys: UsedKeys
) -> None:
    """Keys in the environment and in files are read for each request."""
    auth = {"access_key_id": "vault://env/ID", "secret_access_key": "vault://env/KEY", "session_token": "vault://env/T"}
    for name in ("ID", "KEY", "T"):
        monkeypatch.setenv(f"POLYSYNC_SECRET_{name}", f"PLANTED{name}1")
    file.platform({"method": "access_key", **auth}, endpoint_url=stage.standin.url, more=ENV_VAULT)
    calls = file.calls()
    await looked(calls)
    monkeypatch.setenv("POLYSYNC_SECRET_ID", "PLANTEDID2")
    await looked(calls)
    assert used_keys() == ["PLANTEDID1", "PLANTEDID2"]
    calls.close()


async def test_a_missing_secret_names_vault_and_secret(file: PlatformFile, stage: Stage) -> None:
    """And is final at once."""
    auth = {"method": "access_key", "access_key_id": "AKIA", "secret_access_key": "vault://env/NOT_THERE"}
    file.platform(auth, endpoint_url=stage.standin.url, more=ENV_VAULT)
    failure = await refused(file)
    assert failure.kind is Kind.SECRET
    assert str(failure.cause) == (
        "the secret vault://env/NOT_THERE cannot be used: the worker's environment has no variable "
        "POLYSYNC_SECRET_NOT_THERE"
    )


async def test_another_account_is_refused(assume_role: PlatformFile, sts: Sts, stage: Stage) -> None:
    """Before anything is sent to SageMaker, naming both accounts."""
    assume_role.set('expected_account = "999988887777"')
    sts.external_id = EXTERNAL_ID
    failure = await refused(assume_role)
    assert failure.kind is Kind.MISCONFIGURED
    assert "111122223333" in str(failure)
    assert "999988887777" in str(failure)
    assert stage.standin.control("GET", "/access-keys")["used"] == {}


async def test_the_account_is_checked_once(assume_role: PlatformFile, sts: Sts) -> None:
    """However many calls follow."""
    assume_role.set('expected_account = "111122223333"')
    sts.external_id = EXTERNAL_ID
    calls = assume_role.calls()
    await asyncio.gather(*(looked(calls) for _ in range(16)))
    assert sts.calls == {"AssumeRole": 1, "GetCallerIdentity": 1}
    calls.close()
