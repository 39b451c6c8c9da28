"""A Callback step that waits is shown and answered, exactly once."""

import asyncio

import pytest
from temporalio.client import Client

from contract.failures import FailureType
from contract.gates import GateRefusal
from contract.names import ANSWER_STEP_UPDATE, APPROVE_UPDATE
from contract.open_gates import MAX_GATES, GateKind
from contract.run import Phase, RunStatus
from tests.gates.gate_stage import (
    NAMELESS,
    PERSON,
    QUEUE,
    UNSTARTED,
    answer,
    answers,
    continued,
    refused,
    token_of,
    waits,
    with_callback,
    without_names,
    without_starts,
)
from tests.standin.process import Standin
from tests.workflows.stage import Stage, until
from tests.workflows.test_results import memo
from workflows.views.details import render_details


async def test_a_person_answers_a_step_once(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    """It is shown with queue and start, and the update has its answer when AWS has taken it."""
    pipeline = with_callback(stage, then_seconds=3600)
    run = await stage.run(pipeline, callbacks=PERSON, outputs={"rows": "steps.Check.outputs.rows"})
    document = await waits(run)
    token = token_of(stage, pipeline)
    [gate] = document.gates
    assert (gate.kind, gate.step, gate.queue, gate.token_shown) == (GateKind.CALLBACK, "Check", QUEUE, True)
    assert [entry["step"] for entry in (await memo(run))["gates"]] == ["Check"]
    wrong = await refused(run, ANSWER_STEP_UPDATE, step="Check", reason="x" * 257)
    assert "256 characters" in wrong.message
    lines = await refused(run, ANSWER_STEP_UPDATE, step="Check", outputs={"rows": "1\n2"})
    assert (lines.type, "outputs.rows: must be one line" in lines.message) == (FailureType.INVALID_INPUT, True)
    assert "phase of the run is Running" in (await refused(run, APPROVE_UPDATE)).message
    given = await answer(run, outputs={"rows": "17"}, reason="fine", by="ada")
    assert given.message == "AWS took the answer 'success' to the step 'Check'."
    late = await refused(run, ANSWER_STEP_UPDATE, step="Check", outcome="failure")
    assert late.type == GateRefusal.NOT_WAITING
    stage.finish(pipeline)
    ended = await run.result()
    assert (ended.status, ended.outputs, ended.gates) == (RunStatus.SUCCESS, {"rows": "17"}, [])
    assert "Step 'Check' was answered by the update answer_step as success: fine (by ada)" in ended.notes
    assert answers(stage) == 1
    history = b"".join(event.SerializeToString() for event in (await run.handle.fetch_history()).events)
    assert b"Step 'Check' was answered" in history
    assert token.encode() not in history
    assert token not in "".join(capfd.readouterr())


async def test_two_persons_at_once(stage: Stage) -> None:
    """The first answer counts, the second hears so."""
    run = await stage.run(with_callback(stage), callbacks=PERSON)
    await waits(run)
    both = await asyncio.gather(answer(run, outcome="success"), answer(run, outcome="failure"), return_exceptions=True)
    assert [isinstance(each, Exception) for each in both].count(True) == 1
    assert answers(stage) == 1
    if isinstance(both[0], Exception):
        await run.failure()
    else:
        await run.result()


async def test_a_step_that_is_answered_elsewhere_is_only_shown(stage: Stage) -> None:
    """The default; the reader of the queue answers it, also while a person is told to keep out."""
    pipeline = with_callback(stage, "Check", "Other")
    run = await stage.run(pipeline, callbacks={"Other": {"answered_by": "person"}})
    document = await waits(run, 2)
    by = {gate.step: gate.answered_by for gate in document.gates}
    assert by == {"Check": "elsewhere", "Other": "person"}
    assert (await refused(run, ANSWER_STEP_UPDATE, step="Check")).type == GateRefusal.NOT_ALLOWED
    client = stage.standin.client
    client.send_pipeline_execution_step_success(CallbackToken=token_of(stage, pipeline, "Check"))
    # Somebody else answers the other step, and the run has not seen it yet.
    client.send_pipeline_execution_step_failure(
        CallbackToken=token_of(stage, pipeline, "Other"), FailureReason="the numbers are wrong"
    )
    late = await refused(run, ANSWER_STEP_UPDATE, step="Other")
    assert late.type == GateRefusal.NOT_WAITING
    await run.failure()


async def test_a_rule_for_a_step_that_is_not_there_starts_nothing(stage: Stage) -> None:
    """Within seconds, with the step that was meant."""
    pipeline = with_callback(stage)
    failure = await (await stage.run(pipeline, callbacks={"Chek": {"answered_by": "person"}})).failure()
    assert failure.type == FailureType.INVALID_INPUT
    assert "callbacks.Chek: the pipeline has no Callback step of this name; did you mean 'Check'?" in failure.message
    assert stage.standin.executions(pipeline) == []


async def test_a_hidden_token_is_said(stage: Stage) -> None:
    """Where AWS shows no token while the step waits, only the reader of the queue can answer it."""
    pipeline = with_callback(stage)
    with stage.standin.behaving(callback_tokens="hidden"):
        run = await stage.run(pipeline, callbacks=PERSON)
        document = await waits(run)
        assert document.gates[0].token_shown is False
        why = await refused(run, ANSWER_STEP_UPDATE, step="Check")
        assert why.type == GateRefusal.NOT_WAITING
        assert "AWS does not show the callback token" in why.message
        assert QUEUE in why.message
    await run.reaches(lambda seen: seen.gates[0].token_shown is True)
    await answer(run)
    await run.result()


async def test_the_worker_answers_at_the_timeout(stage: Stage) -> None:
    """As the rule of the step says, counted from AWS's start of the step."""
    pipeline = with_callback(stage, "Check", "Other")
    person = {"answered_by": "person", "timeout": 0.5}
    rules = {"Check": {**person, "on_timeout": "succeed"}, "*": person}
    failure = await (await stage.run(pipeline, callbacks=rules)).failure()
    assert "Other: No answer came in time" in failure.message
    assert answers(stage) == 2


async def test_the_worker_answers_a_step_without_a_start_at_the_timeout(stage: Stage) -> None:
    """Counted from when the run first saw it wait."""
    with without_starts():
        run = await stage.run(with_callback(stage, UNSTARTED), callbacks={"*": {"answered_by": "person", "timeout": 1}})
        failure = await run.failure()
    assert f"{UNSTARTED}: No answer came in time" in failure.message
    assert answers(stage) == 1


async def test_a_step_whose_answer_aws_refuses_delays_no_other_answer(stage: Stage) -> None:
    """It is answered again a quarter of an hour later; until then the reader of its queue can answer it."""
    pipeline = with_callback(stage, "Check", "Other")
    stage.standin.fault(
        "SendPipelineExecutionStepSuccess", "error", code="ValidationException", message="not this one", times=1
    )
    rule = {"answered_by": "person", "timeout": 1, "on_timeout": "succeed"}
    run = await stage.run(pipeline, callbacks={"*": rule})
    document = await run.reaches(lambda seen: answers(stage) == 1 and len(seen.gates) == 1)
    refused_step = document.gates[0].step
    assert any(f"but step '{refused_step}' was not answered: " in note for note in document.notes)
    stage.standin.client.send_pipeline_execution_step_success(CallbackToken=token_of(stage, pipeline, refused_step))
    assert (await run.result()).status is RunStatus.SUCCESS


@pytest.mark.parametrize("is_stopped", [False, True])
async def test_a_step_that_no_answer_can_name_keeps_no_run_open(stage: Stage, *, is_stopped: bool) -> None:
    """And no other step from its answer."""
    pipeline = with_callback(stage, NAMELESS, "Other")
    rule = {"answered_by": "person", "timeout": 1, "on_timeout": "succeed", "on_cancel": "fail"}
    with without_names():
        run = await stage.run(pipeline, callbacks={"*": rule})
        document = await run.reaches(lambda seen: [gate.step for gate in seen.gates] == [""] and answers(stage) == 1)
        assert "No answer came in time, but step '' cannot be answered: unexpected ValidationError" in document.notes
        if is_stopped:
            await run.cancel_by_signal()
            await until(lambda: stage.the_execution(pipeline)["status"] == "Stopping")
        stage.standin.client.send_pipeline_execution_step_success(CallbackToken=token_of(stage, pipeline, NAMELESS))
        assert (await run.result()).status is (RunStatus.CANCELLED if is_stopped else RunStatus.SUCCESS)


@pytest.mark.parametrize("how", ["signal", "native"])
async def test_a_stop_fails_a_step_where_the_input_says_so(stage: Stage, how: str) -> None:
    """Else AWS would stop the execution only when somebody answers."""
    rules = {"*": {"answered_by": "person", "on_cancel": "fail"}}
    run = await stage.run(with_callback(stage), callbacks=rules)
    await waits(run)
    if how == "signal":
        await run.cancel_by_signal({"reason": "a wrong date"})
        ended = await run.result()
    else:
        await run.handle.cancel()
        ended = await run.closes_as_canceled()
    assert (ended.status, ended.sagemaker_status) == (RunStatus.CANCELLED, "Stopped")
    assert answers(stage) == 1
    reason = "cancelled: Cancel signal: a wrong date" if how == "signal" else "cancelled: Cancellation requested"
    assert ended.steps[0].failure_reason is not None
    assert reason in ended.steps[0].failure_reason


async def test_steps_without_room_are_counted_and_answered(stage: Stage) -> None:
    """The document has twenty, the memo five, each with how many more; a stop answers all of them."""
    names = [f"Check{number:02}" for number in range(MAX_GATES + 2)]
    rules = {"*": {"answered_by": "person", "on_cancel": "fail"}}
    run = await stage.run(with_callback(stage, *names), callbacks=rules)
    document = await run.reaches(lambda seen: seen.gates_in_all == len(names))
    assert (len(document.gates), document.gates_left_out) == (MAX_GATES, 2)
    found = await memo(run)
    assert (len(found["gates"]), found["gates_left_out"]) == (5, MAX_GATES - 3)
    assert "2 more: each is shown when it is among the first that wait" in render_details(document, "run")
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.CANCELLED
    assert answers(stage) == len(names)


async def test_a_stop_that_a_step_holds_up_says_what_ends_it(stage: Stage) -> None:
    """And a person can end it."""
    run = await stage.run(with_callback(stage), callbacks=PERSON)
    await waits(run)
    await run.cancel_by_signal()
    document = await run.reaches(lambda seen: seen.message is not None and "held up" in seen.message)
    assert document.phase is Phase.STOPPING
    assert document.message == (
        f"The stop is held up: step 'Check' waits for an answer to its message in the queue {QUEUE}. AWS stops the "
        "execution once it is answered: step 'Check': a person answers it, with the command 'approve' or 'reject'."
    )
    await answer(run, outcome="failure")
    assert (await run.result()).status is RunStatus.CANCELLED


async def test_an_answer_whose_reply_was_lost_is_given_once(stage: Stage) -> None:
    """AWS took the answer and the worker did not hear so: the next attempt finds it taken."""
    pipeline = with_callback(stage)
    run = await stage.run(pipeline, callbacks=PERSON)
    await waits(run)
    lost = stage.standin.fault("SendPipelineExecutionStepSuccess", "reset_after", times=1)
    given = await answer(run, outputs={"rows": "3"})
    assert given.message == "AWS took the answer 'success' to the step 'Check'."
    assert stage.standin.fault_state(lost)["hits"] == 1
    await run.result()
    assert stage.the_execution(pipeline)["attempts"]["Check"] == 1


async def test_a_run_continued_as_new_goes_on_to_wait(
    impatient_client: Client, shared_standin: Standin, idle_stage: Stage
) -> None:
    """For its steps with their deadlines, and takes an answer."""
    continuing = Stage(impatient_client, shared_standin)
    assert idle_stage.standin is shared_standin
    async with continuing.worker():
        person = {"answered_by": "person", "timeout": 3600}
        run = await continuing.run(with_callback(continuing, "Check", "Other"), callbacks={"*": person})
        before = await waits(run, 2)
        await answer(run, "Other")
        after = await waits(run, 1)
        assert after.gates == [gate for gate in before.gates if gate.step == "Check"]
        await answer(run, "Check")
        assert (await run.result()).status is RunStatus.SUCCESS
        assert await continued(run)
