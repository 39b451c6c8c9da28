"""The setting that names the keys, each by an id and a reference to where it is kept."""

import re
from dataclasses import dataclass
from typing import Final

from worker.secrets.references import FORMS, check_reference

_KEY_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class KeyReference:
    """A key's id, and where the key is kept."""

    id: str
    reference: str

    def __str__(self) -> str:
        return f"{self.id}={self.reference}"


def parse_key_references(text: str) -> tuple[KeyReference, ...]:
    """Read `<id>=<reference> <id>=<reference> …`.

    Raises:
        ValueError: It is something else, with the place and the remedy; no text is repeated that may be a key.
    """
    keys: dict[str, KeyReference] = {}
    for number, entry in enumerate(text.split(), start=1):
        key_id, equals, reference = entry.partition("=")
        if not equals or not _KEY_ID.fullmatch(key_id):
            raise ValueError(
                f"entry {number} must be <id>=<reference>, such as 2026-11=file:///run/secrets/payload-key"
            )
        try:
            check_reference(reference)
        except ValueError:
            raise ValueError(f"entry {number}: the key must not stand here itself, but a reference {FORMS}") from None
        if key_id in keys:
            raise ValueError(f"entry {number} has the id '{key_id}' again; each key needs one of its own")
        keys[key_id] = KeyReference(key_id, reference)
    return tuple(keys.values())
