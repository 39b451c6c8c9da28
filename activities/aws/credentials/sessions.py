"""boto3 Sessions: the one place where a platform's way to authenticate becomes credentials."""

from typing import Any, Final, assert_never

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

from activities.aws.botocore_sessions import new_botocore_session
from activities.aws.credentials.assume_role import assume_role_credentials
from activities.aws.credentials.instance_profile import instance_profile_credentials
from activities.aws.credentials.keys import KeysOfVaults
from activities.aws.credentials.methods import AccessKey, AssumeRole, Auth, DefaultChain, InstanceProfile, WebIdentity
from activities.aws.credentials.web_identity import web_identity_credentials
from activities.aws.secrets.resolver import Secrets, require_extra
from activities.aws.timestamps import read_times_as_utc

ENTRA_EXTRA: Final = ("azure.identity", "azure")


def new_session(
    auth: Auth, secrets: Secrets, *, region: str | None, sts_endpoint_url: str | None = None
) -> boto3.Session:
    """Make a Session that authenticates in a given way.

    Args:
        auth: The method and its attributes.
        secrets: Resolves its references.
        region: AWS region, or None for boto3's default.
        sts_endpoint_url: Where STS is, or None for AWS's own.

    Raises:
        CredentialsRefusedError: The machine has no role (`instance_profile` only; all others obtain credentials later).
        botocore.exceptions.ProfileNotFound: The profile does not exist.
    """
    match auth:
        case DefaultChain():
            return _boto3_session(new_botocore_session(), region, profile=auth.profile)
        case WebIdentity():
            return _session(web_identity_credentials(auth, region, sts_endpoint_url), region)
        case AccessKey():
            return _session(KeysOfVaults(secrets, auth), region)
        case AssumeRole():
            bootstrap = KeysOfVaults(secrets, auth)
            return _session(assume_role_credentials(auth, bootstrap, region, sts_endpoint_url), region)
        case InstanceProfile():
            return _session(instance_profile_credentials(), region)
        case _:
            assert_never(auth)


def require_extras(auth: Auth, who: str) -> None:
    """Make sure that what a method needs is installed.

    Raises:
        PlatformMisconfiguredError: An optional extra is missing.
    """
    if isinstance(auth, WebIdentity) and auth.token == "entra":  # noqa: S105 — where the token comes from
        require_extra(*ENTRA_EXTRA, who)


def _session(credentials: Credentials, region: str | None) -> boto3.Session:
    session = new_botocore_session()
    # botocore has no public setter for credentials that refresh themselves (`Session.set_credentials` takes keys).
    session._credentials = credentials  # noqa: SLF001 — see above
    return _boto3_session(session, region)


def _boto3_session(session: Any, region: str | None, profile: str | None = None) -> boto3.Session:
    read_times_as_utc(session)
    return boto3.Session(botocore_session=session, region_name=region, profile_name=profile)


def timeouts() -> Config:
    """Return the timeouts of calls beside SageMaker's own, which have `activities.aws.clients`'."""
    return Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
