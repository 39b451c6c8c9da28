"""Tokens of Microsoft Entra, through azure-identity (an optional extra)."""

from typing import Any, Protocol

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import (
    ClientSecretCredential,
    CredentialUnavailableError,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from pydantic import SecretStr

from activities.aws.connection_errors import CredentialSourceUnavailableError, CredentialsRefusedError
from activities.aws.credentials.methods import WebIdentity

MAX_TEXT_CHARS = 300


class _Credential(Protocol):
    def get_token(self, *scopes: str) -> Any: ...


def entra_credential(  # noqa: PLR0913 — azure-identity's own, and all but one have defaults
    kind: str,
    *,
    tenant_id: str | None = None,
    client_id: str | None = None,
    client_secret: SecretStr | None = None,
    authority: str | None = None,
    disable_instance_discovery: bool = False,
) -> Any:
    """Make the credential of azure-identity of that kind; what is left out it takes from AZURE_* variables.

    Raises:
        ValueError: Something that this kind needs is neither given nor in the environment.
    """
    common: dict[str, Any] = {"authority": authority} if authority else {}
    if disable_instance_discovery:
        common["disable_instance_discovery"] = True
    match kind:
        case "client_secret" if tenant_id and client_id and client_secret:
            return ClientSecretCredential(tenant_id, client_id, client_secret.get_secret_value(), **common)
        case "workload_identity":
            return WorkloadIdentityCredential(tenant_id=tenant_id, client_id=client_id, **common)
        case "managed_identity":
            return ManagedIdentityCredential(client_id=client_id)
        case _:
            return DefaultAzureCredential(
                managed_identity_client_id=client_id,
                workload_identity_client_id=client_id,
                workload_identity_tenant_id=tenant_id,
                exclude_interactive_browser_credential=True,
                **common,
            )


class EntraTokens:
    """Obtains tokens for STS; azure-identity keeps each in memory until shortly before its end."""

    def __init__(self, auth: WebIdentity) -> None:
        self._auth = auth
        self._credential: _Credential | None = None

    def __call__(self) -> str:
        """Obtain a token.

        Raises:
            CredentialsRefusedError: Entra refuses, or the worker has nothing to show it.
            CredentialSourceUnavailableError: Entra does not answer.
        """
        scope = self._auth.scope or ""
        try:
            if self._credential is None:
                self._credential = entra_credential(
                    self._auth.entra_credential,
                    tenant_id=self._auth.tenant_id,
                    client_id=self._auth.client_id,
                    authority=self._auth.authority,
                    disable_instance_discovery=self._auth.disable_instance_discovery,
                )
            token: str = self._credential.get_token(scope).token
        except (ClientAuthenticationError, ValueError, OSError) as error:
            text = _first_line(error)
            if isinstance(error, CredentialUnavailableError):
                text = f"azure-identity finds no identity of this worker: {text}"
            raise CredentialsRefusedError(
                f"Microsoft Entra gives no token for the scope {scope}: {text}. Check scope, tenant_id, client_id and "
                "the federated credential of the application."
            ) from None
        except HttpResponseError as error:
            raise CredentialSourceUnavailableError(f"Microsoft Entra answers with {error.status_code}") from None
        except Exception as error:  # noqa: BLE001 — whatever its transport raises, and nothing of it may hold a token
            raise CredentialSourceUnavailableError(f"Microsoft Entra does not answer: {type(error).__name__}") from None
        return token


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:MAX_TEXT_CHARS].rstrip(".") if lines else type(error).__name__
