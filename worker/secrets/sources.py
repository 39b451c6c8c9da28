"""Reading secrets of the program itself: what opens Temporal's payloads, and who may ask for that."""

import os
from pathlib import Path

from botocore.exceptions import BotoCoreError

from activities.aws.platforms_file import PlatformsFileError, read_platforms_file
from activities.aws.secrets.readers import open_vault
from activities.aws.secrets.resolver import Secrets
from activities.aws.secrets.vaults import LOCAL_PROVIDERS
from contract.secret_reference import SecretReference
from worker.secrets.references import ENVIRONMENT, FILE


class SecretSourceError(Exception):
    """A secret cannot be had; the text names the reference and why, never the secret."""


class SecretSources:
    """Reads secrets from variables and files, and from the vaults of the platforms file where there is one."""

    def __init__(self, platforms_file: Path | None) -> None:
        """Take the platforms file; it is read at the first reference that needs it."""
        self._platforms_file = platforms_file

    def read(self, reference: str) -> str:
        """Read a secret; a newline at its end does not belong to it.

        Raises:
            SecretSourceError: It cannot be had.
        """
        if reference.startswith(ENVIRONMENT):
            value = os.environ.get(reference.removeprefix(ENVIRONMENT), "")
        elif reference.startswith(FILE):
            value = _text_of(Path(reference.removeprefix(FILE)), reference)
        else:
            value = self._from_vault(SecretReference.parse(reference))
        if not value.strip():
            raise SecretSourceError(f"{reference} is empty or not there")
        return value.strip()

    def _from_vault(self, reference: SecretReference) -> str:
        if self._platforms_file is None:
            raise SecretSourceError(f"{reference} needs the vaults of a platforms file, and none is set")
        try:
            vaults = read_platforms_file(self._platforms_file).vaults
            # Only these: the other vaults may need extras that are not installed where no worker runs.
            needed = {
                name: vault
                for name, vault in vaults.items()
                if name == reference.vault or vault.provider in LOCAL_PROVIDERS
            }
            return Secrets(needed, open_vault).resolve(reference)
        except (PlatformsFileError, BotoCoreError) as error:
            raise SecretSourceError(str(error)) from None


def _text_of(path: Path, reference: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SecretSourceError(f"{reference} is not UTF-8 text") from None
    except OSError as error:
        raise SecretSourceError(f"{reference} cannot be read: {error.strerror}") from None
