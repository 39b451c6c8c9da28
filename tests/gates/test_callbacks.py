"""A Callback step that waits is shown and answered, exactly once."""

from contract.gates import GateRefusal
from contract.names import ANSWER_STEP_UPDATE
from contract.open_gates import GateKind
from contract.run import RunStatus
from tests.gates.gate_stage import PERSON, QUEUE, answer, answers, refused, token_of, waits, with_callback
from tests.workflows.stage import Stage


async def test_a_person_answers_a_step_once(stage: Stage) -> None:
    """It is shown with queue and start, and the update has its answer when AWS has taken it."""
    pipeline = with_callback(stage)
    run = await stage.run(pipeline, callbacks=PERSON, outputs={"rows": "steps.Check.outputs.rows"})
    document = await waits(run)
    token = token_of(stage, pipeline)
    assert [(gate.kind, gate.step, gate.queue, gate.token_shown) for gate in document.gates] == [
        (GateKind.CALLBACK, "Check", QUEUE, True)
    ]
    given = await answer(run, outputs={"rows": "17"}, reason="fine", by="ada")
    assert given.message == "AWS took the answer 'success' to the step 'Check'."
    late = await refused(run, ANSWER_STEP_UPDATE, step="Check", outcome="failure")
    assert late.type == GateRefusal.NOT_WAITING
    ended = await run.result()
    assert (ended.status, ended.outputs, ended.gates) == (RunStatus.SUCCESS, {"rows": "17"}, [])
    assert "Step 'Check' was answered by the update answer_step as success: fine (by ada)" in ended.notes
    assert answers(stage) == 1
    history = (await run.handle.fetch_history()).to_json()
    assert token not in history
