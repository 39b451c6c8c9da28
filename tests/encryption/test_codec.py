"""The layout of encrypted payloads, against implementations that know nothing of ours."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from temporalio.api.common.v1 import Payload

from contract.encrypted_payload import PROBLEM
from worker.encryption.codec import EncryptionCodec, TagPosition
from worker.encryption.key_ring import Key, KeyRing

FOLDER: Final = Path(__file__).parent
VECTOR: Final[dict[str, Any]] = json.loads((FOLDER / "vector.json").read_text())
"""Made with cryptography's bare AES and GCM and checked with node, under the key of Temporal's own samples."""

KEY: Final = Key(VECTOR["key_id"], bytes.fromhex(VECTOR["key"]))
OTHER: Final = Key("other", bytes(32))
PLAIN: Final = Payload(metadata={"encoding": b"json/plain"}, data=VECTOR["payload"]["data"].encode())


def sealed(data: str, key_id: str = KEY.id) -> Payload:
    """A payload as another implementation sends it."""
    metadata = {"encoding": b"binary/encrypted", "encryption-key-id": key_id.encode()}
    return Payload(metadata=metadata, data=bytes.fromhex(data))


async def opened(payload: Payload, *keys: Key) -> Payload:
    """What a ring of these keys makes of a payload."""
    (found,) = await EncryptionCodec(KeyRing(keys)).decode([payload])
    return found


def node(direction: str, data: str) -> str:
    """What node's own crypto makes of hexadecimal digits."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("node is not installed")
    ended = subprocess.run(  # noqa: S603 — our own script
        [program, str(FOLDER / "gcm.mjs"), direction, VECTOR["key"], data],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return ended.stdout


@pytest.mark.parametrize("layout", ["tag_last", "tag_first"])
async def test_reads_what_temporals_samples_write(layout: str) -> None:
    """Python, Go, Java and TypeScript put the tag at the end, .NET before the ciphertext."""
    assert await opened(sealed(VECTOR[layout]), OTHER, KEY) == PLAIN


async def test_reads_what_node_writes() -> None:
    """A second implementation of AES-GCM."""
    assert await opened(sealed(node("seal", VECTOR["serialized"])), KEY) == PLAIN


@pytest.mark.parametrize("tag_position", ["last", "first"])
async def test_another_implementation_reads_what_we_write(tag_position: TagPosition) -> None:
    """The tag goes where the setting says; nonce, ciphertext and metadata are as in the samples."""
    (written,) = await EncryptionCodec(KeyRing([KEY, OTHER]), tag_position).encode([PLAIN])
    assert dict(written.metadata) == {"encoding": b"binary/encrypted", "encryption-key-id": b"test-key-id"}
    data = written.data
    at_the_end = data if tag_position == "last" else data[:12] + data[28:] + data[12:28]
    assert node("open", at_the_end.hex()) == VECTOR["serialized"]
    assert await opened(written, KEY) == PLAIN


async def test_equal_payloads_look_different() -> None:
    """Nobody can see from outside that two runs have the same input."""
    first, second = await EncryptionCodec(KeyRing([KEY])).encode([PLAIN, PLAIN])
    assert first.data != second.data


async def test_what_is_not_encrypted_is_read_as_it_is() -> None:
    """Runs that began before encryption go on."""
    assert await opened(PLAIN, KEY) == PLAIN


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (
            sealed(VECTOR["tag_last"], "k9"),
            "it is encrypted under the key 'k9', and the keys here are: other, test-key-id",
        ),
        (
            sealed(VECTOR["tag_last"], "other"),
            "it does not decrypt under the key 'other': elsewhere another key has this id",
        ),
        (sealed(VECTOR["tag_last"][:-2] + "00"), "it does not decrypt under the key 'test-key-id'"),
        (sealed("00" * 27), "it does not decrypt under the key 'test-key-id'"),
        (sealed(""), "it does not decrypt under the key 'test-key-id'"),
    ],
)
async def test_what_does_not_decrypt_is_handed_on_with_the_reason(payload: Payload, problem: str) -> None:
    """An exception here could fail a start whose execution runs."""
    found = await opened(payload, OTHER, KEY)
    assert found.metadata[PROBLEM].decode().startswith(problem)
    assert (found.data, found.metadata["encoding"]) == (payload.data, b"binary/encrypted")
