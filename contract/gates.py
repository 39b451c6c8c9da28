"""How Callback steps and model packages are answered: rules of the input, and what a person sends."""

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from contract.spelling import InputDocument, limit, one_of

MAX_GATE_SECONDS: Final = 28 * 24 * 3600.0
"""AWS ends an execution after 672 hours (service quota)."""

ANY_STEP: Final = "*"

# Limits: the shapes SendPipelineExecutionStepSuccessRequest, …FailureRequest and UpdateModelPackageInput.
MAX_STEP_OUTPUTS: Final = 50
MAX_STEP_REASON_CHARS: Final = 256
MAX_APPROVAL_REASON_CHARS: Final = 1024
MAX_BY_CHARS: Final = 100

Seconds = Annotated[float, Field(gt=0, le=MAX_GATE_SECONDS)]
StepName = Annotated[str, Field(min_length=1, max_length=256)]


def _one_line(text: str) -> str:
    if text.isprintable():
        return text
    raise ValueError("must be one line of printable characters: AWS takes no line break here")


Line = Annotated[str, AfterValidator(_one_line)]


def _have_names(outputs: dict[str, str]) -> dict[str, str]:
    if all(name and name.isprintable() for name in outputs):
        return outputs
    raise ValueError("each output must have a name, in one line of printable characters")


class AnsweredBy(StrEnum):
    """Who answers a Callback step."""

    PERSON = "person"
    """A person, by the update `answer_step` or the commands `approve` and `reject`."""
    ELSEWHERE = "elsewhere"
    """The reader of its queue; the run only shows that it waits."""


class OnCallbackTimeout(StrEnum):
    """The answer to a Callback step whose time is over."""

    FAIL = "fail"
    SUCCEED = "succeed"


class OnCancel(StrEnum):
    """What a stop of the run does with a Callback step that waits."""

    FAIL = "fail"
    LEAVE = "leave"


class OnApprovalTimeout(StrEnum):
    """How a run ends whose packages were not approved in time."""

    FAIL = "fail"
    LEAVE = "leave"


class CallbackRule(InputDocument):
    """How a Callback step is answered."""

    answered_by: Annotated[AnsweredBy, BeforeValidator(one_of(AnsweredBy))] = Field(
        default=AnsweredBy.ELSEWHERE, description="`person` or `elsewhere` (the reader of the queue)."
    )
    timeout: Seconds | None = Field(
        default=None,
        description="Seconds from AWS's StartTime of the step until the worker answers it; where AWS shows no "
        "StartTime, from when the run first saw the step wait.",
    )
    on_timeout: Annotated[OnCallbackTimeout, BeforeValidator(one_of(OnCallbackTimeout))] = Field(
        default=OnCallbackTimeout.FAIL, description="The answer at the timeout: `fail` or `succeed`."
    )
    on_cancel: Annotated[OnCancel, BeforeValidator(one_of(OnCancel))] = Field(
        default=OnCancel.LEAVE,
        description="What a stop of the run does with the step: `fail` answers it, because AWS stops no execution "
        "before that; `leave` waits.",
    )

    @model_validator(mode="after")
    def _only_for_a_person(self) -> Self:
        if self.answered_by is AnsweredBy.ELSEWHERE and (self.timeout is not None or self.on_cancel is OnCancel.FAIL):
            raise ValueError(
                'timeout and on_cancel need "answered_by": "person"; a step that is answered elsewhere is only shown'
            )
        return self


Callbacks = dict[StepName, CallbackRule]
"""By the step's name; `*` is for all Callback steps without a rule of their own."""


def rule_for(callbacks: Callbacks, step: str) -> CallbackRule:
    """Return the rule of a step."""
    return callbacks.get(step) or callbacks.get(ANY_STEP) or CallbackRule()


class ApprovalRule(InputDocument):
    """Whether and how a run waits until the model packages that it registered are approved."""

    wait: bool = True
    timeout: Seconds | None = Field(default=None, description="Seconds from the end of the execution.")
    on_timeout: Annotated[OnApprovalTimeout, BeforeValidator(one_of(OnApprovalTimeout))] = Field(
        default=OnApprovalTimeout.FAIL,
        description="`fail` ends the run as failed, `leave` as a success with the packages still pending.",
    )
    group: Annotated[str, Field(min_length=1, max_length=63)] | None = Field(
        default=None, description="Wait only for packages of this model package group."
    )


class Outcome(StrEnum):
    """How a Callback step is answered."""

    SUCCESS = "success"
    FAILURE = "failure"


def _signed(reason: str, by: str) -> str:
    return f"{reason} (by {by})" if reason and by else reason or (f"by {by}" if by else "")


class AnswerRequest(InputDocument):
    """The argument of the update `answer_step`."""

    step: StepName = Field(description="The step's name; of a step in a ForEach step, its key such as `Loop[3]/Check`.")
    outcome: Annotated[Outcome, BeforeValidator(one_of(Outcome))] = Outcome.SUCCESS
    outputs: Annotated[
        dict[Annotated[str, Field(max_length=256)], Annotated[str, Field(max_length=1024), limit(_one_line)]],
        Field(max_length=MAX_STEP_OUTPUTS),
        limit(_have_names),
    ] = Field(default_factory=dict, description="Output parameters of the step, for `success` only.")
    reason: Line = ""
    by: Annotated[Line, Field(max_length=MAX_BY_CHARS)] = Field(
        default="", description="Who answers: a claim, since Temporal does not authenticate it."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.outputs and self.outcome is Outcome.FAILURE:
            raise ValueError("outputs belong to the outcome success; leave them out of a failure")
        if len(self.signed_reason) > MAX_STEP_REASON_CHARS:
            raise ValueError(
                f"reason and by must have at most {MAX_STEP_REASON_CHARS} characters together: AWS takes no more"
            )
        return self

    @property
    def signed_reason(self) -> str:
        """The reason with who gives it."""
        return _signed(self.reason, self.by)


class ApprovalRequest(InputDocument):
    """The argument of the updates `approve` and `reject`."""

    model_package_arn: Annotated[str, Field(min_length=1, max_length=2048)] | None = Field(
        default=None, description="Which package; it may be left out where only one waits."
    )
    reason: Line = ""
    by: Annotated[Line, Field(max_length=MAX_BY_CHARS)] = Field(
        default="", description="Who decides: a claim, since Temporal does not authenticate it."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.signed_reason) > MAX_APPROVAL_REASON_CHARS:
            raise ValueError(
                f"reason and by must have at most {MAX_APPROVAL_REASON_CHARS} characters together: AWS takes no more"
            )
        return self

    @property
    def signed_reason(self) -> str:
        """The reason with who gives it."""
        return _signed(self.reason, self.by)


class GateAnswer(BaseModel):
    """The answer of the updates `answer_step`, `approve` and `reject`: what AWS took."""

    message: str
    step: str | None = None
    model_package_arn: str | None = None


class GateRefusal(StrEnum):
    """Types of the failures with which these updates are refused, beside `InvalidInput` and those of AWS."""

    NOT_WAITING = "NotWaiting"
    """The step or package does not wait, or not any more: the message says who was first, as far as AWS says it."""
    NOT_ALLOWED = "NotAllowed"
    """The step is answered elsewhere, by the run's input."""
