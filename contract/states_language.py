"""Retry and Catch as the Amazon States Language writes them, and the names of errors that they match.

Rules: "Handling errors in Step Functions workflows" (Step Functions developer guide). The first retrier that matches
counts; each retrier counts its own retries; retriers come before catchers.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from contract.retry import AnyCaseMode, RetryPolicy
from contract.spelling import InputDocument, WholeNumber

ALL: Final = "States.ALL"
TIMEOUT: Final = "States.Timeout"
TASK_FAILED: Final = "States.TaskFailed"
"""Matches every error but `States.Timeout`."""

MAX_RULES: Final = 50
MAX_NAMES: Final = 50
MAX_NAME_CHARS: Final = 256
MAX_COUNT: Final = 99_999_999
"""Of IntervalSeconds and MaxAttempts (Amazon States Language)."""
MAX_DELAY_SECONDS: Final = 31_622_399
"""MaxDelaySeconds is less than 31,622,400 (Amazon States Language)."""

ErrorNames = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARS)]], Field(min_length=1, max_length=MAX_NAMES)
]


class Jitter(StrEnum):
    """How a delay is spread."""

    NONE = "NONE"
    FULL = "FULL"
    """Any moment up to the delay."""


def _jitter(value: object) -> Jitter:
    if isinstance(value, str) and value in list(Jitter):
        return Jitter(value)
    raise ValueError(f"must be one of {', '.join(Jitter)}")


class _Rule(InputDocument):
    error_equals: ErrorNames = Field(description="Names of errors, case-sensitive; `States.ALL` alone and last.")
    comment: str | None = Field(default=None, description="Without effect.")

    def matches(self, errors: Collection[str]) -> bool:
        """Return whether a failure that answers to these names is meant."""
        return ALL in self.error_equals or any(name in errors for name in self.error_equals)


class Retrier(_Rule):
    """One entry of a Retry list: which errors, how often, after which delays."""

    interval_seconds: Annotated[WholeNumber, Field(ge=1, le=MAX_COUNT)] = Field(
        default=1, description="Seconds before the first retry."
    )
    max_attempts: Annotated[WholeNumber, Field(ge=0, le=MAX_COUNT)] = Field(
        default=3, description="Retries by this entry; 0 retries never. A run has at most 100 attempts in all."
    )
    backoff_rate: Annotated[float, Field(ge=1, le=1e6)] = Field(
        default=2.0, description="Factor by which the delay grows from retry to retry."
    )
    max_delay_seconds: Annotated[WholeNumber, Field(ge=1, le=MAX_DELAY_SECONDS)] | None = Field(
        default=None, description="Seconds that no delay exceeds."
    )
    jitter_strategy: Annotated[Jitter, BeforeValidator(_jitter)] = Field(
        default=Jitter.NONE, description="`NONE`, or `FULL`: any shorter delay."
    )
    mode: AnyCaseMode | None = Field(
        default=None,
        description="Not of Step Functions: how a pipeline's execution is retried. Left out, it is resumed, and "
        "restarted where AWS cannot resume it. A job is always restarted.",
    )

    def delay(self, retries: int, spread: float) -> float:
        """Return the seconds before this entry's next retry.

        Args:
            retries: How often it has retried before.
            spread: Random number from 0 to 1, for the jitter.
        """
        longest = float(MAX_DELAY_SECONDS if self.max_delay_seconds is None else self.max_delay_seconds)
        try:
            delay = min(self.interval_seconds * float(self.backoff_rate**retries), longest)
        except OverflowError:
            delay = longest
        return delay * spread if self.jitter_strategy is Jitter.FULL else delay


class Catcher(_Rule):
    """One entry of a Catch list: the run then completes, with `caught` in its document, instead of failing."""

    next: Annotated[str, Field(min_length=1, max_length=256)] = Field(
        description="The state that Step Functions would go on with; it stands in `caught`, where callers may read it."
    )
    result_path: Any = Field(default=None, description="Without effect: there is no state input here.")
    output: Any = Field(default=None, description="Without effect.")
    assign: Any = Field(default=None, description="Without effect.")


Rule = TypeVar("Rule", bound=_Rule)


def _all_is_alone_and_last(rules: list[Rule]) -> list[Rule]:
    for number, rule in enumerate(rules):
        if ALL in rule.error_equals and len(rule.error_equals) > 1:
            raise ValueError(f"item {number}: {ALL} must stand alone in error_equals")
        if ALL in rule.error_equals and number < len(rules) - 1:
            raise ValueError(f"item {number}: {ALL} matches everything, so it must be in the last item")
    return rules


Retriers = Annotated[list[Retrier], Field(max_length=MAX_RULES), AfterValidator(_all_is_alone_and_last)]
Catchers = Annotated[
    list[Catcher],
    Field(
        max_length=MAX_RULES,
        description="A Catch list of Step Functions: a failure that it names completes the run, with `caught` in the "
        "document.",
    ),
    AfterValidator(_all_is_alone_and_last),
]


def _form(value: object) -> str:
    return "(list)" if isinstance(value, list | tuple) else "(object)"


Retry = Annotated[Annotated[RetryPolicy, Tag("(object)")] | Annotated[Retriers, Tag("(list)")], Discriminator(_form)]
"""Retries in Polysync's words, or a list of retriers."""


def first_match(rules: Sequence[_Rule], errors: Collection[str]) -> int | None:
    """Return the position of the first rule that matches a failure; None if none does."""
    return next((number for number, rule in enumerate(rules) if rule.matches(errors)), None)


QUOTA_NAMES: Final = (
    "SageMaker.ResourceLimitExceededException",
    "SageMaker.ResourceLimitExceeded",
    "SageMaker.RESOURCE_LIMIT",
)
THROTTLING_NAMES: Final = frozenset(
    {
        "SageMaker.AmazonSageMakerException",
        "SageMaker.ThrottlingException",
        "ThrottlingException",
        "Step.THROTTLING",
        "Step.SERVICE_FAULT",
    }
)
"""What people write for throttling and outages, which a run retries without a limit and without being asked."""


def needless(rules: Iterable[Retrier]) -> list[str]:
    """Return the names in Retry lists that throttling and outages need elsewhere, and not here."""
    return sorted({name for rule in rules for name in rule.error_equals if name in THROTTLING_NAMES})
