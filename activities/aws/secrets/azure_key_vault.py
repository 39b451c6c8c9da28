from collections.abc import Callable

from azure.core.exceptions import AzureError, HttpResponseError
from azure.keyvault.secrets import SecretClient
from pydantic import SecretStr

from activities.aws.configuration import Secret
from activities.aws.credentials.entra import entra_credential
from activities.aws.secrets.asking import NoAnswerError, RefusedError, first_line, member, refused_or_no_answer
from activities.aws.secrets.vaults import AzureKeyVault

TIMEOUT_SECONDS = 10


class KeyVaultReader:
    """Reads Azure Key Vault; a secret's newest version."""

    def __init__(self, vault: AzureKeyVault, resolve: Callable[[Secret], str]) -> None:
        client_secret = None if vault.client_secret is None else SecretStr(resolve(vault.client_secret))
        self._client = SecretClient(
            vault_url=vault.url,
            credential=entra_credential(
                vault.credential,
                tenant_id=vault.tenant_id,
                client_id=vault.client_id,
                client_secret=client_secret,
                authority=vault.authority,
                disable_instance_discovery=vault.disable_instance_discovery,
            ),
            verify_challenge_resource=vault.verify_challenge_resource,
            connection_timeout=TIMEOUT_SECONDS,
            read_timeout=TIMEOUT_SECONDS,
            retry_total=1,
        )

    def read(self, secret: str, field: str | None) -> str:
        """See `VaultReader.read`."""
        try:
            value = self._client.get_secret(secret).value
        except HttpResponseError as error:
            raise refused_or_no_answer(error.status_code, error) from None
        except AzureError as error:
            raise NoAnswerError(f"{type(error).__name__}: {first_line(error)}") from None
        except ValueError as error:
            raise RefusedError(first_line(error)) from None
        if value is None:
            raise RefusedError("it has no value")
        return member(value, field)
