"""`SageMakerPipelineDiscovery`: its input, and the Polysync Jobs that it finds."""

import base64
import json
import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from contract.declarations import DeclaredParameter
from contract.platform_name import DEFAULT_PLATFORM, PlatformName
from contract.spelling import InputDocument, WholeNumber

MAX_DOCUMENT_BYTES: Final = 1_500_000
"""Bytes of JSON that one result may have: Temporal refuses payloads above 2 MiB, and encryption adds to them."""

_PREFIX: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-]{0,255}")


def _prefix(prefix: str) -> str:
    if not prefix or _PREFIX.fullmatch(prefix):
        return prefix
    raise ValueError(
        "must be the beginning of pipeline names: up to 256 letters, digits and hyphens, with no hyphen first"
    )


class Continuation(BaseModel):
    """Where the next page begins. It names a pipeline and not a page of AWS, so it never expires."""

    platform: str
    name_prefix: str
    after: str

    def token(self) -> str:
        """Write it as an opaque `next_token`."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode()

    @classmethod
    def read(cls, token: str) -> Self:
        """Read a `next_token`.

        Raises:
            ValueError: If it is not one of ours.
        """
        try:
            return cls.model_validate(json.loads(base64.urlsafe_b64decode(token.encode())))
        except (ValueError, ValidationError, RecursionError):
            raise ValueError("is not a next_token of a discovery; repeat it exactly as it came") from None


def _token(token: str) -> str:
    if token:
        Continuation.read(token)
    return token


class PipelineDiscoveryInput(InputDocument):
    """Input of `SageMakerPipelineDiscovery`, one JSON object or none at all; nothing is required."""

    platform: PlatformName = Field(
        default=DEFAULT_PLATFORM, description="Name of a platform in the worker's configuration."
    )
    name_prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        default="", description="Only pipelines whose names begin so.", examples=["churn-"]
    )
    page_size: Annotated[WholeNumber, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="Most jobs in one result; as many as fit into one document if left out."
    )
    next_token: Annotated[str, Field(max_length=8192), AfterValidator(_token)] | None = Field(
        default=None, description="`next_token` of the previous result; platform and name_prefix must be the same."
    )

    @model_validator(mode="after")
    def _one_discovery(self) -> Self:
        if self.next_token:
            before = Continuation.read(self.next_token)
            if (before.platform, before.name_prefix) != (self.platform, self.name_prefix):
                raise ValueError(
                    "next_token belongs to a discovery with another platform or name_prefix; repeat both as they were"
                )
        return self

    @property
    def after(self) -> str:
        """The last pipeline of the previous page, or an empty string."""
        return Continuation.read(self.next_token).after if self.next_token else ""


class Job(BaseModel):
    """A pipeline as the Polysync Job that it becomes. Times are UTC."""

    external_id: str = Field(description="The pipeline's name.")
    job_type: Literal["SageMaker Pipeline"] = "SageMaker Pipeline"
    arn: str
    role_arn: str | None = Field(default=None, description="The execution role that the pipeline was created with.")
    display_name: str | None = None
    description: str | None = None
    status: str | None = Field(default=None, description="SageMaker's PipelineStatus: Active or Deleting.")
    created_at: datetime | None = None
    last_modified_at: datetime | None = None
    last_run_at: datetime | None = None
    max_parallel_steps: int | None = None
    parameters: list[DeclaredParameter] | None = Field(
        default=None, description="Null where they could not be read; `problems` then says why."
    )


class ProblemType(StrEnum):
    """Why a pipeline's parameters are not known."""

    ACCESS_DENIED = "AccessDenied"
    DEFINITION_UNREADABLE = "DefinitionUnreadable"
    DOCUMENT_TOO_LARGE = "DocumentTooLarge"
    AWS_REFUSED = "AwsRefused"


class PipelineProblem(BaseModel):
    """What is wrong with one pipeline; the others are not affected."""

    external_id: str
    type: ProblemType
    message: str


class PipelineDiscovery(BaseModel):
    """Result of `SageMakerPipelineDiscovery`: one page of jobs in the order of their names (by code point)."""

    platform: str
    region: str | None = None
    name_prefix: str = ""
    total: int = Field(
        default=0, description="Pipelines that AWS listed for the prefix and the platform may run, over all pages."
    )
    jobs: list[Job] = Field(default_factory=list)
    problems: list[PipelineProblem] = Field(default_factory=list)
    next_token: str | None = Field(default=None, description="Input of the next discovery; null after the last page.")
