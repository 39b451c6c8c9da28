"""`SageMakerPlatformCheck`: its input, and what it finds."""

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, Field

from contract.job_kinds import JobKind
from contract.platform_name import DEFAULT_PLATFORM, PlatformName
from contract.spelling import InputDocument

MAX_PATTERNS: Final = 10
MAX_JOB_PATTERNS: Final = 20

MAX_PATTERN_CHARS: Final = 200
"""Less than a pipeline's name may have, so that there is room for what takes a wildcard's place in a probe."""

_PATTERN: Final = re.compile(r"[a-zA-Z0-9*](-*[a-zA-Z0-9*]){0,199}")


_JOB_PATTERN: Final = re.compile(r"(?P<kind>[a-z_0-9]+|\*)(?::(?P<name>[a-zA-Z0-9*\-]{1,64}))?")


def read_pipeline_pattern(pattern: str) -> str:
    """Check a pattern of pipeline names.

    Raises:
        ValueError: If it is not one.
    """
    if len(pattern) <= MAX_PATTERN_CHARS and _PATTERN.fullmatch(pattern):
        return pattern
    raise ValueError(
        "must be a pipeline's name or a pattern such as churn-*: up to 200 letters, digits, inner hyphens and *"
    )


def read_job_pattern(text: str) -> str:
    """Check a pattern of jobs.

    Raises:
        ValueError: If it is none.
    """
    match = _JOB_PATTERN.fullmatch(text)
    if match is None or match["kind"] not in {"*", *JobKind}:
        raise ValueError(
            f"'{text[:80]}' must be a kind of job ({', '.join(JobKind)}) or *, alone or with a pattern of names behind "
            "a colon, such as training:churn-*"
        )
    return text


class PlatformCheckInput(InputDocument):
    """Input of `SageMakerPlatformCheck`, one JSON object or none at all; nothing is required."""

    platform: PlatformName = Field(
        default=DEFAULT_PLATFORM, description="Name of a platform in the worker's configuration."
    )
    pipelines: Annotated[
        list[Annotated[str, AfterValidator(read_pipeline_pattern)]], Field(max_length=MAX_PATTERNS)
    ] = Field(
        default_factory=list,
        description="Patterns of the pipelines that the platform's permissions are meant for; all if left out.",
        examples=[["churn-*"]],
    )
    jobs: Annotated[list[Annotated[str, AfterValidator(read_job_pattern)]], Field(max_length=MAX_JOB_PATTERNS)] = Field(
        default_factory=list,
        description="Kinds of jobs that the permissions are meant for, all of a kind or those of a pattern of "
        "names; the platform's allowed_jobs if left out, and none where it has no such list.",
        examples=[["training", "processing:nightly-*"]],
    )
    deployments: bool = Field(
        default=False, description="Whether the pipelines are to be deployed as well, which needs more permissions."
    )
    approvals: bool = Field(
        default=False,
        description="Whether runs answer Callback steps and wait for the approval of model packages, which needs more "
        "permissions.",
    )


class Check(BaseModel):
    """One thing that must be right for runs to work."""

    name: str
    ok: bool | None = Field(description="Null where it could not be checked; `detail` then says why.")
    detail: str
    remedy: str | None = Field(default=None, description="What to do about it; null where nothing needs to be done.")


class Checker(StrEnum):
    """Who checked the AWS side of a platform."""

    WORKER = "worker"
    """The worker that would do the work, with its credentials and from its network."""
    THIS_MACHINE = "this machine"
    """The command, with this machine's settings, because no worker answered: a worker may have others."""


class PlatformCheck(BaseModel):
    """Result of `SageMakerPlatformCheck`. Times are UTC."""

    platform: str
    ok: bool = Field(default=True, description="Whether no check failed; one that could not be made is no failure.")
    checked_by: Checker = Checker.WORKER
    checked_at: datetime
    region: str | None = None
    auth_method: str | None = Field(default=None, description="How the platform authenticates, as configured.")
    account: str | None = Field(default=None, description="Account id that the credentials belong to.")
    identity: str | None = Field(default=None, description="ARN that the credentials belong to.")
    credentials_expire_at: datetime | None = Field(
        default=None, description="When the keys in use end; they are renewed before. Null for keys without an end."
    )
    event_queue: str | None = Field(
        default=None, description="ARN of the queue of the platform's events; null where it has none."
    )
    last_event_at: datetime | None = Field(
        default=None,
        description="When this worker last received an event of the platform; null if none has come since it started.",
    )
    checks: list[Check] = Field(default_factory=list)

    def after(self, checks: Sequence[Check]) -> Self:
        """Put other checks before these, and count them in."""
        return self._with([*checks, *self.checks])

    def with_check(self, check: Check) -> Self:
        """Add a check, and count it in."""
        return self._with([*self.checks, check])

    def _with(self, checks: list[Check]) -> Self:
        return self.model_copy(update={"checks": checks, "ok": all(check.ok is not False for check in checks)})
