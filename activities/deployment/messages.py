"""The messages between the workflow of a deployment and its activities.

They stand in histories for years: unknown fields are ignored and every new field has a default. A definition stands in
requests, and in the state of a pipeline where the input has `with_definition`; always compressed.
"""

from typing import Self

from pydantic import BaseModel, Field

from contract.definition_difference import Difference
from contract.definition_text import compress_definition, decompress_definition
from contract.deployment import DeployedVersion, PipelineDeploymentInput


class Wanted(BaseModel):
    """How a pipeline should be; None means that it stays as it is."""

    compressed_definition: str | None = None
    role_arn: str | None = None
    display_name: str | None = None
    description: str | None = None
    max_parallel_steps: int | None = None
    tags: dict[str, str] | None = None

    @classmethod
    def of(cls, given: PipelineDeploymentInput) -> Self:
        """Take what a deployment's input wants of the pipeline."""
        compressed, text = given.compressed_definition, given.definition_text
        if compressed is None and text is not None:
            compressed = compress_definition(text)
        return cls(
            compressed_definition=compressed,
            role_arn=given.role_arn,
            display_name=given.display_name,
            description=given.description,
            max_parallel_steps=given.max_parallel_steps,
            tags=given.tags,
        )

    @property
    def definition(self) -> str | None:
        """The text of the definition."""
        return None if self.compressed_definition is None else decompress_definition(self.compressed_definition)


class DescribeDeploymentRequest(BaseModel):
    """Describe a pipeline as it is deployed, and what is different from what is wanted."""

    platform: str
    pipeline_name: str
    wanted: Wanted = Field(default_factory=Wanted)
    version: int | None = None
    version_alias: str | None = None
    alias: str | None = None
    """An alias whose version is asked for."""
    with_definition: bool = False


class DeploymentState(BaseModel):
    """A pipeline as it is deployed."""

    exists: bool
    region: str | None = None
    pipeline_arn: str | None = None
    role_arn: str | None = None
    display_name: str | None = None
    description: str | None = None
    max_parallel_steps: int | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    latest_version: int | None = None
    version: int | None = None
    """The version that was meant."""
    versions: list[DeployedVersion] = Field(default_factory=list)
    alias_version: int | None = None
    """The version that the requested alias has now."""
    changes: Difference = Field(default_factory=lambda: Difference(same=True))
    """What is different from what is wanted."""
    compressed_definition: str | None = None
    """The deployed definition, if the request wants it."""


class CreatePipelineRequest(BaseModel):
    """Create a pipeline under a token."""

    platform: str
    pipeline_name: str
    client_request_token: str
    wanted: Wanted


class UpdatePipelineRequest(BaseModel):
    """Update a pipeline once."""

    platform: str
    pipeline_name: str
    wanted: Wanted
    """With a definition only if that differs from the deployed one."""
    pipeline_arn: str
    base_version: int | None = None
    """The latest version as it was described: a newer one is ours, or another writer's."""


class ChangedPipeline(BaseModel):
    """A pipeline that was created or updated."""

    pipeline_arn: str
    version: int | None = None
    role_arn: str | None = None
    """The role that it was given; None if that stays."""
    needs_tags: bool = False
    """Whether its tags differ from the wanted ones, although nothing was left to change."""
    notes: list[str] = Field(default_factory=list)


class TagPipelineRequest(BaseModel):
    """Give a pipeline its tags."""

    platform: str
    pipeline_name: str
    pipeline_arn: str
    tags: dict[str, str] | None = None
    """None removes no tag; the platform's tags are added in either case."""


class TaggedPipeline(BaseModel):
    """A pipeline's tags after the change."""

    tags: dict[str, str] = Field(default_factory=dict)


class MoveAliasRequest(BaseModel):
    """Give a version an alias that another version may have."""

    platform: str
    pipeline_name: str
    pipeline_arn: str
    alias: str
    version: int
    from_version: int | None = None
    """The version that had the alias when it was described: any other one is another writer's choice."""


class MovedAlias(BaseModel):
    """An alias that is where it should be."""

    aliases: list[str] = Field(default_factory=list)
    """All aliases of the version."""
