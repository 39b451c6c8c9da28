"""The vaults of the platforms file: where secrets are kept, one table a vault."""

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from activities.aws.configuration import Secret, SecretTable, Table, TextOrReference
from activities.aws.credentials.methods import Auth, DefaultChain, EntraAuthority

LOCAL_PROVIDERS: Final = frozenset({"environment", "file"})
"""Providers without a network in between: cheap enough to be asked at each use, and what other vaults may lean on."""

Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]


class _Vault(Table):
    allow_in_parameters: bool = Field(
        default=False,
        description=(
            "Whether runs may refer to this vault's secrets in their pipeline parameters, which SageMaker keeps "
            "readable. A person who may start runs could otherwise read every secret that the worker can."
        ),
    )


class EnvironmentVault(_Vault):
    """Variables of the worker's environment."""

    provider: Literal["environment"]
    prefix: str = Field(
        default="POLYSYNC_SECRET_",
        description="Stands before each secret's name, so that no other variable can be read.",
        min_length=1,
    )


class FileVault(_Vault):
    """Files of one directory, such as a mounted Kubernetes secret; read again at each use."""

    provider: Literal["file"]
    directory: str = Field(min_length=1)


class AwsSecretsManager(_Vault):
    """AWS Secrets Manager."""

    provider: Literal["aws_secrets_manager"]
    region: str | None = None
    endpoint_url: Url | None = None
    sts_endpoint_url: Url | None = None
    auth: Auth = DefaultChain()


class AzureKeyVault(_Vault, SecretTable):
    """Azure Key Vault, through azure-identity."""

    provider: Literal["azure_key_vault"]
    url: Annotated[str, Field(pattern=r"^https://[^\s/]+/?$")] = Field(description="https://<name>.vault.azure.net")
    credential: Literal["default", "workload_identity", "managed_identity", "client_secret"] = "default"
    tenant_id: str | None = None
    client_id: str | None = None
    client_secret: Secret | None = None
    authority: EntraAuthority | None = None
    disable_instance_discovery: bool = False
    verify_challenge_resource: bool = Field(
        default=True, description="Whether the vault's host must belong to the domain that its challenge names."
    )

    @model_validator(mode="after")
    def _client_secret_is_complete(self) -> Self:
        needed = ("tenant_id", "client_id", "client_secret")
        if self.credential == "client_secret" and (missing := [name for name in needed if not getattr(self, name)]):
            raise ValueError(f'{missing[0]}: required where credential = "client_secret"')
        if self.credential != "client_secret" and self.client_secret is not None:
            raise ValueError('client_secret: belongs to credential = "client_secret"')
        return self


class GoogleSecretManager(_Vault):
    """Google Cloud Secret Manager, with Application Default Credentials."""

    provider: Literal["google_secret_manager"]
    project: str = Field(min_length=1)
    endpoint_url: Url | None = Field(default=None, description="For Private Service Connect or a regional endpoint.")


class HashicorpVault(_Vault, SecretTable):
    """HashiCorp Vault's key/value engine, with a token or an AppRole."""

    provider: Literal["hashicorp_vault"]
    url: Url
    namespace: str | None = None
    mount_point: str = "secret"
    kv_version: Literal[1, 2] = 2
    token: Secret | None = None
    role_id: TextOrReference | None = None
    secret_id: Secret | None = None
    ca_file: str | None = Field(default=None, description="Certificates of the vault's authority, a PEM file.")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        by_role = self.role_id is not None and self.secret_id is not None
        half_a_role = (self.role_id is None) != (self.secret_id is None)
        if half_a_role or by_role == (self.token is not None):
            raise ValueError("token: either token, or role_id and secret_id, must be given")
        return self


Vault = Annotated[
    EnvironmentVault | FileVault | AwsSecretsManager | AzureKeyVault | GoogleSecretManager | HashicorpVault,
    Field(discriminator="provider"),
]
