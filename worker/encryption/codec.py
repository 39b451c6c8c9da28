"""AES-256-GCM encryption of payloads."""

import os
from collections.abc import Sequence
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from contract.encrypted_payload import ENCODING, ENCRYPTED, KEY_ID, NONCE_BYTES, PROBLEM, TAG_BYTES
from worker.encryption.key_ring import Key, KeyRing

TagPosition = Literal["last", "first"]
"""Where GCM's tag stands in what is written: behind the ciphertext, or before it as in Temporal's .NET sample."""


class EncryptionCodec(PayloadCodec):
    """Encrypts every payload under the active key, and decrypts those of any key of the ring.

    What is not encrypted is handed on as it is, so that runs begun before encryption are still read. So is what
    cannot be decrypted, with the reason in its metadata: an exception here would fail a start for good whose heartbeat
    details came under another key (temporalio 1.35 makes that not retryable), and would let a signal under a strange
    key stop a run. Who needs the content then decides (`workflows.payloads`).
    """

    def __init__(self, ring: KeyRing, tag_position: TagPosition = "last") -> None:
        """Take the keys, and where the tag stands in what is written; both places are read."""
        self._ring = ring
        self._tag_position = tag_position

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt payloads under the active key."""
        key = self._ring.active
        metadata = {ENCODING: ENCRYPTED, KEY_ID: key.id.encode()}
        return [Payload(metadata=metadata, data=self._encrypt(key, each.SerializeToString())) for each in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt what is encrypted."""
        return [self._decoded(each) if each.metadata.get(ENCODING) == ENCRYPTED else each for each in payloads]

    def _encrypt(self, key: Key, plain: bytes) -> bytes:
        # Random nonces allow 2^32 payloads a key (NIST SP 800-38D, 8.3).
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(key.secret).encrypt(nonce, plain, None)
        if self._tag_position == "first":
            sealed = sealed[-TAG_BYTES:] + sealed[:-TAG_BYTES]
        return nonce + sealed

    def _decoded(self, payload: Payload) -> Payload:
        key_id = payload.metadata.get(KEY_ID, b"").decode(errors="replace")[:80]
        key = self._ring.find(key_id)
        if key is None:
            known = ", ".join(self._ring.ids)
            return _left(payload, f"it is encrypted under the key '{key_id}', and the keys here are: {known}")
        try:
            return Payload.FromString(_decrypt(key, payload.data))
        except (InvalidTag, DecodeError):
            return _left(payload, f"it does not decrypt under the key '{key_id}': elsewhere another key has this id")


def _decrypt(key: Key, data: bytes) -> bytes:
    """Decrypt, wherever the tag stands.

    Raises:
        InvalidTag: It was encrypted under another key, or is damaged.
    """
    nonce, sealed = data[:NONCE_BYTES], data[NONCE_BYTES:]
    if len(sealed) < TAG_BYTES:
        raise InvalidTag
    cipher = AESGCM(key.secret)
    try:
        return cipher.decrypt(nonce, sealed, None)
    except InvalidTag:
        return cipher.decrypt(nonce, sealed[TAG_BYTES:] + sealed[:TAG_BYTES], None)


def _left(payload: Payload, problem: str) -> Payload:
    return Payload(metadata={**payload.metadata, PROBLEM: problem.encode()}, data=payload.data)
