"""`SageMakerPipelineDeployment`: what is to be deployed, and what came of it."""

import hashlib
import json
import re
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, model_validator

from contract.definition_difference import Difference
from contract.definition_text import (
    MAX_COMPRESSED_CHARS,
    check_length,
    decompress_definition,
    definition_text,
    read_definition_text,
)
from contract.json_walk import has_more_values
from contract.platform_name import DEFAULT_PLATFORM, PlatformName
from contract.roles import Role
from contract.spelling import InputDocument, WholeNumber, is_new

# Limits: the shapes CreatePipelineRequest, UpdatePipelineVersionRequest and Tag of botocore's service model.
_NAME: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")
_ALIAS: Final = re.compile(r"[a-zA-Z0-9._\-]{1,128}")
MAX_TAGS: Final = 50

MAX_DEFINITION_VALUES: Final = 250_000
"""A definition of the greatest length has four characters for each: those that are written for AWS have far more."""

MAX_VERSIONS_SHOWN: Final = 200
"""Of one document, the newest first."""


def _name(text: str) -> str:
    if _NAME.fullmatch(text):
        return text
    raise ValueError("must be 1 to 256 letters, digits and inner hyphens")


def read_alias(text: str) -> str:
    """Check the alias of a version.

    Raises:
        ValueError: It is none.
    """
    if _ALIAS.fullmatch(text) and not text.isdecimal():
        return text
    raise ValueError("must be 1 to 128 letters, digits, periods, hyphens and underscores, and not digits only")


def _require_few_values(definition: dict[str, Any] | None) -> None:
    if has_more_values(definition, MAX_DEFINITION_VALUES):
        raise ValueError(f"has more than {MAX_DEFINITION_VALUES:,} values")


Alias = Annotated[str, AfterValidator(read_alias)]
_Name = Annotated[str, AfterValidator(_name)]
_TagKey = Annotated[str, Field(min_length=1, max_length=128)]
_TagValue = Annotated[str, Field(max_length=256)]


class PipelineDeploymentInput(InputDocument):
    """Input of `SageMakerPipelineDeployment`, one JSON object; only `pipeline_name` is required.

    Without `apply` nothing is changed: the result says what would be. What is left out stays as it is deployed.
    """

    free_form = frozenset({"definition"})

    pipeline_name: _Name = Field(description="The pipeline's name.", examples=["churn-training"])
    platform: PlatformName = Field(
        default=DEFAULT_PLATFORM, description="Name of a platform in the worker's configuration."
    )
    apply: bool = Field(default=False, description="Whether to deploy; otherwise the result says what would change.")
    definition: dict[str, Any] | str | None = Field(
        default=None, description="The definition that is wanted: a JSON object, or its text."
    )
    compressed_definition: Annotated[str, Field(max_length=MAX_COMPRESSED_CHARS)] | None = Field(
        default=None,
        description="The definition as JSON, compressed with gzip and encoded as base64, so that it takes little room "
        "in the history; instead of `definition`.",
    )
    role_arn: Role | None = Field(
        default=None,
        description="The role that executions of the pipeline have: its ARN, or 'platform' for the platform's "
        "default_role_arn. A new pipeline needs one.",
    )
    display_name: _Name | None = Field(default=None, description="The pipeline's display name.")
    description: Annotated[str, Field(max_length=3072)] | None = Field(
        default=None, description="The pipeline's description; an empty one removes it."
    )
    max_parallel_steps: Annotated[WholeNumber, Field(ge=1, le=2**31 - 1)] | None = Field(
        default=None, description="AWS's MaxParallelExecutionSteps of all executions that do not say otherwise."
    )
    tags: Annotated[dict[_TagKey, _TagValue], Field(max_length=MAX_TAGS)] | None = Field(
        default=None,
        description="The pipeline's tags, beside those of the platform: tags that are not named are removed, except "
        "AWS's own (aws:…, sagemaker:…). If left out, no tag is removed.",
    )
    alias: Alias | None = Field(
        default=None, description="The alias that the deployed version gets, such as prod; it moves there."
    )
    version: Annotated[WholeNumber, Field(ge=1, le=2**63 - 1)] | None = Field(
        default=None,
        description="The deployed version that is meant: the one to compare with or to read, or without a definition "
        "the one that gets the alias; the latest if left out.",
    )
    version_alias: Alias | None = Field(default=None, description="An alias of that version, in place of its number.")
    expect: Annotated[WholeNumber, Field(ge=0, le=2**63 - 1)] | None = Field(
        default=None,
        description="The latest version that there must be before anything is changed, 0 for a pipeline that does not "
        "exist; another one is a DeploymentConflict.",
    )
    with_definition: bool = Field(
        default=False, description="Whether the query `definition` is to return the deployed definition."
    )

    @model_validator(mode="after")
    def _one_readable_definition(self, info: ValidationInfo) -> Self:
        if self.definition is not None and self.compressed_definition is not None:
            raise ValueError("compressed_definition cannot stand beside definition; leave one of the two out")
        try:
            document = self._read()
            if is_new(info):
                _require_few_values(document)
            if self.definition_text is not None:
                check_length(self.definition_text)
        except ValueError as error:
            field = "definition" if self.compressed_definition is None else "compressed_definition"
            raise ValueError(f"{field} {error}") from None
        return self

    @model_validator(mode="after")
    def _one_version(self) -> Self:
        if self.version is not None and self.version_alias is not None:
            raise ValueError("version cannot stand beside version_alias; leave one of the two out")
        chosen = "version" if self.version is not None else "version_alias" if self.version_alias is not None else None
        if not self.apply or chosen is None:
            return self
        if self.has_definition:
            raise ValueError(f"{chosen} cannot stand beside a definition that is applied, which becomes the latest one")
        if self.alias is None:
            raise ValueError(f"{chosen} needs the alias that this version is to get")
        return self

    @property
    def has_definition(self) -> bool:
        """Whether a definition is wanted."""
        return self.definition is not None or self.compressed_definition is not None

    @cached_property
    def definition_text(self) -> str | None:
        """The text of the definition that is wanted, as AWS is sent it.

        Raises:
            ValueError: It cannot be unpacked or written.
        """
        if self.compressed_definition is not None:
            return decompress_definition(self.compressed_definition)
        if isinstance(self.definition, dict):
            return definition_text(self.definition)
        return self.definition

    def _read(self) -> dict[str, Any] | None:
        """Return the content of the definition. It is not kept: it takes many times as much memory as its text."""
        if isinstance(self.definition, dict):
            return self.definition
        return None if self.definition_text is None else read_definition_text(self.definition_text)

    def digest(self) -> str:
        """Compute what is equal for two inputs that want one deployment: a definition counts by its content."""
        wanted = self.model_dump(mode="json", exclude={"definition", "compressed_definition", "expect"})
        wanted["definition"] = self._read()
        return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()


class DeploymentAction(StrEnum):
    """What was done to the pipeline itself, or would be done."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class DeployedVersion(BaseModel):
    """One version of a pipeline. Times are UTC."""

    version: int
    aliases: list[str] = Field(default_factory=list)
    display_name: str | None = None
    description: str | None = None
    created_at: datetime | None = None
    last_execution_arn: str | None = Field(default=None, description="The last execution that ran this version.")


class AliasMove(BaseModel):
    """An alias, and the version that it goes to."""

    alias: str
    version: int | None = Field(description="Null for a version that does not exist yet.")
    from_version: int | None = Field(default=None, description="The version that had it; null if none had.")


class PipelineDeployment(BaseModel):
    """Result of `SageMakerPipelineDeployment`. No definition stands in it."""

    platform: str
    region: str | None = None
    pipeline_name: str
    pipeline_arn: str | None = None
    applied: bool = Field(default=False, description="Whether anything was to be changed; else this is a preview.")
    action: DeploymentAction = DeploymentAction.UNCHANGED
    version: int | None = Field(default=None, description="The version that was meant or made; null if there is none.")
    latest_version: int | None = Field(default=None, description="The latest version; null for no pipeline.")
    changes: Difference | None = Field(
        default=None, description="How what is wanted differs from what was deployed; of that version if one is named."
    )
    alias_move: AliasMove | None = Field(default=None, description="The alias that moved or would; null for none.")
    role_arn: str | None = None
    display_name: str | None = None
    description: str | None = None
    max_parallel_steps: int | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    versions: list[DeployedVersion] = Field(
        default_factory=list, description=f"The newest {MAX_VERSIONS_SHOWN} versions, the newest first."
    )
    notes: list[str] = Field(default_factory=list, description="What a person should know and nothing failed for.")
