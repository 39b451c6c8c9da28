from pathlib import Path

from activities.aws.secrets.asking import RefusedError, member
from activities.aws.secrets.vaults import FileVault


class FileReader:
    """Reads files of one directory at each use, so that a rotated secret is seen at once."""

    def __init__(self, vault: FileVault) -> None:
        self._directory = Path(vault.directory)

    def read(self, secret: str, field: str | None) -> str:
        """See `VaultReader.read`; a newline at the file's end does not belong to the secret."""
        path = self._path(secret)
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise RefusedError(f"the file {path} is not UTF-8 text") from None
        except OSError as error:
            raise RefusedError(f"the file {path} cannot be read: {error.strerror}") from None
        return member(text.removesuffix("\n").removesuffix("\r"), field)

    def _path(self, secret: str) -> Path:
        """Return the file of a secret. Links may lead anywhere within the directory, as in Kubernetes' mounts.

        Raises:
            RefusedError: The name, or a link on its way, leads out of the directory.
        """
        path = self._directory / secret
        try:
            is_within = ".." not in Path(secret).parts and path.resolve().is_relative_to(self._directory.resolve())
        except (OSError, ValueError, RuntimeError):  # a loop of links, a character that no name has
            raise RefusedError("its name is not that of a file") from None
        if not is_within:
            raise RefusedError("its name, and the links on its way, must stay within the vault's directory")
        return path
