"""Microsoft Entra's token endpoint, as azure-identity asks it; TLS, because it insists."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.credentials.certificates import Authority
from tests.credentials.http_server import Reply, Request, serving
from tests.credentials.sts_standin import identity_token

TENANT = "00000000-aaaa-bbbb-cccc-000000000001"
CLIENT = "00000000-aaaa-bbbb-cccc-000000000002"
APPLICATION = "00000000-aaaa-bbbb-cccc-000000000003"
SCOPE = f"api://{APPLICATION}/.default"
ENTRA_ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"


@dataclass
class Entra:
    """The stand-in; `forms` are the token requests."""

    url: str = ""
    claims: dict[str, Any] = field(
        default_factory=lambda: {"iss": ENTRA_ISSUER, "aud": APPLICATION, "sub": "workload-object-id"}
    )
    refusal: str = ""
    is_down: bool = False
    expires_in: int = 3600
    forms: list[dict[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        if self.is_down:
            return Reply("", 0)
        if request.place.endswith("/openid-configuration"):
            base = f"{self.url}/{TENANT}"
            return Reply(
                json.dumps(
                    {
                        "token_endpoint": f"{base}/oauth2/v2.0/token",
                        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                        "issuer": f"{base}/v2.0",
                    }
                )
            )
        if request.place.endswith("/token"):
            self.forms.append(request.form)
            if self.refusal:
                return Reply(
                    json.dumps({"error": "invalid_client", "error_description": self.refusal, "error_codes": [70021]}),
                    401,
                )
            token = identity_token(**self.claims)
            self.tokens.append(token)
            return Reply(json.dumps({"token_type": "Bearer", "expires_in": self.expires_in, "access_token": token}))
        return Reply("{}", 404)


@contextmanager
def entra_standin(authority: Authority) -> Iterator[Entra]:
    """A running Entra."""
    entra = Entra()
    with serving(entra.answer, tls=authority.server) as entra.url:
        yield entra
