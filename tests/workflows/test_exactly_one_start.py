"""Whatever happens to the start, one run has one execution."""

import pytest

from contract.run import Phase, RunStatus
from tests.standin.process import token
from tests.workflows.stage import Stage, until

DENIALS_THAT_WOULD_BE_FINAL = 3


@pytest.mark.parametrize("effect", ["reset_after", "reset_before", "html_5xx", "throttle", "expired_credentials"])
async def test_a_start_is_retried_under_its_token(stage: Stage, effect: str) -> None:
    """A lost reply, a lost request, an outage, throttling and expired keys all end in exactly one execution."""
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", effect, times=2)
    result = await (await stage.run(pipeline)).result()
    assert result.status is RunStatus.SUCCESS
    execution = stage.the_execution(pipeline)
    assert execution["execution_arn"] == result.run_id
    assert execution["client_request_token"].startswith("polysync-")
    assert stage.calls("StartPipelineExecution")["received"] == 3


async def test_throttled_looks_slow_the_run_down_and_never_fail_it(stage: Stage) -> None:
    """Far beyond botocore's own retries, throttling is no reason to lose a run."""
    pipeline = stage.pipeline()
    stage.standin.fault("DescribePipelineExecution", "throttle", times=6)
    result = await (await stage.run(pipeline)).result()
    assert result.status is RunStatus.SUCCESS
    assert stage.calls("DescribePipelineExecution")["by_code"]["ThrottlingException"] == 6


@pytest.mark.parametrize("effect", ["html_5xx", "reset_after", "expired_credentials"])
async def test_an_outage_during_the_watch_is_sat_out(stage: Stage, effect: str) -> None:
    """Failing looks say nothing about the execution."""
    pipeline = stage.pipeline()
    stage.standin.fault("DescribePipelineExecution", effect, times=4)
    assert (await (await stage.run(pipeline)).result()).status is RunStatus.SUCCESS


async def test_an_execution_that_is_not_visible_yet_is_waited_for(stage: Stage) -> None:
    """A start's execution may be unknown to the first looks."""
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "hide", seconds=1)
    result = await (await stage.run(pipeline)).result()
    assert result.status is RunStatus.SUCCESS
    assert stage.calls("DescribePipelineExecution")["by_code"]["ResourceNotFound"] >= 2


async def test_a_refused_permission_fails_within_seconds(stage: Stage) -> None:
    """A short bounded retry covers AWS's propagation delay; then the missing permission is named."""
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "access_denied")
    failure = await (await stage.run(pipeline)).failure()
    assert failure.type == "AccessDenied"
    assert "sagemaker:StartPipelineExecution" in failure.message
    assert stage.calls("StartPipelineExecution")["received"] == 3
    assert stage.standin.executions(pipeline) == []


async def test_a_refusal_at_the_door_cannot_end_a_start_that_may_have_happened(stage: Stage) -> None:
    """After a lost reply, a permission that is gone for a while must not leak the execution that already runs."""
    pipeline = stage.pipeline()
    lost = stage.standin.fault("StartPipelineExecution", "reset_after", times=1)
    run = await stage.run(pipeline)
    await until(lambda: stage.standin.fault_state(lost)["hits"])
    denied = stage.standin.fault("StartPipelineExecution", "access_denied")
    await until(lambda: stage.standin.fault_state(denied)["hits"] >= DENIALS_THAT_WOULD_BE_FINAL)
    stage.standin.control("DELETE", f"/faults/{denied}")
    result = await run.result()
    assert result.run_id == stage.the_execution(pipeline)["execution_arn"]


async def test_a_refusal_after_throttling_alone_is_final(stage: Stage) -> None:
    """Throttled attempts started nothing for certain, so a refused permission fails the run as usual."""
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "throttle", times=2)
    stage.standin.fault("StartPipelineExecution", "access_denied")
    failure = await (await stage.run(pipeline)).failure()
    assert failure.type == "AccessDenied"
    assert stage.calls("StartPipelineExecution")["received"] == 3


async def test_a_quota_of_zero_fails_at_once(stage: Stage) -> None:
    """Waiting cannot help where the quota is zero."""
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "quota", limit=0)
    failure = await (await stage.run(pipeline)).failure()
    assert failure.type == "QuotaIsZero"
    assert "Service Quotas" in failure.message


async def test_the_callers_own_token_is_used(stage: Stage) -> None:
    """Two runs under one token of the caller follow one execution."""
    pipeline = stage.pipeline()
    own = f"order-{token()}"
    first = await (await stage.run(pipeline, client_request_token=own)).result()
    second = await (await stage.run(pipeline, client_request_token=own)).result()
    assert first.run_id == second.run_id
    assert stage.the_execution(pipeline)["client_request_token"] == own


async def test_a_reset_to_before_the_start_finds_the_same_execution(stage: Stage) -> None:
    """An operator who resets a run does not pay twice."""
    pipeline = stage.pipeline(seconds=900)
    run = await stage.run(pipeline)
    first = await run.reaches_phase(Phase.RUNNING)
    reset = await stage.reset_to_first_task(run)
    result = await reset.result()
    assert result.run_id == first.run_id
    assert stage.the_execution(pipeline)["starts_accepted"] == 2


async def test_two_runs_have_two_executions(stage: Stage) -> None:
    """The token tells runs apart: the same pipeline may well run twice."""
    pipeline = stage.pipeline()
    first = await (await stage.run(pipeline)).result()
    second = await (await stage.run(pipeline)).result()
    assert first.run_id != second.run_id
    assert len(stage.standin.executions(pipeline)) == 2
