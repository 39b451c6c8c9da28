import os

from activities.aws.secrets.asking import RefusedError, member
from activities.aws.secrets.vaults import EnvironmentVault


class EnvironmentReader:
    """Reads variables of the worker's environment, the one vault that reads it."""

    def __init__(self, vault: EnvironmentVault) -> None:
        self._prefix = vault.prefix

    def read(self, secret: str, field: str | None) -> str:
        """See `VaultReader.read`."""
        name = f"{self._prefix}{secret}"
        value = os.environ.get(name)
        if value is None:
            raise RefusedError(f"the worker's environment has no variable {name}")
        return member(value, field)
