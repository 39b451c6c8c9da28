"""Answers to Callback steps that no person gives: at a step's timeout, and after a stop of the run."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from contract.gates import (
        MAX_STEP_REASON_CHARS,
        AnswerRequest,
        GateRefusal,
        OnCallbackTimeout,
        OnCancel,
        Outcome,
    )
    from contract.open_gates import Gate
    from workflows.policies import bounded_summary
    from workflows.run.following import Following
    from workflows.run.report import RunReport

PAUSE_AFTER_REFUSAL: Final = timedelta(minutes=15)

PAUSES_OF_STEPS: Final = "pauses-of-steps"
"""Patch: a refused answer delays only its own step."""
SILENT_WHEN_CLOSED: Final = "closed-gates-are-silent"
"""Patch: nothing is answered once the run has ended; the cancel of an answer on its way did not end the task before."""
SURVIVES_DEFECTS: Final = "answers-survive-defects"
"""Patch: a step that cannot be answered keeps no other one from its answer."""

Wait = tuple[object, ...]
"""What one wait of a step is known by."""


class _Due(NamedTuple):
    """An answer that is due without a person."""

    gate: Gate
    outcome: Outcome
    reason: str


class UnattendedAnswers:
    """Gives the answers that the input asks for, each once for each wait of a step."""

    def __init__(
        self,
        report: RunReport[Any],
        following: Following[Any],
        waiting: Callable[[], list[Gate]],
        send: Callable[[AnswerRequest], Awaitable[object]],
    ) -> None:
        """Prepare the answers.

        Args:
            report: Takes notes of them.
            following: Knows whether a stop was accepted.
            waiting: Returns the steps that wait for a person, and to which no answer is on its way.
            send: Sends an answer; raises ApplicationError where it is not taken.
        """
        self._report = report
        self._following = following
        self._waiting = waiting
        self._send = send
        self._settled: set[Wait] = set()
        self._paused_until: dict[Wait, datetime] = {}
        self._is_closed = False
        self._task = asyncio.create_task(self._answer_all())

    def close(self) -> None:
        """Give no more answers."""
        self._is_closed = True
        if self._task.done() and not self._task.cancelled() and (defect := self._task.exception()):
            # A defect in the answers must not keep the run from its end.
            self._report.note(f"Steps were no longer answered after an unexpected {type(defect).__name__}; report it")
        self._task.cancel()

    async def _answer_all(self) -> None:
        while not self._is_silent():
            due = next(self._due(), None)
            if due is None:
                await self._until_a_change()
                continue
            await self._answer_due(due)

    async def _answer_due(self, due: _Due) -> None:
        gate = due.gate
        try:
            await self._send(_request(due))
        except ApplicationError as error:
            if self._is_silent():
                return
            self._report.note(f"{due.reason}, but step '{gate.step}' was not answered: {error.message}")
            if error.type != GateRefusal.NOT_WAITING:
                await self._pause(gate)
                return
        except Exception as error:
            if not workflow.patched(SURVIVES_DEFECTS):
                raise
            # Such as a name that AWS shows and no answer can carry: an empty one.
            defect = type(error).__name__
            self._report.note(f"{due.reason}, but step '{gate.step}' cannot be answered: unexpected {defect}")
        else:
            self._report.note(f"Step '{gate.step}' was answered by the worker as {due.outcome}: {due.reason}")
        self._settled.add(_wait_of(gate))

    def _is_silent(self) -> bool:
        return self._is_closed and workflow.patched(SILENT_WHEN_CLOSED)

    def _due(self) -> Iterator[_Due]:
        """Return the answers that are due without a person, first those that a stop waits for."""
        now = workflow.now()
        for gate in self._unanswered():
            if self._pause_of(gate) > now:
                continue
            if gate.on_cancel is OnCancel.FAIL and self._following.stop_was_accepted:
                yield _Due(gate, Outcome.FAILURE, _line(f"cancelled: {self._following.why_stopped}"))
            elif gate.until is not None and gate.until <= now:
                succeeds = gate.on_timeout is OnCallbackTimeout.SUCCEED
                yield _Due(gate, Outcome.SUCCESS if succeeds else Outcome.FAILURE, "No answer came in time")

    async def _pause(self, gate: Gate) -> None:
        if workflow.patched(PAUSES_OF_STEPS):
            self._paused_until[self._wait_now(gate)] = workflow.now() + PAUSE_AFTER_REFUSAL
        else:
            await self._until_a_change(at_most=PAUSE_AFTER_REFUSAL)

    def _pause_of(self, gate: Gate) -> datetime:
        """Return until when the step is not answered again; a stop, or another wait of the step, ends a pause."""
        return self._paused_until.get(self._wait_now(gate), datetime.min.replace(tzinfo=UTC))

    def _wait_now(self, gate: Gate) -> tuple[object, ...]:
        return self._following.stop_was_accepted, *_wait_of(gate)

    def _next_moment(self, gate: Gate) -> datetime | None:
        pause = self._pause_of(gate)
        return pause if pause > workflow.now() else gate.until

    async def _until_a_change(self, at_most: timedelta | None = None) -> None:
        before = self._seen()
        ends = [moment for gate in self._unanswered() if (moment := self._next_moment(gate)) is not None]
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

    def _unanswered(self) -> list[Gate]:
        return [gate for gate in self._waiting() if _wait_of(gate) not in self._settled]

    def _seen(self) -> tuple[object, ...]:
        return self._following.stop_was_accepted, *(_wait_of(gate) for gate in self._unanswered())


def _line(reason: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in reason)[:MAX_STEP_REASON_CHARS]


def _request(due: _Due) -> AnswerRequest:
    return AnswerRequest(step=due.gate.step, outcome=due.outcome, reason=due.reason)


def _wait_of(gate: Gate) -> Wait:
    """Return what one wait of a step is known by; a token that appears makes another one of it."""
    return gate.step, gate.since, gate.attempt, gate.token_shown
