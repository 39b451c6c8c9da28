"""A run that succeeded waits until somebody approves what it registered."""

from datetime import timedelta

import pytest

from contract.failures import FailureType
from contract.gates import GateRefusal
from contract.names import APPROVE_UPDATE, REJECT_UPDATE
from contract.open_gates import GateKind
from contract.run import Phase, RunStatus
from tests.gates.gate_stage import refused, registration, update
from tests.workflows.stage import Run, Stage

WAIT = {"approval": {"wait": True}}


async def waiting(stage: Stage, *steps: str, **fields: object) -> Run:
    """Start a run that registers a package in each step, and let it wait for their approval."""
    pipeline = stage.standin.create([registration(name) for name in steps or ("Register",)])
    run = await stage.run(pipeline, **{**WAIT, **fields})
    await run.reaches_phase(Phase.WAITING_FOR_APPROVAL)
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
    assert ended.status is RunStatus.SUCCESS
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
