"""The courses of a run that waits for answers, each played on a real server so that its history can be recorded."""

import asyncio
from datetime import timedelta

import pytest

from contract.failures import FailureType
from contract.gates import GateRefusal
from contract.names import APPROVE_UPDATE, REJECT_UPDATE
from contract.run import Phase, RunStatus
from tests.gates.gate_stage import (
    NAMELESS,
    PERSON,
    UNSTARTED,
    answer,
    holding,
    refused,
    refusing,
    registration,
    token_of,
    update,
    waits,
    with_callback,
    without_names,
    without_starts,
)
from tests.workflows.stage import Run, Stage, until
from tests.workflows.test_outcomes import force
from workflows.run import lifecycle

APPROVAL = {"approval": {"wait": True}}


async def answered_steps(stage: Stage) -> Run:
    """Two Callback steps, answered by persons."""
    run = await stage.run(with_callback(stage, "Check", "Other"), callbacks=PERSON)
    await waits(run, 2)
    await answer(run, "Check", outputs={"rows": "17"}, by="ada")
    await answer(run, "Other")
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def many_steps(stage: Stage) -> Run:
    """More Callback steps than the memo has room for."""
    names = [f"Check{number}" for number in range(7)]
    run = await stage.run(with_callback(stage, *names), callbacks=PERSON)
    await waits(run, len(names))
    for name in names:
        await answer(run, name)
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def step_timeout(stage: Stage) -> Run:
    """Answered by the worker when the time of the step was over."""
    rule = {"answered_by": "person", "timeout": 1, "on_timeout": "succeed"}
    run = await stage.run(with_callback(stage), callbacks={"*": rule})
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def step_timeout_without_start(stage: Stage) -> Run:
    """Answered by the worker when its time was over, although AWS showed no start of the step."""
    rule = {"answered_by": "person", "timeout": 1, "on_timeout": "succeed"}
    with without_starts():
        run = await stage.run(with_callback(stage, UNSTARTED), callbacks={"*": rule})
        assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def refused_answer(stage: Stage) -> Run:
    """Two steps whose time was over: AWS refused one answer, and the reader of its queue answered that step."""
    pipeline = with_callback(stage, "Check", "Other")
    rule = {"answered_by": "person", "timeout": 1, "on_timeout": "succeed"}
    with refusing(pipeline, "Check"):
        run = await stage.run(pipeline, callbacks={"*": rule})
        await run.reaches(lambda seen: len(seen.gates) == 1 and len(seen.notes) > 1)
        token = token_of(stage, pipeline, "Check")
        stage.standin.client.send_pipeline_execution_step_success(CallbackToken=token)
        assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def answers_on_their_way(stage: Stage) -> Run:
    """Ended by AWS while an answer of a person and one of the worker were on their way."""
    pipeline = with_callback(stage, "Check", "Other")
    person = {"answered_by": "person"}
    with holding(pipeline) as held:
        run = await stage.run(pipeline, callbacks={"Check": {**person, "timeout": 1}, "Other": person})
        await waits(run, 2)
        decided = asyncio.create_task(answer(run, "Other"))
        await until(lambda: held.answers == 2)
        force(stage, pipeline, "Failed", "it was too late")
        await run.reaches(lambda seen: seen.sagemaker_status == "Failed")
        held.released.set()
        await decided
        assert (await run.failure()).type == FailureType.PIPELINE_EXECUTION_FAILED
    return run


async def nameless_step(stage: Stage) -> Run:
    """A step whose time was over, and that no answer could name."""
    pipeline = with_callback(stage, NAMELESS)
    rule = {"answered_by": "person", "timeout": 1, "on_timeout": "succeed"}
    with without_names():
        run = await stage.run(pipeline, callbacks={"*": rule})
        await run.reaches(lambda seen: any("cannot be answered" in note for note in seen.notes))
        token = token_of(stage, pipeline, NAMELESS)
        stage.standin.client.send_pipeline_execution_step_success(CallbackToken=token)
        assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def stopped_step(stage: Stage) -> Run:
    """Stopped while a step waited, which the worker answered then."""
    run = await stage.run(with_callback(stage), callbacks={"*": {"answered_by": "person", "on_cancel": "fail"}})
    await waits(run)
    await run.cancel_by_signal({"reason": "a wrong date"})
    assert (await run.result()).status is RunStatus.CANCELLED
    return run


async def shown_step(stage: Stage) -> Run:
    """A step that the reader of its queue answers."""
    pipeline = with_callback(stage)
    run = await stage.run(pipeline)
    await waits(run)
    arn = stage.the_execution(pipeline)["execution_arn"]
    token = stage.standin.steps(arn)["Check"]["Metadata"]["Callback"]["CallbackToken"]
    stage.standin.client.send_pipeline_execution_step_success(CallbackToken=token)
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def approved(stage: Stage) -> Run:
    """Two packages, approved by persons."""
    run = await _waiting(stage, "First", "Second")
    for gate in (await run.document()).gates:
        await update(run, APPROVE_UPDATE, model_package_arn=gate.model_package_arn, by="ada")
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def rejected(stage: Stage) -> Run:
    """Rejected by a person."""
    run = await _waiting(stage, "Register")
    await update(run, REJECT_UPDATE, reason="too slow")
    assert (await run.failure()).type == FailureType.MODEL_REJECTED
    return run


async def approval_timeout(stage: Stage) -> Run:
    """Not approved in time."""
    run = await _waiting(stage, "Register", approval={"timeout": 1})
    assert (await run.failure()).type == FailureType.APPROVAL_TIMED_OUT
    return run


async def late_answer(stage: Stage) -> Run:
    """Cancelled while an approval was on its way to AWS, which took it then."""
    run, held = await _held_approval(stage)
    decided = asyncio.create_task(update(run, APPROVE_UPDATE, by="ada"))
    await until(lambda: stage.standin.fault_state(held)["holding"])
    await run.cancel_by_signal()
    await run.document()  # answered once the run has handled the signal
    stage.standin.control("DELETE", f"/faults/{held}")
    assert (await decided).message.endswith(" is Approved.")
    assert (await run.result()).status is RunStatus.CANCELLED
    return run


async def given_up_answer(stage: Stage) -> Run:
    """Cancelled while an approval was on its way to AWS, which did not take it in time."""
    run, held = await _held_approval(stage)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifecycle, "ANSWERED_WITHIN", timedelta(seconds=3))
        decided = asyncio.create_task(refused(run, APPROVE_UPDATE))
        await until(lambda: stage.standin.fault_state(held)["holding"])
        await run.cancel_by_signal()
        assert (await decided).type == GateRefusal.NOT_WAITING
        assert (await run.result()).status is RunStatus.CANCELLED
        stage.standin.control("DELETE", f"/faults/{held}")
    return run


async def _held_approval(stage: Stage) -> tuple[Run, str]:
    """A run that waits for an approval, whose reply is held; and the fault that does so."""
    run = await _waiting(stage, "Register")
    [package] = (await run.document()).model_packages
    return run, stage.standin.fault("UpdateModelPackage", "hold_reply", name_prefix=package.name)


async def cancel_in_approval_wait(stage: Stage) -> Run:
    """Cancelled natively while an approval was waited for."""
    run = await _waiting(stage, "Register")
    await run.handle.cancel()
    assert (await run.closes_as_canceled()).status is RunStatus.CANCELLED
    return run


async def continued_approval(stage: Stage) -> Run:
    """Continued in a new run after the first of two approvals."""
    run = await _waiting(stage, "First", "Second")
    first, second = [gate.model_package_arn for gate in (await run.document()).gates]
    await update(run, APPROVE_UPDATE, model_package_arn=first)
    await waits(run)
    await update(run, APPROVE_UPDATE, model_package_arn=second)
    assert (await run.result()).status is RunStatus.SUCCESS
    return run


async def _waiting(stage: Stage, *steps: str, **fields: object) -> Run:
    pipeline = stage.standin.create([registration(name) for name in steps])
    run = await stage.run(pipeline, **{**APPROVAL, **fields})
    assert (await waits(run, len(steps))).phase is Phase.WAITING_FOR_APPROVAL
    return run
