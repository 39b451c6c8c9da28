"""The form of an encrypted payload, in the layout of Temporal's samples: clients in any language can share keys.

The data are a random nonce, then the AES-256-GCM ciphertext of the whole serialized payload, metadata included, with
GCM's tag behind it. Temporal's samples for Python, Go, Java and TypeScript agree on that; its .NET sample has the tag
between nonce and ciphertext. No associated data are used.
"""

from typing import Final

ENCODING: Final = "encoding"
ENCRYPTED: Final = b"binary/encrypted"
KEY_ID: Final = "encryption-key-id"

PROBLEM: Final = "decryption-problem"
"""Metadata that say why a payload was left encrypted; they are ours, and never sent to Temporal."""

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
