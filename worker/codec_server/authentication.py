"""Who may have payloads decrypted: a caller with the static token, or one that the identity provider knows."""

import hmac
import json
from typing import Final, Protocol
from urllib.parse import urlsplit

import anyio.to_thread
import jwt
import structlog

log = structlog.get_logger(__name__)

MIN_TOKEN_CHARS: Final = 32

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a private key; with HMAC, the published key itself could sign."""

JWKS_TIMEOUT_SECONDS: Final = 5
CLOCK_LEEWAY_SECONDS: Final = 30

_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class ProviderUnavailableError(Exception):
    """The identity provider does not answer with its keys now, so its tokens cannot be verified."""


class Authenticator(Protocol):
    """Finds out who sent a bearer token."""

    async def caller(self, token: str) -> str | None:
        """Name the caller for the log, or None if the token is not good.

        Raises:
            ProviderUnavailableError: The token cannot be verified now.
        """


class StaticToken:
    """One token, shared by all callers that may decrypt: for the Temporal CLI."""

    def __init__(self, token: str) -> None:
        """Take the token.

        Raises:
            ValueError: It is short enough to be guessed.
        """
        if len(token) < MIN_TOKEN_CHARS:
            raise ValueError(f"must have at least {MIN_TOKEN_CHARS} characters; make one with: openssl rand -base64 32")
        self._token = token.encode()

    async def caller(self, token: str) -> str | None:
        """See `Authenticator.caller`."""
        return "token" if hmac.compare_digest(token.encode(), self._token) else None


class JsonWebTokens:
    """Access tokens of an OpenID Connect provider, which the Web UI passes on for the person who has logged in."""

    def __init__(self, *, jwks_url: str, issuer: str, audience: str) -> None:
        """Take the address of the provider's keys, and the claims that its tokens must have; nothing is fetched yet.

        Raises:
            ValueError: The address is not encrypted, so the keys could be replaced on the way.
        """
        url = urlsplit(jwks_url)
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _THIS_MACHINE):
            raise ValueError("must be an https:// URL")
        self._keys = jwt.PyJWKClient(jwks_url, timeout=JWKS_TIMEOUT_SECONDS)
        self._issuer = issuer
        self._audience = audience

    async def caller(self, token: str) -> str | None:
        """See `Authenticator.caller`."""
        return await anyio.to_thread.run_sync(self._subject, token)

    def _subject(self, token: str) -> str | None:
        try:
            claims = jwt.decode(
                token,
                self._keys.get_signing_key_from_jwt(token),
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=CLOCK_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise ProviderUnavailableError(str(error)) from None
        except jwt.PyJWTError as error:
            log.info("token.refused", why=type(error).__name__)
            return None
        except json.JSONDecodeError:
            raise ProviderUnavailableError("the keys are not JSON") from None
        return str(claims["sub"])
