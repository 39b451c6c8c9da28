from pathlib import Path

from activities.aws.secrets.asking import RefusedError, member
from activities.aws.secrets.vaults import FileVault


class FileReader:
    """Reads files of one directory, each time anew, so that a rotated secret is seen at once."""

    def __init__(self, vault: FileVault) -> None:
        self._directory = Path(vault.directory)

    def read(self, secret: str, field: str | None) -> str:
        """See `VaultReader.read`; a newline at the file's end does not belong to the secret."""
        # Kubernetes mounts each secret as a link within the directory, so where links lead is not looked at.
        path = Path(secret)
        if path.is_absolute() or ".." in path.parts:
            raise RefusedError("its name must stay within the vault's directory")
        try:
            text = (self._directory / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise RefusedError(f"the file {self._directory / path} is not UTF-8 text") from None
        except OSError as error:
            raise RefusedError(f"the file {self._directory / path} cannot be read: {error.strerror}") from None
        return member(text.removesuffix("\n").removesuffix("\r"), field)
