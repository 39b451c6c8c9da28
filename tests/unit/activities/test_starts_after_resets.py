"""Starts and resumptions of a run that was reset: what it began before may run, and no refusal gives it up."""

from typing import Any

import pytest
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.executions import ExecutionActivities
from activities.models import ResumeOutcome, ResumeRequest
from contract.roles import PLATFORM_ROLE
from tests.unit.activities.attempt import attempt, beats_of
from tests.unit.activities.scripted_aws import ARN, Answer, ScriptedAws, refusal, reply
from tests.unit.activities.test_executions import DENIED, EXECUTING, LOST, START, STARTED, Wakes
from tests.unit.activities.test_version_aliases import CHECKED, MISSING, since

RESUME = ResumeRequest(platform="default", execution_arn=ARN, client_request_token="r" * 32)
FAILED, SUCCEEDED = reply(PipelineExecutionStatus="Failed"), reply(PipelineExecutionStatus="Succeeded")
GONE = refusal("ResourceNotFound", "Pipeline execution does not exist")
NO_STEPS = reply(PipelineExecutionSteps=[])
LATE = 20
"""An attempt after which every refusal is final."""
REFUSED = {"refused_up_to": LATE - 1, "begun": LATE - 1}


@pytest.fixture
def activities(calls: SageMakerCalls) -> ExecutionActivities:
    """The activities on the scripted AWS."""
    return ExecutionActivities(calls, Wakes())


async def failure_of(run: Any, request: Any, number: int, *left: object) -> ApplicationError:
    """The failure of an attempt."""
    with pytest.raises(ApplicationError) as raised:
        await attempt(number, *left).run(run, request)
    return raised.value


@pytest.mark.parametrize("may_be_known", [False, True])
async def test_a_refused_start_ends_a_run_that_was_not_reset(
    aws: ScriptedAws, activities: ExecutionActivities, *, may_be_known: bool
) -> None:
    """After a reset the execution may run, and the permission may come back."""
    aws.script.append(DENIED)
    request = START.model_copy(update={"may_be_known": may_be_known})
    failure = await failure_of(activities.start_pipeline_execution, request, LATE, REFUSED)
    assert (failure.type, failure.non_retryable) == ("AccessDenied", not may_be_known)


@pytest.mark.parametrize(
    ("may_be_known", "left", "type_and_end"),
    [
        (False, [REFUSED], ("InvalidInput", True)),
        (False, [], ("PlatformMisconfigured", False)),
        (True, [REFUSED], ("PlatformMisconfigured", False)),
    ],
    ids=["never sent", "after a lost reply", "after a reset of the run"],
)
async def test_a_role_that_the_platform_no_longer_has_is_waited_for(
    aws: ScriptedAws,
    activities: ExecutionActivities,
    left: list[Any],
    type_and_end: tuple[str, bool],
    *,
    may_be_known: bool,
) -> None:
    """The token takes the same request, and so nothing is sent without the role."""
    request = START.model_copy(update={"role_arn": PLATFORM_ROLE, "may_be_known": may_be_known})
    failure = await failure_of(activities.start_pipeline_execution, request, LATE, *left)
    assert (failure.type, failure.non_retryable) == type_and_end
    assert "default_role_arn" in failure.message
    assert aws.requests == []


@pytest.mark.parametrize(("answer", "why"), [(EXECUTING, "It runs already"), (SUCCEEDED, "It has succeeded")])
async def test_what_was_resumed_before_a_reset_is_followed(
    aws: ScriptedAws, activities: ExecutionActivities, answer: Answer, why: str
) -> None:
    """The permission to resume is gone, and the execution goes on."""
    aws.script += [DENIED, answer]
    request = RESUME.model_copy(update={"may_be_known": True})
    outcome: ResumeOutcome = await attempt(LATE, REFUSED).run(activities.retry_pipeline_execution, request)
    assert outcome.resumed
    assert outcome.why.startswith(why)


async def test_a_refused_resumption_of_what_does_not_run_ends(
    aws: ScriptedAws, activities: ExecutionActivities
) -> None:
    """Nothing was resumed before the reset; a later attempt asks for no describe any more."""
    aws.script += [DENIED, FAILED, NO_STEPS, DENIED]
    request = RESUME.model_copy(update={"may_be_known": True})
    environment = attempt(1)
    beats = beats_of(environment)
    with pytest.raises(ApplicationError) as raised:
        await environment.run(activities.retry_pipeline_execution, request)
    assert not raised.value.non_retryable
    assert beats[-1].may_be_known is False
    left = {**beats[-1].model_dump(), **REFUSED}
    failure = await failure_of(activities.retry_pipeline_execution, request, LATE, left)
    assert (failure.type, failure.non_retryable) == ("AccessDenied", True)
    assert aws.operations.count("DescribePipelineExecution") == 1


@pytest.mark.parametrize(
    ("may_be_known", "left", "is_final"),
    [(False, [REFUSED], True), (False, [], False), (True, [REFUSED], False)],
    ids=["never sent", "after a lost reply", "after a reset of the run"],
)
async def test_a_resumption_without_its_platform_ends_unless_it_may_run(
    aws: ScriptedAws, activities: ExecutionActivities, left: list[Any], *, may_be_known: bool, is_final: bool
) -> None:
    """Nothing runs: a cancel must not wait until the platform is back."""
    request = RESUME.model_copy(update={"platform": "gone", "may_be_known": may_be_known})
    failure = await failure_of(activities.retry_pipeline_execution, request, LATE, *left)
    assert (failure.type, failure.non_retryable) == ("PlatformMisconfigured", is_final)
    assert "gone" in failure.message
    assert aws.requests == []


async def test_a_resumption_of_what_is_gone_ends(aws: ScriptedAws, activities: ExecutionActivities) -> None:
    """AWS does not know the execution any more."""
    aws.script += [GONE, DENIED, GONE]
    request = RESUME.model_copy(update={"may_be_known": True})
    for _ in range(2):
        failure = await failure_of(activities.retry_pipeline_execution, request, LATE, REFUSED)
        assert (failure.type, failure.non_retryable) == ("ExecutionNotFound", True)


async def test_a_role_that_is_put_back_leaves_nothing_open(aws: ScriptedAws, activities: ExecutionActivities) -> None:
    """Nothing was sent without it, so that the workflow waits for the quota."""
    request = START.model_copy(update={"role_arn": PLATFORM_ROLE, "may_be_known": True})
    environment = attempt(1)
    beats = beats_of(environment)
    with pytest.raises(ApplicationError):
        await environment.run(activities.start_pipeline_execution, request)
    aws.script.append(refusal("ResourceLimitExceeded", "The account-level service limit is 4"))
    put_back = request.model_copy(update={"role_arn": None})
    failure = await failure_of(
        activities.start_pipeline_execution, put_back, LATE, {**beats[-1].model_dump(), **REFUSED}
    )
    assert beats[-1].refused_up_to == 1
    assert (failure.type, failure.non_retryable) == ("QuotaExceeded", True)


async def test_a_start_that_is_sent_although_its_alias_is_missing_is_open(
    aws: ScriptedAws, activities: ExecutionActivities
) -> None:
    """Its reply is lost: it may have been accepted, whatever was refused before it was sent."""
    aws.script += [MISSING, LOST]
    environment = attempt(9, since(61, 8))
    beats = beats_of(environment)
    with pytest.raises(ApplicationError) as raised:
        await environment.run(activities.start_pipeline_execution, CHECKED)
    assert not raised.value.non_retryable
    assert beats[-1].refused_up_to == 8


async def test_a_lost_reply_to_a_resumption_stays_open(aws: ScriptedAws, activities: ExecutionActivities) -> None:
    """Whether an accepted resumption shows at once is not published."""
    aws.script += [LOST, DENIED]
    environment = attempt(1)
    beats = beats_of(environment)
    with pytest.raises(ApplicationError):
        await environment.run(activities.retry_pipeline_execution, RESUME)
    left = [beats[-1].model_dump()] if beats else []
    assert not (await failure_of(activities.retry_pipeline_execution, RESUME, LATE, *left)).non_retryable


async def test_the_start_of_a_run_that_was_reset_is_sent(aws: ScriptedAws, activities: ExecutionActivities) -> None:
    """AWS answers the token with the execution."""
    aws.script += [STARTED, EXECUTING]
    request = START.model_copy(update={"may_be_known": True})
    followed = await attempt(1).run(activities.start_pipeline_execution, request)
    assert followed.execution_arn == ARN
