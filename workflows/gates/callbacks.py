"""Callback steps that wait: answered for a person, or without one as the input says."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contract.gates import (
        AnsweredBy,
        AnswerRequest,
        GateAnswer,
        GateRefusal,
        OnCancel,
        rule_for,
    )
    from contract.open_gates import Gate, GateKind
    from contract.pipeline_document import PipelineRunDocument
    from contract.run import Phase
    from workflows.gates import commands
    from workflows.gates.answers import InFlight, refusal
    from workflows.gates.commands import State
    from workflows.gates.unattended import UnattendedAnswers
    from workflows.optional_input import read_optional_input
    from workflows.pipeline_commands import PipelineCommands
    from workflows.run.following import Following
    from workflows.run.report import RunReport


class CallbackGates:
    """Answers the Callback steps of the execution that the run follows."""

    def __init__(self, pipeline: PipelineCommands, report: RunReport[Any], following: Following[Any]) -> None:
        self._pipeline = pipeline
        self._report = report
        self._following = following
        self._state: State | None = None
        self._is_closed = False
        self._in_flight = InFlight()
        self._unattended: UnattendedAnswers | None = None

    def open(self, state: State) -> None:
        """Take answers from now on, and give the answers that the input asks for."""
        self._state = state
        rules = state.run_input.callbacks.values()
        if any(rule.timeout is not None or rule.on_cancel is OnCancel.FAIL for rule in rules):
            self._unattended = UnattendedAnswers(
                self._report, self._following, self._for_a_person, lambda request: self._send(state, request)
            )

    def close(self) -> None:
        """Give no more answers."""
        self._is_closed = True
        if self._unattended is not None:
            self._unattended.close()

    def give_up(self) -> None:
        """Send no answer again that AWS has not taken yet."""
        self._in_flight.give_up()

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
        outcome = await self._in_flight.taken(
            _named(request.step), lambda: commands.answer_step(state, self._gate(request.step), request)
        )
        return outcome.why

    def _for_a_person(self) -> list[Gate]:
        return [
            gate
            for gate in self._document.gates
            if gate.kind is GateKind.CALLBACK and gate.is_for_a_person
            if _named(gate.step) not in self._in_flight
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


def _named(step: str) -> str:
    return f"the step '{step}'"
