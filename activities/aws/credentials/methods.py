"""How a platform authenticates: one table of the platforms file a method."""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from activities.aws.configuration import Secret, SecretTable, Table, TextOrReference
from contract.roles import read_role_arn

SHORTEST_SESSION_SECONDS: Final = 1800
LONGEST_SESSION_SECONDS: Final = 43_200
"""AssumeRole's maximum for DurationSeconds (AWS STS API reference)."""
LONGEST_CHAINED_SESSION_SECONDS: Final = 3600
"""A role assumed with a session's own keys: "role chaining" in the IAM user guide."""

# AWS STS API reference, AssumeRole: RoleSessionName and ExternalId.
_SESSION_NAME = re.compile(r"[\w+=,.@\-]{2,64}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/\-]{2,1224}", re.ASCII)


def _session_duration(seconds: int) -> int:
    if seconds < SHORTEST_SESSION_SECONDS:
        raise ValueError(
            f"must be {SHORTEST_SESSION_SECONDS} seconds or more: keys are renewed in their last 15 minutes, "
            "so that a shorter session would call STS before every request"
        )
    if seconds > LONGEST_SESSION_SECONDS:
        raise ValueError(f"must be {LONGEST_SESSION_SECONDS} seconds (12 hours, AWS's maximum) or less")
    return seconds


def _session_name(name: str) -> str:
    if not _SESSION_NAME.fullmatch(name):
        raise ValueError("must be 2 to 64 letters, digits or characters of _+=,.@- (AWS's RoleSessionName)")
    return name


def _external_id(text: str) -> str:
    if not _EXTERNAL_ID.fullmatch(text):
        raise ValueError("must be 2 to 1224 letters, digits or characters of _+=,.@:/- (AWS's ExternalId)")
    return text


EntraAuthority = Annotated[
    str,
    Field(
        pattern=r"^https://[^\s/]+/?$",
        description="Microsoft Entra in a sovereign cloud, for example https://login.microsoftonline.us.",
    ),
]
RoleArn = Annotated[str, AfterValidator(read_role_arn)]
SessionDuration = Annotated[int, AfterValidator(_session_duration)]
SessionName = Annotated[str, AfterValidator(_session_name)]


class DefaultChain(Table):
    """boto3's own chain: environment, profile, SSO, container, instance."""

    method: Literal["default"] = "default"
    profile: str | None = Field(default=None, description="Profile of the shared AWS configuration.", min_length=1)


class _RoleTable(Table):
    role_arn: RoleArn = Field(description="The role that is assumed.")
    session_name: SessionName = Field(
        default="polysync-sagemaker", description="RoleSessionName, which CloudTrail shows."
    )
    session_duration: SessionDuration = Field(
        default=3600,
        description="DurationSeconds, 1800 to 43200; not above the role's own maximum session duration.",
    )


class WebIdentity(_RoleTable):
    """AssumeRoleWithWebIdentity with a token from a file or from Microsoft Entra."""

    method: Literal["web_identity"]
    token: Literal["file", "entra"] = Field(
        default="file", description="Where the token comes from: a projected file, or Microsoft Entra."
    )
    token_file: str | None = Field(
        default=None, description="token = file: the token's path, read again at each refresh.", min_length=1
    )
    scope: str | None = Field(
        default=None, description='token = entra: "api://<application id>/.default".', min_length=1
    )
    entra_credential: Literal["default", "workload_identity", "managed_identity"] = Field(
        default="default", description="token = entra: which credential of azure-identity obtains it."
    )
    tenant_id: str | None = Field(default=None, description="Entra tenant; AZURE_TENANT_ID if left out.", min_length=1)
    client_id: str | None = Field(
        default=None, description="Entra client; AZURE_CLIENT_ID if left out, or the managed identity's.", min_length=1
    )
    authority: EntraAuthority | None = None
    disable_instance_discovery: bool = Field(
        default=False, description="Do not ask the public Entra about the authority; for disconnected clouds."
    )

    @model_validator(mode="after")
    def _token_source_is_complete(self) -> Self:
        needed, foreign = ("token_file", "scope") if self.token == "file" else ("scope", "token_file")  # noqa: S105
        if getattr(self, needed) is None:
            raise ValueError(f'{needed}: required where token = "{self.token}"')
        if getattr(self, foreign) is not None:
            raise ValueError(f'{foreign}: does not belong to token = "{self.token}"; leave it out')
        return self


class AccessKey(SecretTable):
    """A user's access key, or the keys of a session with their token."""

    method: Literal["access_key"]
    access_key_id: TextOrReference = Field(description="The key's id, plain or as a reference; no secret on its own.")
    secret_access_key: Secret
    session_token: Secret | None = None


class AssumeRole(_RoleTable, SecretTable):
    """AssumeRole with bootstrap keys."""

    method: Literal["assume_role"]
    access_key_id: TextOrReference
    secret_access_key: Secret
    session_token: Secret | None = None
    external_id: Annotated[str, AfterValidator(_external_id)] | None = Field(
        default=None, description="ExternalId that the role's trust policy asks for; not a secret for AWS."
    )

    @model_validator(mode="after")
    def _chained_roles_end_after_an_hour(self) -> Self:
        if self.session_token is not None and self.session_duration > LONGEST_CHAINED_SESSION_SECONDS:
            raise ValueError(
                f"session_duration: must be {LONGEST_CHAINED_SESSION_SECONDS} seconds or less beside a session_token: "
                "a role assumed with a session's keys is chained, and AWS ends those after an hour"
            )
        return self


class InstanceProfile(Table):
    """The role of the machine: an ECS or EKS container's, or an EC2 instance's through IMDSv2."""

    method: Literal["instance_profile"]


Auth = Annotated[DefaultChain | WebIdentity | AccessKey | AssumeRole | InstanceProfile, Field(discriminator="method")]
