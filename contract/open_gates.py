"""What a run waits for that a person or another system answers, as the run document shows it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, Field

from contract.gates import AnsweredBy, Callbacks, OnCallbackTimeout, OnCancel, rule_for
from contract.steps import StepDocument

MAX_GATES: Final = 20
"""In one document."""

_MAX_HOLDUPS_SHOWN: Final = 3


class Approval(StrEnum):
    """AWS's ModelApprovalStatus; `NotShown` of a version for which AWS shows none, `Deleted` of one that is gone."""

    PENDING = "PendingManualApproval"
    APPROVED = "Approved"
    REJECTED = "Rejected"
    NOT_SHOWN = "NotShown"
    DELETED = "Deleted"


class ModelPackage(BaseModel):
    """A model package that the execution registered."""

    model_package_arn: str
    step: str = Field(default="", description="The RegisterModel step.")
    status: str | None = Field(
        default=None,
        description="AWS's ModelApprovalStatus; `NotShown` if AWS shows none of a version, `Deleted` if it is gone.",
    )
    description: str | None = Field(default=None, description="AWS's ApprovalDescription.")
    by: str | None = Field(default=None, description="Who changed it last, as AWS names them.")

    @property
    def name(self) -> str:
        """Group and version, such as `churn/3`."""
        return self.model_package_arn.partition(":model-package/")[2] or self.model_package_arn

    @property
    def is_version(self) -> bool:
        """Whether it is a version of a model package group; other packages have no approval status."""
        return "/" in self.name

    @property
    def group(self) -> str:
        """Its model package group, in AWS's lower case."""
        return self.name.partition("/")[0]


class GateKind(StrEnum):
    """What is waited for."""

    CALLBACK = "callback"
    APPROVAL = "approval"


class Gate(BaseModel):
    """A Callback step or a model package that waits for an answer."""

    kind: GateKind
    step: str = Field(description="The Callback step, or the step that registered the package.")
    model_package_arn: str | None = None
    queue: str | None = Field(default=None, description="The SQS queue that got the message of the Callback step.")
    attempt: int | None = Field(default=None, description="Which attempt of the Callback step.")
    since: datetime | None = None
    until: datetime | None = Field(default=None, description="When it is answered without a person; null for never.")
    answered_by: AnsweredBy = AnsweredBy.PERSON
    token_shown: bool | None = Field(
        default=None,
        description="Whether AWS shows the token of the Callback step, without which only the reader of its queue can "
        "answer it.",
    )
    on_timeout: OnCallbackTimeout = OnCallbackTimeout.FAIL
    on_cancel: OnCancel = OnCancel.LEAVE

    @property
    def subject(self) -> str:
        """What waits, such as `step Approve` or `model package churn/3`."""
        if self.model_package_arn is None:
            return f"step {self.step}"
        return f"model package {ModelPackage(model_package_arn=self.model_package_arn).name}"

    @property
    def is_for_a_person(self) -> bool:
        """Whether the run takes a person's answer."""
        return self.answered_by is AnsweredBy.PERSON

    @property
    def what_ends_it(self) -> str:
        """Who or what answers it, in words."""
        if self.kind is GateKind.APPROVAL:
            return "it is approved or rejected here, in the SageMaker console, or by anything else"
        if self.answered_by is AnsweredBy.ELSEWHERE:
            return "the reader of its queue answers it, with SendPipelineExecutionStepSuccess or …Failure"
        if self.token_shown is False:
            return "AWS does not show its callback token, so that only the reader of its queue can answer it"
        return "a person answers it, with the command 'approve' or 'reject'"


def timed_without_start(steps: Iterable[StepDocument], callbacks: Callbacks) -> list[str]:
    """Return the keys of the waits that have a timeout, and of which AWS shows no start from which it would count."""
    waits = (step for step in steps if step.is_open and step.is_callback and step.started_at is None)
    return [_wait_key(step) for step in waits if rule_for(callbacks, step.name).timeout is not None]


def callback_gates(
    steps: Iterable[StepDocument], callbacks: Callbacks, first_seen: Mapping[str, datetime] | None = None
) -> list[Gate]:
    """Return all Callback steps that wait for an answer, in the order of the steps.

    Args:
        steps: Those of the execution.
        callbacks: The rules of the input.
        first_seen: When the run first saw each wait that `timed_without_start` returns, by its key.
    """
    gates, seen = [], first_seen or {}
    for step in steps:
        if step.is_open and step.is_callback:
            rule = rule_for(callbacks, step.name)
            began = step.started_at or seen.get(_wait_key(step))
            until = began + timedelta(seconds=rule.timeout) if began and rule.timeout else None
            gates.append(
                Gate(
                    kind=GateKind.CALLBACK,
                    step=step.key,
                    queue=step.details.get("queue"),
                    attempt=step.attempt,
                    since=step.started_at,
                    until=until,
                    answered_by=rule.answered_by,
                    token_shown=step.token_shown,
                    on_timeout=rule.on_timeout,
                    on_cancel=rule.on_cancel,
                )
            )
    return gates


def held_up_by(steps: Iterable[StepDocument], gates: Sequence[Gate]) -> str | None:
    """Return what a stop waits for, and what ends the wait; None where no step is known to hold it up.

    AWS stops an execution only after its Callback steps are answered and its Lambda functions have returned
    (StopPipelineExecution, API reference).
    """
    waits = [_wait(step) for step in steps if step.is_open and step.waits_for]
    if not waits:
        return None
    shown = {gate.step: gate for gate in gates if gate.kind is GateKind.CALLBACK}
    ends = [f"step '{name}': {_answer_after_stop(gate)}" for name, gate in shown.items()]
    why = f" AWS stops the execution once it is answered: {_first(ends)}." if ends else ""
    return f"The stop is held up: {_first(waits)}.{why}"


def _wait_key(step: StepDocument) -> str:
    return f"{step.seen_key}/{step.attempt}"


def _first(texts: Sequence[str]) -> str:
    others = len(texts) - _MAX_HOLDUPS_SHOWN
    return "; ".join([*texts[:_MAX_HOLDUPS_SHOWN], *([f"and {others} more"] if others > 0 else [])])


def _wait(step: StepDocument) -> str:
    queue = step.details.get("queue")
    return f"step '{step.key}' waits for {step.waits_for}{f' {queue}' if queue else ''}"


def _answer_after_stop(gate: Gate) -> str:
    if gate.on_cancel is OnCancel.FAIL and gate.token_shown is not False:
        return "the worker answers it as failed"
    return gate.what_ends_it
