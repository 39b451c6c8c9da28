"""Access keys that are kept in vaults."""

import threading
import time
from typing import Final

from botocore.credentials import Credentials, ReadOnlyCredentials

from activities.aws.connection_errors import CredentialSourceUnavailableError
from activities.aws.credentials.methods import AccessKey, AssumeRole
from activities.aws.secrets.resolver import Secrets

LONGEST_HELD_SECONDS: Final = 300.0
"""How long keys of a vault across the network are used before it is asked again. AWS's own refusal asks at once:
it drops the platform's session, and these keys with it."""


class KeysOfVaults(Credentials):
    """An access key whose parts are resolved when a request is signed, so that a rotated key is seen.

    Keys that stand in the environment or in files are read for each request, others every five minutes. While their
    vault does not answer, the keys that were read last go on: AWS says when they are not good any more.
    """

    def __init__(self, secrets: Secrets, table: AccessKey | AssumeRole) -> None:
        super().__init__("", "", method=table.method)
        self._secrets = secrets
        self._table = table
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._held: ReadOnlyCredentials | None = None

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        """Give the present keys.

        Raises:
            SecretUnavailableError: A part cannot be had.
            VaultUnavailableError: A vault does not answer, and nothing was read before.
        """
        with self._lock:
            if self._held is None or time.monotonic() - self._read_at >= self._longest_held:
                self._held = self._read(self._held)
                self._read_at = time.monotonic()
            return self._held

    def _read(self, held: ReadOnlyCredentials | None) -> ReadOnlyCredentials:
        table = self._table
        try:
            return ReadOnlyCredentials(
                self._secrets.resolve(table.access_key_id),
                self._secrets.resolve(table.secret_access_key),
                None if table.session_token is None else self._secrets.resolve(table.session_token),
                None,
            )
        except CredentialSourceUnavailableError:
            if held is None:
                raise
            return held

    @property
    def _longest_held(self) -> float:
        parts = (self._table.access_key_id, self._table.secret_access_key, self._table.session_token)
        local = all(part is None or self._secrets.is_local(part) for part in parts)
        return 0.0 if local else LONGEST_HELD_SECONDS
