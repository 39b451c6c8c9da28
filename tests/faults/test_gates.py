"""A worker dies by SIGKILL behind an answer: what a person decided is done once, and the update has its answer."""

import asyncio

from contract.gates import GateAnswer
from contract.names import ANSWER_STEP_UPDATE, APPROVE_UPDATE
from contract.run import Phase
from tests.faults.concurrency import concurrent
from tests.faults.durations import PATIENCE_SECONDS
from tests.faults.evidence import assert_sound
from tests.faults.installation import Installation
from tests.gates.gate_stage import PERSON, callback, registration


@concurrent
async def test_a_worker_killed_behind_an_approval_approves_once(installation: Installation) -> None:
    """AWS took the approval, its reply is held back, the worker dies: the next worker finds it given."""
    pipeline = installation.pipeline([registration()])
    held = installation.standin.fault("UpdateModelPackage", "hold_reply", times=1)
    async with installation.crew() as crew:
        run = await crew.run(pipeline, approval={"wait": True})
        await run.reaches(lambda document: document.phase is Phase.WAITING_FOR_APPROVAL and len(document.gates) == 1)
        approval = asyncio.create_task(
            run.handle.execute_update(APPROVE_UPDATE, {"reason": "good", "by": "ada"}, result_type=GateAnswer)
        )
        await installation.holds(held)
        crew.workers[0].kill()
        installation.lift(held)
        await crew.hire()
        assert (await approval).message.endswith("is Approved.")
        await assert_sound(installation, run)
    assert installation.standin.control("GET", "/calls")["UpdateModelPackage"]["received"] == 1


async def test_a_worker_killed_behind_an_answer_answers_once(installation: Installation) -> None:
    """AWS took the answer to a Callback step, its reply is held back, the worker dies: the person hears the outcome.

    In a turn of its own: an answer names no pipeline, so that the fault would hold those of other cases back.
    """
    pipeline = installation.pipeline([callback()])
    before = answers(installation)
    held = installation.standin.fault("SendPipelineExecutionStepSuccess", "hold_reply", times=1)
    async with installation.crew() as crew:
        run = await crew.run(pipeline, callbacks=PERSON, outputs={"rows": "steps.Check.outputs.rows"})
        await run.reaches(lambda document: any(gate.token_shown for gate in document.gates))
        request = {"step": "Check", "outputs": {"rows": "17"}, "by": "ada"}
        answer = asyncio.create_task(run.handle.execute_update(ANSWER_STEP_UPDATE, request, result_type=GateAnswer))
        await installation.holds(held)
        crew.workers[0].kill()
        installation.lift(held)
        await crew.hire()
        assert (await answer).message == "AWS took the answer 'success' to the step 'Check'."
        document = await asyncio.wait_for(run.handle.result(), PATIENCE_SECONDS)
        assert document.outputs == {"rows": "17"}
        await assert_sound(installation, run)
    assert answers(installation) == before + 1


def answers(installation: Installation) -> int:
    """How often a Callback step was answered with success."""
    calls = installation.standin.control("GET", "/calls").get("SendPipelineExecutionStepSuccess", {"received": 0})
    return int(calls["received"])
