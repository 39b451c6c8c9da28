"""Keys: how they are written down, where they are kept, and refusals that teach without showing one."""

import base64
from pathlib import Path
from typing import Final

import pytest
from pydantic import ValidationError

from worker.encryption.data_converter import EncryptionKeysError, open_key_ring
from worker.encryption.key_references import KeyReference, parse_key_references
from worker.encryption.key_ring import Key, read_key
from worker.settings import ClientSettings
from worker.settings_problems import describe_settings_problems

SECRET: Final = bytes(range(200, 232))
TEXT: Final = base64.b64encode(SECRET).decode()


@pytest.mark.parametrize("text", [TEXT, f"{TEXT}\n", base64.urlsafe_b64encode(SECRET).decode(), SECRET.hex()])
def test_a_key_is_base64_or_hexadecimal(text: str) -> None:
    """As `openssl rand -base64 32` and `-hex 32` print it."""
    assert read_key(text) == SECRET


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("hunter2!", "neither base64 nor 64 hexadecimal digits"),
        (base64.b64encode(SECRET[:16]).decode(), "it has 16 bytes instead of 32"),
        ("test-key-test-key-test-key-test!", "neither base64"),
    ],
)
def test_something_else_is_refused_without_being_shown(text: str, problem: str) -> None:
    """A wrong key is often the right key of something else."""
    with pytest.raises(ValueError, match=problem) as raised:
        read_key(text)
    assert text not in str(raised.value)


def test_a_key_does_not_show_itself() -> None:
    """Tracebacks and logs print what an object says of itself."""
    assert repr(Key("a", SECRET)) == "Key(id='a')"


def test_the_setting_lists_ids_and_references() -> None:
    """Separated by spaces or lines; the first one writes."""
    assert parse_key_references("2026-11=vault://ml/payload#key\n  2026-05=env://OLD_KEY c=file:///run/secrets/c ") == (
        KeyReference("2026-11", "vault://ml/payload#key"),
        KeyReference("2026-05", "env://OLD_KEY"),
        KeyReference("c", "file:///run/secrets/c"),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (TEXT, "entry 1 must be <id>=<reference>"),
        (f"a={TEXT}", "entry 1: the key must not stand here itself, but a reference"),
        ("a=env://A b=file://relative", "entry 2: the key must not stand here itself"),
        ("a=env://", "entry 1: the key must not stand here itself"),
        ("a=vault://ml", "entry 1: the key must not stand here itself"),
        ("a=env://A a=env://B", "entry 2 has the id 'a' again"),
        ("a b=env://A", "entry 1 must be <id>=<reference>"),
    ],
)
def test_a_wrong_setting_is_told_by_its_place(monkeypatch: pytest.MonkeyPatch, text: str, problem: str) -> None:
    """And by the variable's name, without repeating what may be a key."""
    monkeypatch.setenv("POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS", text)
    with pytest.raises(ValidationError) as raised:
        ClientSettings()
    told = describe_settings_problems(raised.value)
    assert told.startswith("POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS: ")
    assert problem in told
    assert TEXT not in told + str(raised.value)


def settings(text: str, platforms_file: Path | None = None) -> ClientSettings:
    """Settings with these keys."""
    return ClientSettings(encryption_keys=parse_key_references(text), platforms_file=platforms_file)


def test_keys_come_from_variables_files_and_vaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All in one ring, in the order of the setting."""
    monkeypatch.setenv("PAYLOAD_KEY", TEXT)
    (tmp_path / "key").write_text(SECRET.hex() + "\n")
    (tmp_path / "ring.json").write_text(f'{{"old": "{TEXT}"}}')
    platforms = tmp_path / "platforms.toml"
    platforms.write_text(
        '[platforms.default]\nregion = "us-east-1"\n'
        f'[vaults.files]\nprovider = "file"\ndirectory = "{tmp_path}"\n'
        '[vaults.far]\nprovider = "google_secret_manager"\nproject = "ml"\n'
    )
    ring = open_key_ring(
        settings(f"a=env://PAYLOAD_KEY b=file://{tmp_path}/key c=vault://files/ring.json#old", platforms)
    )
    assert ring is not None
    assert ring.active == Key("a", SECRET)
    assert [ring.find(key_id) for key_id in ring.ids] == [Key("a", SECRET), Key("b", SECRET), Key("c", SECRET)]


def test_without_keys_there_is_no_ring() -> None:
    """Encryption is off by default."""
    assert open_key_ring(ClientSettings()) is None


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("env://NO_SUCH_VARIABLE", "'a' cannot be read: env://NO_SUCH_VARIABLE is empty or not there"),
        (
            "env://SHORT_KEY",
            "'a' at env://SHORT_KEY is not a key: it has 6 bytes instead of 32; make one with: openssl",
        ),
        ("file:///no/such/file", "'a' cannot be read: file:///no/such/file cannot be read: No such file"),
        ("vault://ml/key", "'a' cannot be read: vault://ml/key needs the vaults of a platforms file"),
    ],
)
def test_a_key_that_cannot_be_had_is_told(monkeypatch: pytest.MonkeyPatch, reference: str, problem: str) -> None:
    """With its id, where it should be, and the remedy."""
    monkeypatch.setenv("SHORT_KEY", "c2VjcmV0")
    with pytest.raises(EncryptionKeysError) as raised:
        open_key_ring(settings(f"a={reference}"))
    assert problem in str(raised.value)
    assert "c2VjcmV0" not in str(raised.value)


def test_a_vault_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With those there are."""
    platforms = tmp_path / "platforms.toml"
    platforms.write_text('[platforms.default]\nregion = "us-east-1"\n[vaults.env]\nprovider = "environment"\n')
    with pytest.raises(EncryptionKeysError, match="has no vault 'ml'; it has: env"):
        open_key_ring(settings("a=vault://ml/key", platforms))
