"""Secrets by reference: read from their vault when they are needed, and kept nowhere."""

import threading
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Final, assert_never

from botocore.exceptions import BotoCoreError
from pydantic import SecretStr

from activities.aws.connection_errors import PlatformMisconfiguredError, SecretUnavailableError, VaultUnavailableError
from activities.aws.secrets.asking import NoAnswerError, RefusedError, VaultReader
from activities.aws.secrets.vaults import LOCAL_PROVIDERS, Vault
from contract.secret_reference import SecretReference

EXTRAS: Final[Mapping[str, tuple[str, str]]] = {
    "azure_key_vault": ("azure.keyvault.secrets", "vault-azure"),
    "google_secret_manager": ("google.cloud.secretmanager_v1", "vault-google"),
    "hashicorp_vault": ("hvac", "vault-hashicorp"),
}
"""The module that a provider needs, and the optional extra of this project that brings it."""


OpenVault = Callable[[Vault, "Secrets"], VaultReader]


def _no_vault(vault: Vault, _: "Secrets") -> VaultReader:
    raise PlatformMisconfiguredError(f"nothing here opens vaults of the provider {vault.provider}")


class Secrets:
    """Resolves references. Threads may share it; a vault's client is made at its first use."""

    def __init__(self, vaults: Mapping[str, Vault] | None = None, open_vault: OpenVault = _no_vault) -> None:
        """Prepare the vaults without reading from any.

        Args:
            vaults: The vaults by name.
            open_vault: Makes what reads a vault, at the vault's first use (`activities.aws.secrets.readers`).

        Raises:
            PlatformMisconfiguredError: A vault needs an optional extra that is not installed.
        """
        self._vaults = dict(vaults or {})
        self._open_vault = open_vault
        self._readers: dict[str, VaultReader] = {}
        self._locks = {name: threading.Lock() for name in self._vaults}
        for name, vault in self._vaults.items():
            module, extra = EXTRAS.get(vault.provider, ("json", ""))
            require_extra(module, extra, f"the vault '{name}'")

    def resolve(self, secret: SecretReference | SecretStr | str) -> str:
        """Return a secret's present value.

        Raises:
            SecretUnavailableError: It cannot be had, however often it is read.
            VaultUnavailableError: Its vault does not answer now.
        """
        match secret:
            case SecretStr():
                return secret.get_secret_value()
            case SecretReference():
                return self._read(secret)
            case str():
                return secret
            case _:
                assert_never(secret)

    def resolve_for_parameter(self, reference: SecretReference) -> str:
        """Return a secret to a run that refers to it in a parameter; see `resolve`.

        Raises:
            SecretUnavailableError: Also where the vault is not open to parameters.
        """
        vault = self._vault_of(reference)
        if not vault.allow_in_parameters:
            raise SecretUnavailableError(
                reference,
                "its vault is not open to pipeline parameters; the worker's operator can open it with "
                f"allow_in_parameters = true in [vaults.{reference.vault}]",
            )
        return self._read(reference)

    def is_local(self, secret: SecretReference | SecretStr | str) -> bool:
        """Return whether a secret is read without a network in between, so that it may be read at every use."""
        return not isinstance(secret, SecretReference) or self._vault_of(secret).provider in LOCAL_PROVIDERS

    def _vault_of(self, reference: SecretReference) -> Vault:
        try:
            return self._vaults[reference.vault]
        except KeyError:
            known = ", ".join(sorted(self._vaults)) or "none"
            raise SecretUnavailableError(
                reference, f"this worker has no vault '{reference.vault}'; it has: {known}"
            ) from None

    def _read(self, reference: SecretReference) -> str:
        try:
            value = self._reader(reference).read(reference.secret, reference.field)
        except NoAnswerError as error:
            raise VaultUnavailableError(reference, str(error)) from None
        except RefusedError as error:
            # A client that was refused may hold a login of its own that has ended: the next use logs in again.
            self._readers.pop(reference.vault, None)
            raise SecretUnavailableError(reference, str(error)) from None
        except BotoCoreError:
            raise  # of the credentials that open the vault
        except Exception as error:  # noqa: BLE001 — the clients of vaults raise whatever their authors thought of
            # The text could quote the secret.
            raise SecretUnavailableError(reference, f"its vault's client failed with {type(error).__name__}") from None
        if not value:
            raise SecretUnavailableError(reference, "it is empty")
        return value

    def _reader(self, reference: SecretReference) -> VaultReader:
        vault = self._vault_of(reference)
        with self._locks[reference.vault]:
            if reference.vault not in self._readers:
                self._readers[reference.vault] = self._open_vault(vault, self)
            return self._readers[reference.vault]


def require_extra(module: str, extra: str, who: str) -> None:
    """Make sure that an optional dependency is there.

    Raises:
        PlatformMisconfiguredError: It is not; the text has the command that installs it.
    """
    try:
        found = find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise PlatformMisconfiguredError(
            f"{who} needs the optional extra '{extra}': pip install 'polysync-sagemaker[{extra}]'"
        )
