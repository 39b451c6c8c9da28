from collections.abc import Callable
from typing import Any

import hvac
from hvac.exceptions import BadGateway, InternalServerError, RateLimitExceeded, VaultDown, VaultError
from requests.exceptions import RequestException

from activities.aws.configuration import Secret
from activities.aws.secrets.asking import MAX_TEXT_CHARS, NoAnswerError, RefusedError, first_line
from activities.aws.secrets.vaults import HashicorpVault
from contract.secret_reference import SecretReference

TIMEOUT_SECONDS = 10
_LATER = (BadGateway, InternalServerError, RateLimitExceeded, VaultDown)


class HashicorpReader:
    """Reads the key/value engine of HashiCorp Vault; a secret of one field is that field, others need `#<field>`."""

    def __init__(self, vault: HashicorpVault, resolve: Callable[[Secret | SecretReference | str], str]) -> None:
        self._vault = vault
        self._client = hvac.Client(
            url=vault.url,
            namespace=vault.namespace,
            verify=vault.ca_file or True,
            timeout=TIMEOUT_SECONDS,
            # hvac would read VAULT_TOKEN and ~/.vault-token on its own.
            token=resolve(vault.token) if vault.token is not None else "",
        )
        if vault.role_id is not None and vault.secret_id is not None:
            _asked(
                lambda: self._client.auth.approle.login(
                    role_id=resolve(vault.role_id or ""), secret_id=resolve(vault.secret_id or "")
                )
            )

    def read(self, secret: str, field: str | None) -> str:
        """See `VaultReader.read`; the members are the fields that HashiCorp's secrets always have."""
        fields = _asked(lambda: self._fields(secret))
        if field is None and len(fields) == 1:
            return str(next(iter(fields.values())))
        if field not in fields:
            asked = f"it has no field '{field}'" if field else "it has several fields, name one as #<field>"
            raise RefusedError(f"{asked}; it has: {', '.join(sorted(fields))}"[:MAX_TEXT_CHARS])
        return str(fields[field])

    def _fields(self, secret: str) -> dict[str, Any]:
        mount = self._vault.mount_point
        if self._vault.kv_version == 1:
            answer = self._client.secrets.kv.v1.read_secret(path=secret, mount_point=mount)
            found: dict[str, Any] = answer["data"]
        else:
            answer = self._client.secrets.kv.v2.read_secret_version(
                path=secret, mount_point=mount, raise_on_deleted_version=True
            )
            found = answer["data"]["data"]
        return found


def _asked(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except _LATER as error:
        raise NoAnswerError(f"{type(error).__name__}: {first_line(error)}") from None
    except VaultError as error:
        raise RefusedError(f"{type(error).__name__}: {first_line(error)}") from None
    except RequestException as error:
        raise NoAnswerError(type(error).__name__) from None
