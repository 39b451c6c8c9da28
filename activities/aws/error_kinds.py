"""The kinds of AWS errors, and what the worker knows of each; `activities.aws.error_rules` has the values."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from activities.models import QUOTA_EXCEEDED
from contract.failures import FailureType


class Kind(StrEnum):
    """What an error means for a run.

    The values are the types of activity failures, which stand in histories, and labels of metrics: they never change.
    """

    THROTTLED = "Throttled"
    UNAVAILABLE = "AwsUnavailable"
    CREDENTIALS = FailureType.CREDENTIALS_UNAVAILABLE
    QUOTA = QUOTA_EXCEEDED
    QUOTA_IS_ZERO = FailureType.QUOTA_IS_ZERO
    ACCESS = FailureType.ACCESS_DENIED
    INVALID = FailureType.INVALID_INPUT
    NOT_FOUND = "NotFound"
    IN_USE = "ResourceInUse"
    CONFLICT = FailureType.CONFLICT
    MISCONFIGURED = FailureType.PLATFORM_MISCONFIGURED
    SECRET = FailureType.SECRET_UNAVAILABLE
    SOURCE = "CredentialSourceUnavailable"
    UNKNOWN = FailureType.AWS_REFUSED


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the worker knows of one kind of error, and what it does about it."""

    meaning: str
    """For the documentation."""
    remedy: str
    """What a person can do, in one sentence, where AWS's text does not allow a more precise one."""
    codes: tuple[str, ...] = ()
    """AWS's codes."""
    exceptions: tuple[type[Exception], ...] = ()
    """What boto3 or this worker raises without an answer of AWS."""
    attempts: int | None
    """Attempts of the activity before it fails; None for an outage, during which it is retried until it succeeds."""
    patience: timedelta | None = None
    """How long a watch waits out an uninterrupted series of such errors; None for ever."""
    is_transient: bool = False
    """Whether the error says nothing about the resource, and ends for all runs at the same time."""
    lacks_credentials: bool = False
    """Whether the platform cannot be used for want of valid credentials or configuration."""
    may_have_effect: bool = False
    """Whether AWS may have done what was asked."""
    failure_type: FailureType | None = None
    """The failure that closes a run, where it has another name than the kind."""

    @property
    def is_outage(self) -> bool:
        """Whether retrying helps in the end, without anyone's doing."""
        return self.attempts is None

    @property
    def is_platform_wide(self) -> bool:
        """Whether every other call on the platform would meet the error, too."""
        return self.is_outage or self.lacks_credentials
