"""The data converter of every client of ours, with encryption where the settings ask for it."""

import dataclasses

from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes

from worker.encryption.codec import EncryptionCodec
from worker.encryption.key_ring import Key, KeyRing, read_key
from worker.secrets.sources import SecretSourceError, SecretSources
from worker.settings import ClientSettings
from workflows.payloads import data_converter

HOW_TO_MAKE_A_KEY = "make one with: openssl rand -base64 32"


class EncryptionKeysError(Exception):
    """The keys cannot be used; the text names key and remedy, and never has a key in it."""


def open_data_converter(settings: ClientSettings) -> DataConverter:
    """Build the data converter, reading the keys from where they are kept.

    Raises:
        EncryptionKeysError: A key cannot be had, or is none.
    """
    ring = open_key_ring(settings)
    return data_converter if ring is None else encrypted(EncryptionCodec(ring, settings.encryption_tag))


def encrypted(codec: EncryptionCodec) -> DataConverter:
    """Put encryption around the project's own data converter, failures' texts and stack traces included."""
    return dataclasses.replace(
        data_converter,
        payload_codec=codec,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def open_key_ring(settings: ClientSettings) -> KeyRing | None:
    """Read the keys from where they are kept; None if there are none.

    Raises:
        EncryptionKeysError: A key cannot be had, or is none.
    """
    sources = SecretSources(settings.platforms_file)
    keys = []
    for key in settings.encryption_keys:
        try:
            keys.append(Key(key.id, read_key(sources.read(key.reference))))
        except SecretSourceError as error:
            raise EncryptionKeysError(f"The encryption key '{key.id}' cannot be read: {error}") from None
        except ValueError as error:
            raise EncryptionKeysError(
                f"The encryption key '{key.id}' at {key.reference} is not a key: {error}; {HOW_TO_MAKE_A_KEY}"
            ) from None
    return KeyRing(keys) if keys else None
