"""Answering a Callback step exactly once, with a token that nothing keeps.

AWS shows the token of a Callback step in the metadata of its steps. It is read right before the answer is sent, and
stands in no history, log or error.
"""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, retry_delay, to_application_error
from activities.aws.platforms import Platform
from activities.gate_models import AnswerOutcome, AnswerStepRequest
from activities.redaction import Redaction
from activities.resources.members import entries, moment, text
from activities.resources.operations import ANSWER_STEP, FAIL_STEP
from activities.results.documents import step_document
from activities.results.elsewhere import callback_token
from activities.results.reading import Step, read_steps
from activities.results.step import metadata_of
from contract.gates import Outcome
from contract.steps import StepDocument

_NAMESPACE: Final = uuid.UUID("6f6a1c5e-6a53-5d0c-9b1e-5f6f1c3f7a10")

_TOO_LATE: Final = frozenset({Kind.CONFLICT, Kind.NOT_FOUND, Kind.INVALID})
"""Kinds of refusals that may mean "answered already". AWS publishes no texts of them: the steps decide."""

_ANSWERS: Final = "SendPipelineExecutionStepSuccess or SendPipelineExecutionStepFailure"

_MOST_ATTEMPTS: Final = 7
"""To answer a step that AWS refuses to answer and shows as waiting: about a minute with the backoff of `retry_delay`.
A list of steps that lags shows by then what became of the step."""


class CallbackAnswers:
    """Answers Callback steps."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls

    async def answer(self, request: AnswerStepRequest) -> AnswerOutcome:
        """Answer a step, or return why it cannot be answered: by then it has ended, or AWS shows no token.

        Raises:
            ApplicationError: Typed and retryable after `activities.aws.errors`.
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        step = await self._step(platform, request)
        token = callback_token(step) if step else None
        if step is None or token is None:
            return _without_token(step, request)
        if not _is_meant(step, request):
            started = moment(step, "StartTime")
            return AnswerOutcome(
                taken=False,
                why=f"The step '{request.step}' was started again at {_instant(started)} and waits for another answer.",
            )
        return await self._send(platform, request, token)

    async def _send(self, platform: Platform, request: AnswerStepRequest, token: str) -> AnswerOutcome:
        operation = ANSWER_STEP if request.outcome is Outcome.SUCCESS else FAIL_STEP
        try:
            await self._calls.call(platform, operation, resource=f"step={request.step}", **_arguments(request, token))
        except AwsError as error:
            if error.is_answer and error.kind in _TOO_LATE:
                step = await self._step(platform, request)
                if step is None or callback_token(step) != token:
                    return _without_token(step, request)
                raise _without_the_token(error, token, is_final=_is_final(error.kind)) from None
            raise _without_the_token(error, token) from None
        return AnswerOutcome(taken=True, why=f"AWS took the answer '{request.outcome}' to the step '{request.step}'.")

    async def _step(self, platform: Platform, request: AnswerStepRequest) -> Step | None:
        try:
            steps = await read_steps(self._calls, platform, request.execution_arn)
        except AwsError as error:
            raise to_application_error(error, attempt=activity.info().attempt) from None
        return next((step for step in steps if step_document(step, None).key == request.step), None)


def _is_final(kind: Kind) -> bool:
    """Return whether a refusal settles an answer although AWS shows that the step waits."""
    attempt = activity.info().attempt
    # At the first attempt it is about the answer itself; a later one may follow an answer whose reply was lost.
    return attempt >= _MOST_ATTEMPTS or (kind is Kind.INVALID and attempt == 1)


def _is_meant(step: Step, request: AnswerStepRequest) -> bool:
    """Return whether the step waits for the answer that was given: a step that runs again has another token."""
    document = step_document(step, None)
    if request.started_at is not None:
        return (document.started_at, document.attempt) == (request.started_at, request.attempt)
    info = activity.info()
    # An attempt that was lost may have answered; what the step waits for since then is something else.
    return info.attempt == 1 or document.started_at is None or document.started_at <= info.scheduled_time


def _without_token(step: Step | None, request: AnswerStepRequest) -> AnswerOutcome:
    """Return what it means that there is no token to answer with."""
    if step is None:
        return AnswerOutcome(taken=False, why=f"The step '{request.step}' has not started.")
    document = step_document(step, None)
    if document.is_open:
        return AnswerOutcome(taken=False, why=_not_answerable(document))
    if activity.info().attempt > 1 and _ended_as_asked(step, document, request):
        return AnswerOutcome(taken=True, why=f"AWS took the answer '{request.outcome}' to the step '{request.step}'.")
    reason = f": {document.failure_reason}" if document.failure_reason else ""
    outputs = f", with the outputs {json.dumps(_outputs(step))}" if _outputs(step) else ""
    return AnswerOutcome(
        taken=False,
        why=f"The step '{request.step}' does not wait: it ended as {document.status} at "
        f"{_instant(document.ended_at)}{outputs}{reason}. AWS does not record who answered it.",
    )


def _not_answerable(document: StepDocument) -> str:
    if document.type not in (None, "Callback"):
        return f"The step '{document.key}' does not wait for an answer: it is {document.status}."
    queue = document.details.get("queue")
    if queue is None:
        return (
            f"AWS shows neither the token nor the queue of the step '{document.key}' (yet), so that it cannot be "
            "answered from here. Send the answer again in a minute; if AWS still shows none, the reader of its queue "
            f"can answer it with {_ANSWERS}."
        )
    return (
        f"AWS does not show the callback token of the step '{document.key}', so that it cannot be answered from here. "
        f"The reader of its queue {queue} has the token: answer it with {_ANSWERS}."
    )


def _ended_as_asked(step: Step, document: StepDocument, request: AnswerStepRequest) -> bool:
    if request.outcome is Outcome.SUCCESS:
        asked = {name: value for name, value in _outputs(step).items() if name in request.outputs}
        return document.status == "Succeeded" and asked == request.outputs
    return document.status in ("Failed", "Stopped") and request.reason in (
        text(step, "FailureReason") or request.reason
    )


def _outputs(step: Step) -> dict[str, Any]:
    parameters = entries(metadata_of(step).get("Callback", {}), "OutputParameters")
    return {str(parameter.get("Name")): parameter.get("Value") for parameter in parameters}


def _arguments(request: AnswerStepRequest, token: str) -> dict[str, Any]:
    answer: Mapping[str, Any] = {}
    if request.outcome is Outcome.SUCCESS:
        answer = {"OutputParameters": [{"Name": name, "Value": value} for name, value in request.outputs.items()]}
    elif request.reason:
        answer = {"FailureReason": request.reason}
    # The same answer to the same wait has the same token, whatever is tried again; another answer has another.
    what = json.dumps([request.token_seed, request.step, token, request.outcome, answer], sort_keys=True)
    return {"CallbackToken": token, "ClientRequestToken": f"polysync-answer-{uuid.uuid5(_NAMESPACE, what)}", **answer}


def _without_the_token(error: AwsError, token: str, *, is_final: bool | None = None) -> ApplicationError:
    """Return the failure without the token, which AWS may quote; `is_final` None leaves that to the kind of error."""
    failure = to_application_error(error, attempt=activity.info().attempt)
    return ApplicationError(
        Redaction((token,), "(the callback token)").of(failure.message),
        type=failure.type,
        non_retryable=failure.non_retryable if is_final is None else is_final,
        next_retry_delay=failure.next_retry_delay or retry_delay(activity.info().attempt),
    )


def _instant(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else "an unknown time"
