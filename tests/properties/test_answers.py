"""An answer to a Callback step is given once, whatever happens to its attempts and whatever others do meanwhile."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import botocore.exceptions as boto
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from activities.answering.callbacks import CallbackAnswers
from activities.aws.errors import AwsError, Call
from activities.aws.platforms import Platform, Platforms
from activities.gate_models import AnswerOutcome, AnswerStepRequest
from activities.resources.operations import LIST_STEPS, Operation
from contract.gates import Outcome
from tests.unit.activities.attempt import attempt

ARN: Final = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn/execution/abcdef123456"
BEGAN: Final = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)
ASKED: Final = BEGAN + timedelta(minutes=1)
MOST_ATTEMPTS: Final = 12


class Weather(StrEnum):
    """What becomes of one attempt to answer."""

    FINE = "fine"
    LOST_BEFORE = "lost before"
    LOST_AFTER = "lost after"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"


class Meanwhile(StrEnum):
    """What others do before an attempt."""

    NOTHING = "nothing"
    ANSWERED = "answered"
    FAILED = "failed"
    STARTED_AGAIN = "started again"
    HIDDEN = "hidden"
    SHOWN = "shown"
    LAGS = "lags"


class KilledError(Exception):
    """The worker is gone."""


class Aws:
    """SageMaker with one execution that has one Callback step."""

    def __init__(self) -> None:
        self.platforms = Platforms([Platform(region="us-east-1")])
        self.start, self.token, self.hidden = 0, "token00000", False
        self.status, self.ended_by = "Executing", ""
        self.replies: dict[str, str] = {}
        self.answers: list[tuple[int, str]] = []
        self.stale: list[dict[str, Any]] = []
        self.weather = Weather.FINE
        self.is_idempotent = True
        self.refusal: str | None = None
        self.lists = 0

    def do(self, what: Meanwhile) -> None:
        """Let others act."""
        match what:
            case Meanwhile.ANSWERED | Meanwhile.FAILED if self.status == "Executing":
                self.status = "Succeeded" if what is Meanwhile.ANSWERED else "Failed"
                self.ended_by = "others"
            case Meanwhile.STARTED_AGAIN if self.status != "Executing":
                self.start, self.status, self.ended_by = self.start + 1, "Executing", ""
                self.token = f"token{self.start:05}"
            case Meanwhile.HIDDEN | Meanwhile.SHOWN:
                self.hidden = what is Meanwhile.HIDDEN
            case Meanwhile.LAGS:
                self.stale = [self.step()] * 3
            case _:
                pass

    async def poll(self, _platform: Platform, operation: Operation, **_request: Any) -> Any:
        """List the steps, as they were if the list lags."""
        assert operation is LIST_STEPS
        self.lists += 1
        shown = self.stale.pop() if self.stale else self.step()
        return {"PipelineExecutionSteps": [shown]}

    async def call(self, platform: Platform, operation: Operation, *, resource: str, **request: Any) -> Any:
        """Take an answer."""
        if self.weather is Weather.LOST_BEFORE:
            raise self._lost(platform, operation, resource)
        if self.weather is Weather.KILLED_BEFORE:
            raise KilledError
        answered = self.replies.get(request["ClientRequestToken"]) if self.is_idempotent else None
        if answered is None:
            is_late = request["CallbackToken"] != self.token or self.status != "Executing"
            if code := self.refusal or ("ValidationException" if is_late else None):
                text = f"Callback token '{request['CallbackToken']}' is not waiting"
                cause = boto.ClientError({"Error": {"Code": code, "Message": text}}, operation.name)
                raise AwsError(Call(operation, resource, platform.name, "us-east-1"), cause)
            self.answers.append((self.start, operation.name))
            self.status = "Succeeded" if operation.name.endswith("Success") else "Failed"
            self.ended_by = "us"
            self.replies[request["ClientRequestToken"]] = ARN
        if self.weather is Weather.LOST_AFTER:
            raise self._lost(platform, operation, resource)
        if self.weather is Weather.KILLED_AFTER:
            raise KilledError
        return {"PipelineExecutionArn": ARN}

    def _lost(self, platform: Platform, operation: Operation, resource: str) -> AwsError:
        cause = boto.ReadTimeoutError(endpoint_url="https://sagemaker")
        return AwsError(Call(operation, resource, platform.name, "us-east-1"), cause)

    def step(self) -> dict[str, Any]:
        """The step as it is."""
        callback = {"SqsQueueUrl": "https://q", **({} if self.hidden else {"CallbackToken": self.token})}
        return {
            "StepName": "Check",
            "StepStatus": self.status,
            "StartTime": BEGAN + timedelta(hours=self.start),
            "AttemptCount": 1 + self.start,
            "FailureReason": "late" if self.status == "Failed" else None,
            "Metadata": {"Callback": callback},
        }


async def course(
    aws: Aws, request: AnswerStepRequest, plan: list[tuple[Meanwhile, Weather]]
) -> tuple[AnswerOutcome | None, list[str]]:
    """Try until there is an outcome or a final error; the outcome, and all that was said on the way."""
    answers, said = CallbackAnswers(aws), []  # type: ignore[arg-type]  # as much of the calls as it needs
    for number in range(1, MOST_ATTEMPTS):
        meanwhile, aws.weather = plan[number - 1] if number <= len(plan) else (Meanwhile.NOTHING, Weather.FINE)
        aws.do(meanwhile)
        environment = attempt(number)
        environment.info = dataclasses.replace(environment.info, scheduled_time=ASKED)
        try:
            outcome: AnswerOutcome = await environment.run(answers.answer, request)
        except ApplicationError as error:
            said.append(error.message)
            if error.non_retryable:
                return None, said
        except KilledError:
            pass
        else:
            return outcome, [*said, outcome.why]
    return None, said


NOT_HEARD: Final = [(Meanwhile.NOTHING, Weather.KILLED_AFTER), (Meanwhile.STARTED_AGAIN, Weather.FINE)]
REFUSED_BEHIND_A_LAG: Final = [(Meanwhile.LAGS, Weather.LOST_BEFORE), (Meanwhile.ANSWERED, Weather.FINE)]


@example(outcome=Outcome.SUCCESS, is_pinned=True, is_idempotent=True, plan=NOT_HEARD)
@example(outcome=Outcome.SUCCESS, is_pinned=True, is_idempotent=True, plan=REFUSED_BEHIND_A_LAG)
@given(
    outcome=st.sampled_from(Outcome),
    is_pinned=st.booleans(),
    is_idempotent=st.booleans(),
    plan=st.lists(st.tuples(st.sampled_from(Meanwhile), st.sampled_from(Weather)), max_size=6),
)
def test_a_step_gets_one_answer(
    *, outcome: Outcome, is_pinned: bool, is_idempotent: bool, plan: list[tuple[Meanwhile, Weather]]
) -> None:
    """Of the start that was meant, and the outcome is true; no text has the token."""
    aws = Aws()
    aws.is_idempotent = is_idempotent
    request = AnswerStepRequest(
        platform="default",
        execution_arn=ARN,
        step="Check",
        outcome=outcome,
        reason="" if outcome is Outcome.SUCCESS else "late",
        token_seed="seed",
        started_at=BEGAN if is_pinned else None,
        attempt=1 if is_pinned else None,
    )
    found, said = asyncio.run(course(aws, request, plan))
    assert found is not None
    assert len(aws.answers) <= 1
    assert not any("token0" in text for text in said)
    started_again_first = bool(plan) and plan[0][0] is Meanwhile.STARTED_AGAIN
    if aws.answers and not started_again_first:
        assert aws.answers[0][0] == 0
    if found.taken and aws.start == 0:
        assert aws.answers or aws.status in ("Succeeded", "Failed")
    if aws.answers and aws.start == 0:
        assert found.taken


@pytest.mark.parametrize(
    ("code", "lost_before", "attempts"),
    [
        ("ValidationException", 0, 1),
        # After a lost reply the refusal may mean that AWS took the answer, and that its list lags.
        ("ValidationException", 1, 7),
        ("ConflictException", 0, 7),
        ("ResourceNotFound", 0, 7),
    ],
)
def test_an_answer_that_aws_refuses_while_the_step_waits_is_not_retried_for_ever(
    code: str, lost_before: int, attempts: int
) -> None:
    """The final error has AWS's reason and a remedy, and the step was read once more after each refusal."""
    aws = Aws()
    aws.refusal = code
    request = AnswerStepRequest(
        platform="default", execution_arn=ARN, step="Check", outcome=Outcome.SUCCESS, token_seed="seed"
    )
    found, said = asyncio.run(course(aws, request, [(Meanwhile.NOTHING, Weather.LOST_BEFORE)] * lost_before))
    assert found is None
    assert len(said) == attempts
    assert aws.lists == 2 * attempts - lost_before
    assert said[-1].startswith(f"{code}: Callback token '(the callback token)' is not waiting")
    if code == "ValidationException":
        assert said[-1].endswith("Correct the answer and send it again: the step still waits.")


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        (None, "AWS shows neither the token nor the queue of the step 'Check' (yet)"),
        ({"Callback": {}}, "AWS shows neither the token nor the queue of the step 'Check' (yet)"),
        ({"Callback": {"SqsQueueUrl": "https://q"}}, "The reader of its queue https://q has the token"),
        ({"Lambda": {"Arn": "arn:f"}}, "The step 'Check' does not wait for an answer: it is Executing."),
    ],
    ids=str,
)
def test_a_step_without_a_token_is_not_answered(metadata: Any, why: str) -> None:
    """The refusal says whether it waits, and what to do."""
    aws = Aws()
    aws.stale = [{**aws.step(), "Metadata": metadata}]
    request = AnswerStepRequest(
        platform="default", execution_arn=ARN, step="Check", outcome=Outcome.SUCCESS, token_seed="seed"
    )
    found, _ = asyncio.run(course(aws, request, []))
    assert found is not None
    assert not found.taken
    assert why in found.why
