"""How a run goes on after its execution failed: retries in Polysync's words, and the wait for a person."""

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from contract.spelling import InputDocument, WholeNumber, one_of

MAX_ATTEMPTS: Final = 100
MAX_DELAY_SECONDS: Final = 7 * 24 * 3600.0
DEFAULT_DECISION_SECONDS: Final = 24 * 3600.0
MAX_DECISION_SECONDS: Final = 28 * 24 * 3600.0


class Backoff(StrEnum):
    """How the delay grows from one retry to the next."""

    FIXED = "fixed"
    LINEAR = "linear"
    EXPONENTIAL = "exponential"


class RetryMode(StrEnum):
    """What a retry does."""

    RESUME = "resume"
    """RetryPipelineExecution: the execution goes on, steps that succeeded are neither run nor paid again."""
    RESTART = "restart"
    """A new execution from the beginning."""


class OnFailure(StrEnum):
    """What a run does when its execution failed and its retries are used up."""

    FAIL = "fail"
    WAIT = "wait"
    """It stays open for a person's `retry` or `give_up`."""


AnyCaseBackoff = Annotated[Backoff, BeforeValidator(one_of(Backoff))]
AnyCaseMode = Annotated[RetryMode, BeforeValidator(one_of(RetryMode))]
AnyCaseOnFailure = Annotated[
    OnFailure,
    BeforeValidator(one_of(OnFailure)),
    Field(description="`wait` keeps a failed run open for a person's update `retry` or `give_up`; `fail` ends it."),
]
DecisionTimeout = Annotated[
    float,
    Field(gt=0, le=MAX_DECISION_SECONDS, description="Seconds that a failed run waits for a person."),
]


class RetryPolicy(InputDocument):
    """Retries of a failed execution, in Polysync's vocabulary. Delays are durable timers."""

    max_attempts: Annotated[WholeNumber, Field(ge=1, le=MAX_ATTEMPTS)] = Field(
        default=3, description="Attempts in all, the first one included."
    )
    backoff: AnyCaseBackoff = Field(
        default=Backoff.EXPONENTIAL,
        description="`fixed` (the same delay), `linear` (longer by the initial delay each time) or `exponential` "
        "(doubling).",
    )
    initial_delay: Annotated[float, Field(ge=0, le=MAX_DELAY_SECONDS)] = Field(
        default=60.0, description="Seconds before the first retry."
    )
    max_delay: Annotated[float, Field(ge=0, le=MAX_DELAY_SECONDS)] = Field(
        default=900.0, description="Seconds that no delay exceeds."
    )
    mode: AnyCaseMode = Field(
        default=RetryMode.RESUME,
        description="`resume` goes on with the same execution and its finished steps, `restart` starts a new one.",
    )
    restart_if_not_resumable: bool = Field(
        default=False,
        description="Whether `resume` may start a new execution where AWS cannot resume the failed one.",
    )

    @model_validator(mode="after")
    def _delays_fit(self) -> Self:
        if self.initial_delay > self.max_delay:
            raise ValueError("initial_delay must not be longer than max_delay")
        return self

    def delay(self, retries: int) -> float:
        """Return the seconds before retry number `retries` (1, 2, …)."""
        match self.backoff:
            case Backoff.FIXED:
                delay = self.initial_delay
            case Backoff.LINEAR:
                delay = self.initial_delay * retries
            case Backoff.EXPONENTIAL:
                delay = self.initial_delay * 2.0 ** min(retries - 1, 64)
        return min(delay, self.max_delay)


class RetryRequest(InputDocument):
    """The argument of the update `retry`: how a person wants a failed run to go on."""

    mode: AnyCaseMode | None = Field(
        default=None, description="Left out, the execution of a pipeline is resumed, and a job is restarted."
    )
    reason: Annotated[str, Field(max_length=500)] = ""


class GiveUpRequest(InputDocument):
    """The argument of the update `give_up`."""

    reason: Annotated[str, Field(max_length=500)] = ""


class Decision(BaseModel):
    """The answer of the updates `retry` and `give_up`: what happens now."""

    message: str
    attempt: int | None = Field(default=None, description="Number of the attempt that begins; null if none does.")
    mode: RetryMode | None = Field(default=None, description="How it begins.")


class Refusal(StrEnum):
    """Types of the failures with which `retry` and `give_up` are refused, beside `InvalidInput`."""

    NOT_WAITING = "NotWaiting"
    """The run does not wait for a decision."""
    NOT_RETRYABLE = "NotRetryable"
    """It cannot be retried in this mode: the message says why."""
