"""What STS refuses, and what to do about it.

Codes and texts: AWS STS API reference (Errors of AssumeRole and AssumeRoleWithWebIdentity, and the common errors).
"""

from collections.abc import Callable
from typing import Any, Final

from botocore import exceptions as boto
from botocore.config import Config
from botocore.parsers import ResponseParserError

from activities.aws.botocore_sessions import new_botocore_session
from activities.aws.classification import FIRST_SERVER_ERROR, aws_text, classify, code_of, status_of
from activities.aws.connection_errors import (
    CredentialSourceUnavailableError,
    CredentialsRefusedError,
    PlatformMisconfiguredError,
)
from activities.aws.error_rules import RULES

CONNECT_TIMEOUT_SECONDS: Final = 5
READ_TIMEOUT_SECONDS: Final = 10
TOTAL_ATTEMPTS: Final = 3
MAX_TEXT_CHARS: Final = 400

WEB_IDENTITY: Final = "AssumeRoleWithWebIdentity"
ASSUME_ROLE: Final = "AssumeRole"
CALLER_IDENTITY: Final = "GetCallerIdentity"

_DENIED: Final = {
    WEB_IDENTITY: (
        "Check that the role exists, and that its trust policy allows sts:AssumeRoleWithWebIdentity to the token's "
        "issuer with this token's :aud and :sub."
    ),
    ASSUME_ROLE: (
        "Check that the bootstrap user may sts:AssumeRole this role, that the role's trust policy names the user, and "
        "that external_id is what the trust policy asks for."
    ),
    CALLER_IDENTITY: "Check what denies sts:GetCallerIdentity; AWS allows it to everybody by default.",
}

_MISCONFIGURED: Final = {
    "ValidationError": (
        "Correct role_arn, session_name or session_duration; the duration may not exceed the role's own maximum."
    ),
    "RegionDisabledException": "Activate STS for this region in the account settings of IAM, or use another region.",
}

_REFUSED: Final = {
    "ExpiredTokenException": "What keeps the token or the keys fresh has stopped; they are read again at each attempt.",
    "ExpiredToken": "The keys belong to a session that has ended; give new ones.",
    "IDPRejectedClaim": "The identity provider rejects the token: it may be revoked or not meant for AWS.",
    "InvalidClientTokenId": "The access key id does not exist (any more), or belongs to another partition.",
    "SignatureDoesNotMatch": "The secret access key does not belong to the access key id.",
}


def sts_client_creator(region: str | None, endpoint_url: str | None) -> Callable[..., Any]:
    """Give what botocore's fetchers create their STS client with.

    It has a botocore session of its own: creating clients is not safe among threads, and a refresh may come at any
    time. The refreshes of one platform come one by one.
    """
    session = new_botocore_session()
    timeouts = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": TOTAL_ATTEMPTS},
    )

    def create(service: str, config: Config | None = None, **keys: Any) -> Any:
        return session.create_client(
            service,
            region_name=region or session.get_config_variable("region"),
            endpoint_url=endpoint_url,
            config=timeouts.merge(config) if config is not None else timeouts,
            **keys,
        )

    return create


def through_sts(fetch: Callable[[], Any], operation: str, role_arn: str | None) -> Callable[[], Any]:
    """Wrap a call to STS, so that what it raises says what STS refused and what to do.

    Raises:
        CredentialsRefusedError, PlatformMisconfiguredError, CredentialSourceUnavailableError: By the tables above.
    """

    def fetched() -> Any:
        try:
            return fetch()
        except (boto.ClientError, boto.BotoCoreError, ResponseParserError) as error:
            raise _explained(error, operation, role_arn) from None

    return fetched


def _explained(error: Exception, operation: str, role_arn: str | None) -> Exception:
    resource = f" [role={role_arn}]" if role_arn else ""
    match error:
        case boto.ClientError():
            return _refusal(error, f"STS {operation}{resource}", operation)
        case boto.HTTPClientError() | boto.ConnectionError() | ResponseParserError():
            text = str(error)[:MAX_TEXT_CHARS]
            return CredentialSourceUnavailableError(f"STS does not answer {operation}{resource}: {text}")
        case boto.NoRegionError():
            return PlatformMisconfiguredError(f"STS {operation}{resource} needs a region: give the platform one")
        case _:
            # Ours, raised on the way to STS (a token or a secret that is not there), or botocore's own check.
            return error


def _refusal(error: boto.ClientError, what: str, operation: str) -> Exception:
    code = code_of(error)
    text = aws_text(error)[:MAX_TEXT_CHARS]
    request_id = error.response.get("ResponseMetadata", {}).get("RequestId", "")
    problem = f"{what} answers {code}: {text}{f' (request_id={request_id})' if request_id else ''}."
    if RULES[classify(error)].is_outage or status_of(error) >= FIRST_SERVER_ERROR:
        return CredentialSourceUnavailableError(problem)
    if code in _MISCONFIGURED:
        return PlatformMisconfiguredError(f"{problem} {_MISCONFIGURED[code]}")
    if code in {"AccessDenied", "AccessDeniedException"}:
        return CredentialsRefusedError(f"{problem} {_DENIED[operation]}")
    if code in {"InvalidIdentityToken", "InvalidIdentityTokenException"}:
        return CredentialsRefusedError(f"{problem} {_identity_token_remedy(text)}")
    return CredentialsRefusedError(f"{problem} {_REFUSED.get(code, 'See the code in the STS API reference.')}")


def _identity_token_remedy(text: str) -> str:
    folded = text.casefold()
    if "audience" in folded:
        return (
            "Add the token's aud to the audiences of the IAM identity provider and to the :aud condition of the role's "
            "trust policy; for Microsoft Entra a v2.0 token's aud is the application id."
        )
    if "provider" in folded:
        return (
            "Create an IAM OIDC identity provider for exactly the token's iss in the role's account; Microsoft Entra's "
            "v1 tokens have https://sts.windows.net/<tenant>/, its v2.0 tokens "
            "https://login.microsoftonline.com/<tenant>/v2.0."
        )
    return "Check the token's issuer and audience, and that AWS can reach the issuer's signing keys."
