"""What starts and stops ask of AWS, and what they make of its answers."""

import asyncio
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities import stopping
from activities.aws import calls as aws_calls
from activities.aws.calls import SageMakerCalls
from activities.aws.rate_limit.limit import RateLimit
from activities.aws.rate_limit.turns import Priority
from activities.executions import ExecutionActivities
from activities.models import DescribeRequest, FollowedExecution, Observation, StartRequest, StopOutcome, StopRequest
from activities.resources.kind import ResourceKind
from activities.resources.table import PIPELINE_EXECUTION
from activities.starting import refusals
from activities.starting.rerun import Reruns
from contract.rerun import Rerun, SelectiveExecution
from tests.unit.activities.attempt import attempt, beats_of
from tests.unit.activities.scripted_aws import ARN, Answer, ScriptedAws, refusal, reply

START = StartRequest(platform="default", pipeline_name="churn", client_request_token="t" * 32, check_parameters=False)
STOP = StopRequest(platform="default", execution_arn=ARN, client_request_token="s" * 32)
STARTED = reply(PipelineExecutionArn=ARN)
EXECUTING = reply(PipelineExecutionStatus="Executing")
DENIED = refusal("AccessDeniedException", "not authorized")
LOST = Answer("<html></html>", 502, "text/html")


class Wakes:
    """A poller that only takes note of who is woken."""

    def __init__(self) -> None:
        self.woken: list[str] = []

    def wake(self, kind: ResourceKind, arn: str) -> None:
        """Take note."""
        assert kind is PIPELINE_EXECUTION
        self.woken.append(arn)


@pytest.fixture
def poller() -> Wakes:
    """Who is woken."""
    return Wakes()


@pytest.fixture
def activities(calls: SageMakerCalls, poller: Wakes) -> ExecutionActivities:
    """The activities on the scripted AWS."""
    return ExecutionActivities(calls, poller)


async def failed(attempt_number: int, run: Any, *arguments: Any, left: list[Any] | None = None) -> ApplicationError:
    """The failure of an activity's attempt."""
    with pytest.raises(ApplicationError) as raised:
        await attempt(attempt_number, *(left or [])).run(run, *arguments)
    return raised.value


async def test_the_least_start_asks_for_nothing_else(aws: ScriptedAws, activities: ExecutionActivities) -> None:
    """What the caller left out is left out, not null; a first look comes with the start."""
    aws.script += [STARTED, EXECUTING]
    followed = await attempt().run(activities.start_pipeline_execution, START)
    assert followed == FollowedExecution(
        execution_arn=ARN,
        poll_interval=7,
        heartbeat_timeout=8,
        observed=Observation(sagemaker_status="Executing"),
    )
    assert aws.requests == [
        ("StartPipelineExecution", {"PipelineName": "churn", "ClientRequestToken": "t" * 32}),
        ("DescribePipelineExecution", {"PipelineExecutionArn": ARN}),
    ]


async def test_a_start_passes_everything_on(aws: ScriptedAws, activities: ExecutionActivities) -> None:
    """The whole request, in AWS's words."""
    aws.script += [STARTED, EXECUTING]
    request = START.model_copy(
        update={
            "parameters": {"b": "1", "A": "True"},
            "display_name": "run-1",
            "description": "nightly",
            "max_parallel_steps": 2,
            "pipeline_version_id": 3,
            "mlflow_experiment_name": "churn",
            "role_arn": "arn:aws:iam::111122223333:role/Pipeline",
            "selective_execution": SelectiveExecution.model_validate(
                {"source_pipeline_execution_arn": ARN, "selected_steps": [{"step_name": "a"}, {"step_name": "b"}]}
            ),
        }
    )
    await attempt().run(activities.start_pipeline_execution, request)
    assert aws.requests[0][1] == {
        "PipelineName": "churn",
        "ClientRequestToken": "t" * 32,
        "PipelineParameters": [{"Name": "b", "Value": "1"}, {"Name": "A", "Value": "True"}],
        "PipelineExecutionDisplayName": "run-1",
        "PipelineExecutionDescription": "nightly",
        "ParallelismConfiguration": {"MaxParallelExecutionSteps": 2},
        "PipelineVersionId": 3,
        "MlflowExperimentName": "churn",
        "RoleArn": "arn:aws:iam::111122223333:role/Pipeline",
        "SelectiveExecutionConfig": {
            "SourcePipelineExecutionArn": ARN,
            "SelectedSteps": [{"StepName": "a"}, {"StepName": "b"}],
        },
    }


async def test_a_selection_without_a_source_leaves_it_out(aws: ScriptedAws, activities: ExecutionActivities) -> None:
    """AWS takes the latest execution then."""
    aws.script += [STARTED, EXECUTING]
    selection = SelectiveExecution.model_validate({"selected_steps": [{"step_name": "a"}]})
    await attempt().run(
        activities.start_pipeline_execution, START.model_copy(update={"selective_execution": selection})
    )
    assert aws.requests[0][1]["SelectiveExecutionConfig"] == {"SelectedSteps": [{"StepName": "a"}]}


async def test_a_first_look_that_fails_is_left_to_the_watch(aws: ScriptedAws, activities: ExecutionActivities) -> None:
    """The start itself has succeeded."""
    aws.script += [STARTED, refusal("ResourceNotFound", "does not exist")]
    followed = await attempt().run(activities.start_pipeline_execution, START)
    assert (followed.execution_arn, followed.observed) == (ARN, Observation())


@pytest.mark.parametrize(
    ("answer", "earlier", "final"),
    [
        (DENIED, (3, {"refused_up_to": 2}), True),
        (DENIED, (3, {"refused_up_to": 1}), False),
        (DENIED, (2, {"refused_up_to": 1}), False),
        (LOST, (1000,), False),
        (refusal("ValidationException", "no"), (9,), True),
    ],
    ids=["refused each time", "after an unknown outcome", "too early", "no answer", "an answer under the token"],
)
async def test_a_start_is_given_up_only_when_nothing_can_have_started(
    aws: ScriptedAws, activities: ExecutionActivities, answer: Answer, earlier: tuple[Any, ...], *, final: bool
) -> None:
    """A refusal at the door says nothing about an earlier attempt whose outcome is unknown."""
    aws.script.append(answer)
    number, *left_behind = earlier
    failure = await failed(number, activities.start_pipeline_execution, START, left=left_behind)
    assert failure.non_retryable is final


async def test_an_attempt_leaves_behind_whether_it_was_refused(
    aws: ScriptedAws, activities: ExecutionActivities
) -> None:
    """Throttling started nothing; a lost reply may have."""
    for answer, left in ((refusal("ThrottlingException", "Rate exceeded"), [1]), (LOST, [])):
        aws.script.append(answer)
        environment = attempt()
        beats = beats_of(environment)
        with pytest.raises(ApplicationError):
            await environment.run(activities.start_pipeline_execution, START)
        assert [beat.refused_up_to for beat in beats] == left


NOTHING_TO_STOP = refusal("ValidationException", "Only pipelines with 'Executing' status can be stopped.")


async def test_a_missing_pipeline_and_a_missing_execution_are_told_apart(
    aws: ScriptedAws, activities: ExecutionActivities
) -> None:
    """AWS has one code for both."""
    aws.script += [refusal("ResourceNotFound", "does not exist")] * 3
    describe = DescribeRequest(platform="default", execution_arn=ARN)
    failures = [
        await failed(1, activities.start_pipeline_execution, START),
        await failed(1, activities.describe_pipeline_execution, describe),
        await failed(1, activities.stop_pipeline_execution, STOP),
    ]
    assert [(failure.type, failure.non_retryable) for failure in failures] == [
        ("PipelineNotFound", True),
        ("ExecutionNotFound", True),
        ("ExecutionNotFound", False),
    ], "an execution that cannot be stopped because it is not visible yet must be stopped once it is"


async def test_a_stop_wakes_the_watch(aws: ScriptedAws, activities: ExecutionActivities, poller: Wakes) -> None:
    """Its effect is seen at once."""
    aws.script.append(reply(PipelineExecutionArn=ARN))
    outcome = await attempt().run(activities.stop_pipeline_execution, STOP)
    assert outcome == StopOutcome(accepted=True, why="AWS accepted the stop")
    assert aws.requests == [("StopPipelineExecution", {"PipelineExecutionArn": ARN, "ClientRequestToken": "s" * 32})]
    assert poller.woken == [ARN]


async def test_a_stop_that_comes_too_late_is_no_error(
    aws: ScriptedAws, activities: ExecutionActivities, poller: Wakes
) -> None:
    """What it came too late for is seen at once, too."""
    aws.script += [NOTHING_TO_STOP, reply(PipelineExecutionStatus="Succeeded")]
    outcome = await attempt().run(activities.stop_pipeline_execution, STOP)
    assert not outcome.accepted
    assert "Only pipelines with 'Executing' status can be stopped" in outcome.why
    assert poller.woken == [ARN]


@pytest.mark.parametrize("status", ["Executing", "Paused"])
async def test_a_refusal_that_does_not_fit_the_status_is_not_believed(
    aws: ScriptedAws, activities: ExecutionActivities, status: str
) -> None:
    """It may run again, or what AWS reads may lag: the stop is sent again until the execution stops or ends."""
    aws.script += [NOTHING_TO_STOP, reply(PipelineExecutionStatus=status)]
    failure = await failed(1000, activities.stop_pipeline_execution, STOP)
    assert (failure.type, failure.non_retryable) == ("StopRefused", False)
    assert status in failure.message


async def test_a_stop_whose_refusal_is_reworded_is_sent_again(
    aws: ScriptedAws, activities: ExecutionActivities
) -> None:
    """AWS has one code for this and for a malformed ARN, and has changed texts before: a describe decides."""
    reworded = refusal("ValidationException", "This execution cannot be stopped")
    aws.script += [
        reworded,
        reply(PipelineExecutionStatus="Executing"),
        reworded,
        reply(PipelineExecutionStatus="Failed"),
    ]
    failure = await failed(1, activities.stop_pipeline_execution, STOP)
    assert (failure.type, failure.non_retryable) == ("StopRefused", False)
    assert not (await attempt().run(activities.stop_pipeline_execution, STOP)).accepted


async def test_a_start_that_cannot_be_asked_for_goes_back_to_the_workflow(
    aws: ScriptedAws, activities: ExecutionActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a durable timer waits, and a cancel ends the run at once; an attempt that left things open stays."""
    monkeypatch.setattr(refusals, "ATTEMPTS_BEFORE_DEFERRING", 1)
    aws.script += [refusal("ThrottlingException", "Rate exceeded")] * 2
    put_off = await failed(1, activities.start_pipeline_execution, START)
    open_outcome = await failed(2, activities.start_pipeline_execution, START)
    assert [(failure.type, failure.non_retryable) for failure in (put_off, open_outcome)] == [
        ("StartPutOff", True),
        ("Throttled", False),
    ]


async def test_an_action_without_a_turn_was_never_sent(
    aws: ScriptedAws, activities: ExecutionActivities, calls: SageMakerCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start goes back to the workflow's timer, with its earlier attempts or not; a stop is asked for again."""
    monkeypatch.setattr(aws_calls, "LONGEST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(calls, "_limits", {"default": RateLimit("default", 0.001)})
    await calls.limit(aws.platform).turn(Priority.ACTION)
    failures = [
        await failed(1, activities.start_pipeline_execution, START),
        await failed(2, activities.start_pipeline_execution, START, left=[{"refused_up_to": 1}]),
        await failed(2, activities.start_pipeline_execution, START),
        await failed(1, activities.stop_pipeline_execution, STOP),
    ]
    assert [(failure.type, failure.non_retryable) for failure in failures] == [
        ("StartPutOff", True),
        ("StartPutOff", True),
        ("Throttled", False),
        ("Throttled", False),
    ]
    assert failures[0].message.startswith("NoTurnError: no turn came within 0.01 s; nothing was sent")
    assert aws.requests == []


async def test_a_stop_between_two_steps_is_repeated_quickly(
    aws: ScriptedAws, activities: ExecutionActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The conflict is over in a moment; one that lasts is left to Temporal's retries."""
    monkeypatch.setattr(stopping, "CONFLICT_DELAY_SECONDS", 0)
    conflict = refusal("ConflictException", "try again")
    aws.script += [conflict] * stopping.CONFLICT_RETRIES + [reply(PipelineExecutionArn=ARN)]
    assert (await attempt().run(activities.stop_pipeline_execution, STOP)).accepted
    aws.script += [conflict] * (stopping.CONFLICT_RETRIES + 1) + [EXECUTING]
    failure = await failed(100, activities.stop_pipeline_execution, STOP)
    assert (failure.type, failure.non_retryable) == ("Conflict", False)
    assert aws.script == []


async def test_a_stop_is_never_given_up_for_a_permission(aws: ScriptedAws, activities: ExecutionActivities) -> None:
    """A person waits for it, and what is refused now may be granted in a minute."""
    aws.script.append(DENIED)
    failure = await failed(1000, activities.stop_pipeline_execution, STOP)
    assert (failure.type, failure.non_retryable) == ("AccessDenied", False)


async def test_reading_that_takes_too_long_sends_a_start_back_to_the_workflow(
    aws: ScriptedAws, activities: ExecutionActivities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempt must be able to say that nothing was sent, which one that Temporal ends cannot."""

    async def source(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(refusals, "READING_SECONDS", 0.01)
    monkeypatch.setattr(Reruns, "source", source)
    slow = START.model_copy(update={"rerun": Rerun(execution_arn=ARN)})
    failures = [
        await failed(1, activities.start_pipeline_execution, slow),
        await failed(2, activities.start_pipeline_execution, slow, left=[{"refused_up_to": 1}]),
        await failed(2, activities.start_pipeline_execution, slow),
    ]
    assert [(failure.type, failure.non_retryable) for failure in failures] == [
        ("StartPutOff", True),
        ("StartPutOff", True),
        ("AwsUnavailable", False),
    ]
    assert "nothing was sent" in failures[0].message
    assert aws.requests == []
