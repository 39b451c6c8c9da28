"""Opening vaults: what reads each provider's secrets."""

from typing import assert_never

from activities.aws.secrets.asking import VaultReader
from activities.aws.secrets.aws_secrets_manager import SecretsManagerReader
from activities.aws.secrets.environment import EnvironmentReader
from activities.aws.secrets.file import FileReader
from activities.aws.secrets.resolver import Secrets
from activities.aws.secrets.vaults import (
    AwsSecretsManager,
    AzureKeyVault,
    EnvironmentVault,
    FileVault,
    GoogleSecretManager,
    HashicorpVault,
    Vault,
)


def open_vault(vault: Vault, secrets: Secrets) -> VaultReader:
    """Make what reads a vault.

    Raises:
        CredentialsRefusedError: The machine has no role, for a vault that is opened with it.
        botocore.exceptions.BotoCoreError: The vault's region or profile does not exist.
    """
    # The clients of the other clouds' vaults are optional extras and take a while to load: only where one is named.
    match vault:
        case EnvironmentVault():
            return EnvironmentReader(vault)
        case FileVault():
            return FileReader(vault)
        case AwsSecretsManager():
            return SecretsManagerReader(vault, secrets)
        case AzureKeyVault():
            from activities.aws.secrets.azure_key_vault import KeyVaultReader  # noqa: PLC0415 — see above

            return KeyVaultReader(vault, secrets.resolve)
        case GoogleSecretManager():
            from activities.aws.secrets.google_secret_manager import GoogleReader  # noqa: PLC0415

            return GoogleReader(vault)
        case HashicorpVault():
            from activities.aws.secrets.hashicorp_vault import HashicorpReader  # noqa: PLC0415

            return HashicorpReader(vault, secrets.resolve)
        case _:
            assert_never(vault)
