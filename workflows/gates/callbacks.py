"""Callback steps that wait: answered for a person, at their timeout, and after a stop of the run."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from contract.gates import (
        MAX_STEP_REASON_CHARS,
        AnsweredBy,
        AnswerRequest,
        GateAnswer,
        GateRefusal,
        OnCallbackTimeout,
        OnCancel,
        Outcome,
        rule_for,
    )
    from contract.open_gates import Gate, GateKind
    from contract.pipeline_document import PipelineRunDocument
    from contract.run import Phase
    from workflows.gates import commands
    from workflows.gates.answers import InFlight, refusal, taken
    from workflows.gates.commands import State
    from workflows.optional_input import read_optional_input
    from workflows.pipeline_commands import PipelineCommands
    from workflows.policies import bounded_summary
    from workflows.run.following import Following
    from workflows.run.report import RunReport

PAUSE_AFTER_REFUSAL: Final = timedelta(minutes=15)


class CallbackGates:
    """Answers the Callback steps of the execution that the run follows."""

    def __init__(self, pipeline: PipelineCommands, report: RunReport[Any], following: Following[Any]) -> None:
        self._pipeline = pipeline
        self._report = report
        self._following = following
        self._state: State | None = None
        self._is_closed = False
        self._in_flight = InFlight()
        self._settled: set[tuple[object, ...]] = set()
        self._task: asyncio.Task[None] | None = None

    def open(self, state: State) -> None:
        """Take answers from now on, and give the answers that the input asks for."""
        self._state = state
        rules = state.run_input.callbacks.values()
        if any(rule.timeout is not None or rule.on_cancel is OnCancel.FAIL for rule in rules):
            self._task = asyncio.create_task(self._answer_without_a_person(state))

    def close(self) -> None:
        """Give no more answers.

        Raises:
            Exception: A defect ended the answers before.
        """
        self._is_closed = True
        if self._task is None:
            return
        if self._task.done():
            self._task.result()
        self._task.cancel()

    def check(self, arguments: tuple[Any, ...]) -> None:
        """Refuse an `answer_step` that cannot be.

        Raises:
            ApplicationError: `InvalidInput`, `NotWaiting` or `NotAllowed`.
        """
        request = read_optional_input(arguments, AnswerRequest)
        if not self._is_to_come:
            self._require_answerable(request)

    @property
    def _is_to_come(self) -> bool:
        """Whether the run has not begun: an update may come with the first task of a run continued as new."""
        return self._state is None and not self._is_closed

    def _require_answerable(self, request: AnswerRequest) -> None:
        state, document = self._open_state(), self._document
        name = request.step.rpartition("/")[2]
        known = next((step for step in document.steps if step.key == request.step), None)
        if known is not None and known.type not in (None, "Callback"):
            raise refusal(
                GateRefusal.NOT_WAITING, f"The step '{request.step}' is a {known.type} step: it takes no answer."
            )
        if rule_for(state.run_input.callbacks, name).answered_by is AnsweredBy.ELSEWHERE:
            raise refusal(
                GateRefusal.NOT_ALLOWED,
                f"The step '{request.step}' is answered elsewhere: the input of this run does not give it to a person. "
                f'Start runs with "callbacks": {{"{name}": {{"answered_by": "person"}}}} for that, or with --ask.',
            )
        self._in_flight.refuse_second(_named(request.step))

    async def answer(self, arguments: tuple[Any, ...]) -> GateAnswer:
        """Answer a step for a person.

        Raises:
            ApplicationError: The step does not wait any more (`NotWaiting`), or AWS refuses the answer.
        """
        request = read_optional_input(arguments, AnswerRequest)
        await workflow.wait_condition(lambda: not self._is_to_come)
        self._require_answerable(request)
        message = await self._send(self._open_state(), request)
        why = f": {request.signed_reason}" if request.signed_reason else ""
        self._report.note(f"Step '{request.step}' was answered by the update answer_step as {request.outcome}{why}")
        return GateAnswer(message=message, step=request.step)

    async def _send(self, state: State, request: AnswerRequest) -> str:
        with self._in_flight.of(_named(request.step)):
            outcome = await taken(commands.answer_step(state, self._gate(request.step), request))
        return outcome.why

    async def _answer_without_a_person(self, state: State) -> None:
        while True:
            due = next(self._due(), None)
            if due is None:
                await self._until_a_change()
                continue
            gate, request = due
            try:
                await self._send(state, request)
            except ApplicationError as error:
                self._report.note(f"{request.reason}, but step '{gate.step}' was not answered: {error.message}")
                if error.type != GateRefusal.NOT_WAITING:
                    await self._until_a_change(at_most=PAUSE_AFTER_REFUSAL)
                    continue
            else:
                self._report.note(
                    f"Step '{gate.step}' was answered by the worker as {request.outcome}: {request.reason}"
                )
            self._settled.add(_wait_of(gate))

    def _due(self) -> Iterator[tuple[Gate, AnswerRequest]]:
        """Return the answers that are due without a person, first those that a stop waits for."""
        for gate in self._open_gates():
            if gate.on_cancel is OnCancel.FAIL and self._following.stop_was_accepted:
                yield gate, _answer(gate, Outcome.FAILURE, f"cancelled: {self._following.why_stopped}")
            elif gate.until is not None and gate.until <= workflow.now():
                succeeds = gate.on_timeout is OnCallbackTimeout.SUCCEED
                yield gate, _answer(gate, Outcome.SUCCESS if succeeds else Outcome.FAILURE, "No answer came in time")

    async def _until_a_change(self, at_most: timedelta | None = None) -> None:
        before = self._seen()
        ends = [gate.until for gate in self._open_gates() if gate.until is not None]
        if at_most is None and ends:
            at_most = max(min(ends) - workflow.now(), timedelta(milliseconds=1))
        try:
            await workflow.wait_condition(
                lambda: self._seen() != before,
                timeout=at_most,
                timeout_summary=bounded_summary("Time for an answer to a Callback step"),
            )
        except TimeoutError:
            return

    def _seen(self) -> tuple[object, ...]:
        return self._following.stop_was_accepted, *(_wait_of(gate) for gate in self._open_gates())

    def _open_gates(self) -> list[Gate]:
        return [
            gate
            for gate in self._document.gates
            if gate.kind is GateKind.CALLBACK and gate.is_for_a_person
            if _wait_of(gate) not in self._settled and _named(gate.step) not in self._in_flight
        ]

    def _gate(self, step: str) -> Gate | None:
        gates = (gate for gate in self._document.gates if gate.kind is GateKind.CALLBACK)
        return next((gate for gate in gates if gate.step == step), None)

    @property
    def _document(self) -> PipelineRunDocument:
        return self._pipeline.document

    def _open_state(self) -> State:
        phase: Phase = self._document.phase
        if self._state is None or self._state.execution is None or self._is_closed:
            raise refusal(GateRefusal.NOT_WAITING, f"No step waits for an answer: the phase of the run is {phase}.")
        if self._state.execution.observed.has_ended:
            raise refusal(GateRefusal.NOT_WAITING, "No step waits for an answer: the execution has ended.")
        return self._state


def _answer(gate: Gate, outcome: Outcome, reason: str) -> AnswerRequest:
    line = "".join(letter if letter.isprintable() else " " for letter in reason)
    return AnswerRequest(step=gate.step, outcome=outcome, reason=line[:MAX_STEP_REASON_CHARS])


def _wait_of(gate: Gate) -> tuple[str, datetime | None, int | None, bool | None]:
    """Return what one wait of a step is known by; a token that appears makes another one of it."""
    return gate.step, gate.since, gate.attempt, gate.token_shown


def _named(step: str) -> str:
    return f"the step '{step}'"
