"""Pipelines with gates, and what tests ask of them."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from activities.answering.callbacks import CallbackAnswers
from activities.gate_models import AnswerOutcome
from activities.resources.members import moment
from activities.results import documents
from activities.results.step import name_of
from contract.gates import GateAnswer
from contract.names import ANSWER_STEP_UPDATE
from contract.pipeline_document import PipelineRunDocument
from tests.standin.definitions import JsonObject, job, step
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Run, Stage

QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/approvals"
PERSON: JsonObject = {"*": {"answered_by": "person"}}


def callback(name: str = "Check", **more: Any) -> JsonObject:
    """A Callback step with an output `rows`."""
    outputs = [{"OutputName": "rows", "OutputType": "String"}]
    return {**step(name, "Callback"), "SqsQueueUrl": QUEUE, "OutputParameters": outputs, **more}


def registration(name: str = "Register", group: str = "", **arguments: Any) -> JsonObject:
    """A step that registers a model package, pending unless told otherwise."""
    return step(name, "RegisterModel", ModelPackageGroupName=group or f"g-{uuid.uuid4().hex[:10]}", **arguments)


def with_callback(stage: Stage, *names: str, then_seconds: float = 1) -> str:
    """Create a pipeline of Callback steps that all wait at once, and a job of `then_seconds` behind the first."""
    steps = [callback(name) for name in names or ("Check",)]
    return stage.standin.create([*steps, job("After", needs=[steps[0]["Name"]], seconds=then_seconds)])


UNSTARTED = "Unstarted"
"""The name of a step that `without_starts` is about."""


@contextmanager
def without_starts() -> Iterator[None]:
    """Let AWS show no start of steps named `UNSTARTED`; of others it does."""

    def hidden(answer: Any, member: str | None) -> datetime | None:
        is_hidden = member == "StartTime" and answer.get("StepName") == UNSTARTED
        return None if is_hidden else moment(answer, member)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "moment", hidden)
        yield


NAMELESS = "Nameless"
"""The name of a step that `without_names` is about."""


@contextmanager
def without_names() -> Iterator[None]:
    """Let AWS show no name of steps named `NAMELESS`: the shape StepName may be empty."""

    def hidden(step: Any) -> str:
        name = name_of(step)
        return "" if name == NAMELESS else name

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "name_of", hidden)
        yield


@contextmanager
def refusing(pipeline: str, name: str) -> Iterator[None]:
    """Let AWS refuse the answers of runs to a step, although it waits."""
    send = CallbackAnswers._send  # noqa: SLF001 — what AWS says of one step is not in the stand-in's faults

    async def refused_by_aws(answers: CallbackAnswers, platform: Any, request: Any, token: str) -> Any:
        if request.step == name and f":pipeline/{pipeline}/" in request.execution_arn:
            raise ApplicationError("not this one", type="InvalidInput", non_retryable=True)
        return await send(answers, platform, request, token)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CallbackAnswers, "_send", refused_by_aws)
        yield


class Holding:
    """Answers to Callback steps that are on their way to AWS until they are released."""

    def __init__(self) -> None:
        self.answers = 0
        self.released = asyncio.Event()


@contextmanager
def holding(pipeline: str) -> Iterator[Holding]:
    """Let AWS take the answers of runs to the steps of a pipeline only once they are released."""
    held = Holding()
    send = CallbackAnswers._send  # noqa: SLF001 — requests do not name their pipeline, by which faults choose

    async def sent(answers: CallbackAnswers, platform: Any, request: Any, token: str) -> Any:
        if f":pipeline/{pipeline}/" not in request.execution_arn:
            return await send(answers, platform, request, token)
        held.answers += 1
        await held.released.wait()
        return AnswerOutcome(taken=True, why=f"AWS took the answer to the step '{request.step}'.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CallbackAnswers, "_send", sent)
        yield held


async def waits(run: Run, count: int = 1) -> PipelineRunDocument:
    """Wait until so many gates of a run are open, and of all Callback steps the token is shown."""
    return await run.reaches(
        lambda document: len(document.gates) == count and all(gate.since is not None for gate in document.gates)
    )


async def update(run: Run, name: str, **request: Any) -> GateAnswer:
    """Send an update of a gate; its answer."""
    answer: GateAnswer = await asyncio.wait_for(
        run.handle.execute_update(name, request, result_type=GateAnswer), PATIENCE_SECONDS
    )
    return answer


async def refused(run: Run, name: str, **request: Any) -> ApplicationError:
    """Send an update of a gate that is refused; why."""
    with pytest.raises(WorkflowUpdateFailedError) as raised:
        await update(run, name, **request)
    assert isinstance(raised.value.cause, ApplicationError), raised.value.cause
    return raised.value.cause


async def answer(run: Run, step_name: str = "Check", **request: Any) -> GateAnswer:
    """Send `answer_step`."""
    return await update(run, ANSWER_STEP_UPDATE, step=step_name, **request)


def answers(stage: Stage) -> int:
    """How many answers to Callback steps AWS has taken since the test began."""
    names = ("SendPipelineExecutionStepSuccess", "SendPipelineExecutionStepFailure")
    return sum(stage.calls(name)["by_code"].get("OK", 0) for name in names)


def token_of(stage: Stage, pipeline: str, name: str = "Check") -> str:
    """The callback token of a step that waits."""
    arn = stage.the_execution(pipeline)["execution_arn"]
    return str(stage.standin.steps(arn)[name]["Metadata"]["Callback"]["CallbackToken"])


async def continued(run: Run) -> bool:
    """Whether the run was continued as new."""
    description = await run.handle.describe()
    history = await run.handle.fetch_history()
    first = history.events[0].workflow_execution_started_event_attributes
    return first.first_execution_run_id != description.run_id
