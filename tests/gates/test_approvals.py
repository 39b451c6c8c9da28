"""A run that succeeded waits until somebody approves what it registered."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio.client import Client

from activities.aws.error_kinds import Kind
from activities.aws.error_rules import RULES
from contract.failures import FailureType
from contract.gates import GateRefusal
from contract.names import APPROVE_UPDATE, REJECT_UPDATE, ActivityType
from contract.open_gates import Approval, GateKind
from contract.run import Phase, RunStatus
from tests.gates.gate_stage import continued, refused, registration, update, waits
from tests.standin.definitions import job
from tests.standin.process import Standin
from tests.workflows.stage import Run, Stage, until
from workflows.gates import registered
from workflows.run import lifecycle

WAIT = {"approval": {"wait": True}}


async def waiting(stage: Stage, *steps: str, **fields: object) -> Run:
    """Start a run that registers a package in each step, and let it wait for their approval."""
    pipeline = stage.standin.create([registration(name) for name in steps or ("Register",)])
    run = await stage.run(pipeline, **{**WAIT, **fields})
    document = await waits(run, max(len(steps), 1))
    assert (document.phase, document.status) == (Phase.WAITING_FOR_APPROVAL, RunStatus.RUNNING)
    return run


def decide_elsewhere(stage: Stage, arn: str, status: str, **more: str) -> None:
    """Approve or reject a package as the console does."""
    stage.standin.client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status, **more)  # type: ignore[arg-type]


async def test_an_approval_by_an_update_ends_the_wait(stage: Stage) -> None:
    """The package is approved in AWS, and stands in the outputs."""
    run = await waiting(stage, approval={"wait": True, "timeout": 7200})
    document = await run.document()
    [gate] = document.gates
    assert (document.status, document.sagemaker_status) == (RunStatus.RUNNING, "Succeeded")
    assert gate.kind is GateKind.APPROVAL
    assert gate.since is not None
    assert gate.until == document.waits_until == gate.since + timedelta(seconds=7200)
    given = await update(run, APPROVE_UPDATE, reason="as good as the last", by="ada")
    arn = given.model_package_arn
    assert arn is not None
    assert arn == gate.model_package_arn
    ended = await run.result()
    assert (ended.status, ended.message) == (RunStatus.SUCCESS, f"{ended.model_packages[0].name}: Approved")
    assert ended.outputs == {"model_package_arn": arn, "model_approval_status": "Approved"}
    found = stage.standin.client.describe_model_package(ModelPackageName=arn)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == ("Approved", "as good as the last (by ada)")
    assert stage.calls("UpdateModelPackage")["received"] == 1


@pytest.mark.parametrize("by", ["update", "console"])
async def test_a_rejection_fails_the_run(stage: Stage, by: str) -> None:
    """Whoever rejects it."""
    run = await waiting(stage)
    [gate] = (await run.document()).gates
    assert gate.model_package_arn is not None
    if by == "update":
        await update(run, REJECT_UPDATE, reason="too slow")
    else:
        decide_elsewhere(stage, gate.model_package_arn, "Rejected", ApprovalDescription="too slow")
    failure = await run.failure()
    assert failure.type == FailureType.MODEL_REJECTED
    assert "was rejected" in failure.message
    assert "too slow" in failure.message


async def test_an_approval_in_the_console_ends_the_wait(stage: Stage) -> None:
    """It is polled, and an approval that comes afterwards hears who was first."""
    run = await waiting(stage, "First", "Second")
    first, second = [gate.model_package_arn or "" for gate in (await run.document()).gates]
    several = await refused(run, APPROVE_UPDATE)
    assert several.type == FailureType.INVALID_INPUT
    assert second in several.message
    decide_elsewhere(stage, first, "Approved")
    await run.reaches(lambda document: len(document.gates) == 1)
    assert (await refused(run, APPROVE_UPDATE, model_package_arn=first)).type == GateRefusal.NOT_WAITING
    decide_elsewhere(stage, second, "Approved")
    assert (await run.result()).outputs["model_package_arn"] == second


@pytest.mark.parametrize("how", ["signal", "native", "timeout"])
async def test_a_stop_ends_the_wait(stage: Stage, how: str) -> None:
    """The execution has succeeded, but the run was not approved: it is no success."""
    run = await waiting(stage, **({"timeout": 3} if how == "timeout" else {}))
    if how == "timeout":
        failure = await run.failure()
        assert failure.type == FailureType.PIPELINE_RUN_TIMED_OUT
        assert "not approved" in failure.message
        return
    if how == "signal":
        await run.cancel_by_signal({"reason": "not needed"})
        ended = await run.result()
        assert ended.message == "Cancel signal: not needed; the execution succeeded, but was not approved before"
    else:
        await run.handle.cancel()
        ended = await run.closes_as_canceled()
    assert (ended.status, ended.sagemaker_status, ended.gates) == (RunStatus.CANCELLED, "Succeeded", [])
    assert [package.status for package in ended.model_packages] == [Approval.PENDING]


@pytest.mark.parametrize("how", ["signal", "native", "timeout"])
async def test_a_decision_that_aws_does_not_take_holds_no_end_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """It is given up a minute after the end, and the update says so."""
    monkeypatch.setattr(lifecycle, "ANSWERED_WITHIN", timedelta(seconds=0.5))
    run = await waiting(stage, **({"timeout": 4} if how == "timeout" else {}))
    [gate] = (await run.document()).gates
    stage.standin.fault("UpdateModelPackage", "error", code="InternalFailure", http_status=500)
    decided = asyncio.create_task(refused(run, APPROVE_UPDATE))
    await until(lambda: stage.calls("UpdateModelPackage")["received"] > 0)
    if how == "signal":
        await run.cancel_by_signal()
        assert (await run.result()).status is RunStatus.CANCELLED
    elif how == "native":
        await run.handle.cancel()
        await run.closes_as_canceled()
    else:
        assert (await run.failure()).type == FailureType.PIPELINE_RUN_TIMED_OUT
    refusal = await decided
    assert refusal.type == GateRefusal.NOT_WAITING
    assert "The run ended while the answer" in refusal.message
    found = stage.standin.client.describe_model_package(ModelPackageName=gate.model_package_arn or "")
    assert found["ModelApprovalStatus"] == "PendingManualApproval"


@pytest.mark.parametrize("on_timeout", ["fail", "leave"])
async def test_what_cannot_be_found_is_not_approved_in_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, on_timeout: str
) -> None:
    """The time for the approval counts also while AWS does not show what is to be approved."""
    monkeypatch.setattr(registered, "LEAST_TIME_TO_FIND", timedelta(seconds=1))
    stage.standin.fault("DescribeModelPackage", "error", code="InternalFailure", http_status=500)
    approval = {"timeout": 1, "on_timeout": on_timeout}
    run = await stage.run(stage.standin.create([registration()]), approval=approval)
    if on_timeout == "fail":
        failure = await run.failure()
        assert failure.type == FailureType.APPROVAL_TIMED_OUT
        assert "which model packages it registered is not known" in failure.message
    else:
        ended = await run.result()
        assert (ended.status, ended.outputs) == (RunStatus.SUCCESS, {})
        assert any("which model packages it registered is not known" in note for note in ended.notes)


@pytest.mark.parametrize("on_timeout", ["fail", "leave"])
async def test_no_approval_in_time(stage: Stage, on_timeout: str) -> None:
    """The packages stay pending either way."""
    run = await waiting(stage, approval={"timeout": 0.5, "on_timeout": on_timeout})
    if on_timeout == "fail":
        failure = await run.failure()
        assert failure.type == FailureType.APPROVAL_TIMED_OUT
        assert failure.non_retryable
    else:
        ended = await run.result()
        assert ended.status is RunStatus.SUCCESS
        assert ended.outputs["model_approval_status"] == Approval.PENDING
        assert any("still pending" in note for note in ended.notes)
    [package] = (await run.document()).model_packages
    found = stage.standin.client.describe_model_package(ModelPackageName=package.model_package_arn)
    assert found["ModelApprovalStatus"] == "PendingManualApproval"


async def test_a_package_that_was_deleted_is_not_approved(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run says so."""
    monkeypatch.setitem(RULES, Kind.NOT_FOUND, replace(RULES[Kind.NOT_FOUND], patience=timedelta(seconds=0.2)))
    run = await waiting(stage)
    [gate] = (await run.document()).gates
    stage.standin.client.delete_model_package(ModelPackageName=gate.model_package_arn or "")
    failure = await run.failure()
    assert failure.type == FailureType.MODEL_REJECTED
    assert "was deleted before it was approved" in failure.message


@pytest.mark.parametrize("approval", [{"wait": True}, {"group": "another"}, {"wait": False}, None])
async def test_without_a_package_there_is_nothing_to_wait_for(stage: Stage, approval: dict[str, object] | None) -> None:
    """A note says so, where an approval was wanted."""
    steps = [job("Train", seconds=1)] if approval == {"wait": True} else [registration()]
    run = await stage.run(stage.standin.create(steps), approval=approval)
    ended = await run.result()
    assert ended.status is RunStatus.SUCCESS
    wanted = approval is not None and approval.get("wait", True)
    assert any("registered no model package" in note for note in ended.notes) == wanted
    assert (Phase.WAITING_FOR_APPROVAL in [entry.phase for entry in ended.history]) == wanted


async def test_a_package_that_is_approved_already_is_not_waited_for(stage: Stage) -> None:
    """A step may register it so."""
    pipeline = stage.standin.create([registration(ModelApprovalStatus="Approved")])
    ended = await (await stage.run(pipeline, **WAIT)).result()
    assert ended.outputs["model_approval_status"] == Approval.APPROVED
    assert stage.calls("UpdateModelPackage")["received"] == 0


async def test_a_version_without_an_approval_status_is_waited_for(stage: Stage) -> None:
    """A status that AWS leaves out is no approval; the watch goes on until AWS shows one."""
    run = await stage.run(stage.standin.create([registration(ModelApprovalStatus="")]), **WAIT)
    document = await waits(run)
    assert document.model_packages[0].status == Approval.NOT_SHOWN
    arn = document.model_packages[0].model_package_arn
    described = stage.calls("DescribeModelPackage")["received"]
    await until(lambda: stage.calls("DescribeModelPackage")["received"] > described + 2)
    decide_elsewhere(stage, arn, "Approved")
    assert (await run.result()).outputs["model_approval_status"] == Approval.APPROVED
    scheduled = [event.activity_task_scheduled_event_attributes for event in (await run.handle.fetch_history()).events]
    assert [each.activity_type.name for each in scheduled].count(ActivityType.WATCH_PACKAGE) == 1


async def test_a_gate_that_cannot_be_seen_is_closed(stage: Stage) -> None:
    """Without the permission nothing is known of an approval, so the run is no success."""
    stage.standin.fault("DescribeModelPackage", "access_denied")
    run = await stage.run(stage.standin.create([registration()]), **WAIT)
    failure = await run.failure()
    assert failure.type == FailureType.ACCESS_DENIED
    assert "DescribeModelPackage" in failure.message


async def test_an_approval_whose_reply_was_lost_is_given_once(stage: Stage) -> None:
    """The next attempt finds it given, and so it is no second person's."""
    run = await waiting(stage)
    stage.standin.fault("UpdateModelPackage", "reset_after", times=1)
    given = await update(run, APPROVE_UPDATE, reason="good")
    assert given.message.endswith(" is Approved.")
    assert (await run.result()).status is RunStatus.SUCCESS
    assert stage.calls("UpdateModelPackage")["received"] == 1


async def test_a_rejection_may_be_caught(stage: Stage) -> None:
    """By its own name, as a failure of another kind than those of AWS."""
    run = await waiting(stage, catch=[{"ErrorEquals": ["ModelRejected"], "Next": "Train again"}])
    await update(run, REJECT_UPDATE)
    ended = await run.result()
    assert ended.caught is not None
    assert (ended.status, ended.caught.next) == (RunStatus.FAILED, "Train again")


async def test_a_run_continued_as_new_goes_on_to_wait(
    impatient_client: Client, shared_standin: Standin, idle_stage: Stage
) -> None:
    """For the packages that are still pending."""
    continuing = Stage(impatient_client, shared_standin)
    assert idle_stage.standin is shared_standin
    async with continuing.worker():
        run = await waiting(continuing, "First", "Second")
        first, second = [gate.model_package_arn for gate in (await run.document()).gates]
        await update(run, APPROVE_UPDATE, model_package_arn=first)
        await run.reaches(lambda document: len(document.gates) == 1)
        await update(run, APPROVE_UPDATE, model_package_arn=second)
        assert (await run.result()).outputs["model_package_arn"] == second
        assert await continued(run)
