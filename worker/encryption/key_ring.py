"""The keys of payload encryption: one that writes, and older ones that are still read."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from contract.encrypted_payload import KEY_BYTES

_HEX: Final = re.compile(rf"[0-9A-Fa-f]{{{KEY_BYTES * 2}}}")


def read_key(text: str) -> bytes:
    """Read a key as a secret holds it: 32 bytes, in base64 or as 64 hexadecimal digits.

    Raises:
        ValueError: It is something else; the text never repeats it.
    """
    text = text.strip()
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("it is neither base64 nor 64 hexadecimal digits") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"it has {len(key)} bytes instead of {KEY_BYTES}")
    return key


@dataclass(frozen=True)
class Key:
    """One AES-256 key and the id under which payloads name it."""

    id: str
    secret: bytes = field(repr=False)


class KeyRing:
    """Keys by their ids; the first one writes."""

    def __init__(self, keys: Sequence[Key]) -> None:
        """Take at least one key, under different ids."""
        self.active = keys[0]
        self._keys = {key.id: key for key in keys}

    @property
    def ids(self) -> list[str]:
        """The ids, the active one first."""
        return list(self._keys)

    def find(self, key_id: str) -> Key | None:
        """Find a key, or None."""
        return self._keys.get(key_id)
