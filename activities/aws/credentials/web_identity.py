from collections.abc import Callable
from pathlib import Path

from botocore.credentials import AssumeRoleWithWebIdentityCredentialFetcher, DeferredRefreshableCredentials

from activities.aws.connection_errors import CredentialsRefusedError
from activities.aws.credentials.methods import WebIdentity
from activities.aws.credentials.sts import WEB_IDENTITY, sts_client_creator, through_sts


def web_identity_credentials(
    auth: WebIdentity, region: str | None, sts_endpoint_url: str | None
) -> DeferredRefreshableCredentials:
    """Exchange an identity token for keys, at first use and again before they end; one STS call for all threads."""
    fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
        client_creator=sts_client_creator(region, sts_endpoint_url),
        web_identity_token_loader=token_loader(auth),
        role_arn=auth.role_arn,
        extra_args={"RoleSessionName": auth.session_name, "DurationSeconds": auth.session_duration},
    )
    return DeferredRefreshableCredentials(
        refresh_using=through_sts(fetcher.fetch_credentials, WEB_IDENTITY, auth.role_arn), method="web-identity"
    )


def token_loader(auth: WebIdentity) -> Callable[[], str]:
    """Give what loads the identity token at each refresh."""
    if auth.token == "entra":  # noqa: S105 — where the token comes from
        # azure-identity is an optional extra and takes a while to load.
        from activities.aws.credentials.entra import EntraTokens  # noqa: PLC0415 — see above

        return EntraTokens(auth)
    return lambda: _token_of_file(Path(auth.token_file or ""))


def _token_of_file(path: Path) -> str:
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a text"
        raise CredentialsRefusedError(
            f"The web identity token {path} cannot be read: {why}. Check token_file and what projects the token."
        ) from None
    if not token:
        raise CredentialsRefusedError(f"The web identity token {path} is empty. Check what projects the token.")
    return token
