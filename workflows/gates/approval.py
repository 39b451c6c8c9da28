"""The wait of a run that succeeded until a person approves the model packages that it registered."""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.gate_models import FoundPackages
    from contract.failures import FailureType, invalid_input
    from contract.gates import ApprovalRequest, ApprovalRule, GateAnswer, GateRefusal, OnApprovalTimeout
    from contract.open_gates import Approval, Gate, GateKind, ModelPackage
    from contract.pipeline_document import PipelineRunDocument
    from contract.run import Phase
    from workflows.gates import commands
    from workflows.gates.answers import InFlight, refusal
    from workflows.gates.commands import State
    from workflows.gates.registered import TIME_FOR_APPROVAL, approved_until, find_registered
    from workflows.optional_input import read_optional_input
    from workflows.pipeline_commands import PipelineCommands
    from workflows.run.report import RunReport
    from workflows.run.stop_wish import StopWish


class ApprovalGate:
    """Waits for the approval of all packages, and approves or rejects them for a person."""

    def __init__(self, pipeline: PipelineCommands, report: RunReport[Any], wish: StopWish) -> None:
        self._pipeline = pipeline
        self._report = report
        self._wish = wish
        self._state: State | None = None
        self._is_open, self._is_closed = False, False
        self._in_flight = InFlight()

    def open(self) -> None:
        """Take note that the run has begun."""
        self._is_open = True

    def close(self) -> None:
        """Take no more decisions."""
        self._is_closed = True

    def give_up(self) -> None:
        """Send no decision again that AWS has not taken yet."""
        self._in_flight.give_up()

    async def is_passed(self, state: State) -> bool:
        """Wait until no package is pending; return false if a stop ended the wait.

        Raises:
            ActivityError: AWS refuses to show the packages.
            ApplicationError: `ModelRejected` or `ApprovalTimedOut`.
        """
        rule = state.run_input.approval
        if rule is None or not rule.wait:
            return True
        found = await find_registered(state, rule, self._report, self._wish)
        if found is None:
            return self._is_in_time(rule, "which model packages it registered is not known")
        self._document.model_packages = found.packages
        if not found.packages:
            of_group = f" in the group '{rule.group}'" if rule.group else ""
            self._report.note(f"No approval was waited for: the execution registered no model package{of_group}.")
            return True
        self._state = state
        try:
            return await self._wait(state, rule, found)
        finally:
            self._state, self._document.gates = None, []

    async def _wait(self, state: State, rule: ApprovalRule, found: FoundPackages) -> bool:
        until = approved_until(state, rule)
        watches: dict[str, ActivityHandle[ModelPackage]] = {}
        while pending := self._open():
            self._document.gates = [_gate(package, self._document, until) for package in pending]
            names = ", ".join(package.name for package in pending)
            self._report.waits_for_approval(f"Waits for the approval of {names}", until)
            for package in pending:
                if package.model_package_arn not in watches:
                    watches[package.model_package_arn] = commands.watch_package(state, package, found)
            if not await self._is_answered(watches, pending, until):
                return self._is_in_time(rule, f"still pending: {names}")
            self._take(watches)
            # Only after a change: the new run reads end and packages again, and a wait adds nothing to the history.
            state.continue_as_new_if_suggested(self._wish)
        self._hand_on()
        return True

    async def _is_answered(
        self, watches: dict[str, ActivityHandle[ModelPackage]], pending: list[ModelPackage], until: datetime | None
    ) -> bool:
        """Wait for a change of a package; return false where a stop or the timeout came first."""
        left = max(until - workflow.now(), timedelta(milliseconds=1)) if until is not None else None
        await self._wish.wait(
            lambda: self._wish.is_wanted or self._pending() != pending or any(w.done() for w in watches.values()),
            at_most=left,
            summary=TIME_FOR_APPROVAL,
        )
        return self._pending() != pending or any(watch.done() for watch in watches.values())

    def _take(self, watches: dict[str, ActivityHandle[ModelPackage]]) -> None:
        """Take over what the watches returned.

        Raises:
            ActivityError: A watch gave up.
        """
        for package in self._document.model_packages:
            watch = watches.get(package.model_package_arn)
            if watch is not None and watch.done():
                seen = watches.pop(package.model_package_arn).result()
                package.status, package.description, package.by = seen.status, seen.description, seen.by

    def _is_in_time(self, rule: ApprovalRule, what_is_open: str) -> bool:
        """Return false where a stop ended the wait; else the time is over.

        Raises:
            ApplicationError: `ApprovalTimedOut`.
        """
        if self._wish.is_wanted:
            return False
        message = f"No approval within {rule.timeout:g} s of the end of the execution; {what_is_open}."
        if rule.on_timeout is OnApprovalTimeout.FAIL:
            raise ApplicationError(message, type=FailureType.APPROVAL_TIMED_OUT, non_retryable=True)
        self._report.note(message)
        self._hand_on()
        return True

    def _hand_on(self) -> None:
        """Add the last package to the outputs, unless the input has outputs of these names."""
        if not self._document.model_packages:
            return
        self._document.message = "; ".join(f"{each.name}: {each.status}" for each in self._document.model_packages)
        package, outputs = self._document.model_packages[-1], self._document.outputs
        outputs.setdefault("model_package_arn", package.model_package_arn)
        outputs.setdefault("model_approval_status", package.status)

    def _open(self) -> list[ModelPackage]:
        """Return the packages that wait.

        Raises:
            ApplicationError: `ModelRejected`.
        """
        for package in self._document.model_packages:
            _require_not_rejected(package)
        return self._pending()

    def _pending(self) -> list[ModelPackage]:
        # An unknown status keeps the gate closed; a package that no group versions has none.
        ended = (Approval.APPROVED, Approval.REJECTED, Approval.DELETED, None)
        return [package for package in self._document.model_packages if package.status not in ended]

    def check(self, arguments: tuple[Any, ...]) -> None:
        """Refuse an `approve` or `reject` that cannot be.

        Raises:
            ApplicationError: `InvalidInput` or `NotWaiting`.
        """
        request = read_optional_input(arguments, ApprovalRequest)
        if not self._is_to_come:
            self._in_flight.refuse_second(self._wanted(request).subject)

    @property
    def _is_to_come(self) -> bool:
        """Whether the wait is about to begin: an update may come early in a run that was continued as new."""
        if self._is_closed:
            return False
        return not self._is_open or (self._state is None and self._document.phase is Phase.WAITING_FOR_APPROVAL)

    async def decide(self, arguments: tuple[Any, ...], status: Approval) -> GateAnswer:
        """Approve or reject a package for a person.

        Raises:
            ApplicationError: The package is not pending any more (`NotWaiting`), or AWS refuses.
        """
        request = read_optional_input(arguments, ApprovalRequest)
        await workflow.wait_condition(lambda: not self._is_to_come)
        gate, state = self._wanted(request), self._state
        arn = gate.model_package_arn
        if state is None or arn is None:
            raise self._not_waiting()
        outcome = await self._in_flight.taken(
            gate.subject, lambda: commands.update_package(state, arn, status, request)
        )
        why = f": {request.signed_reason}" if request.signed_reason else ""
        self._report.note(f"The model package {_name(arn)} was {status.lower()} by an update{why}")
        for package in self._document.model_packages:
            if package.model_package_arn == arn:
                package.status, package.description = status, request.signed_reason or None
        return GateAnswer(message=outcome.why, model_package_arn=arn)

    def _wanted(self, request: ApprovalRequest) -> Gate:
        gates = [gate for gate in self._document.gates if gate.kind is GateKind.APPROVAL]
        if self._state is None or not gates:
            raise self._not_waiting()
        if request.model_package_arn is None and len(gates) == 1:
            return gates[0]
        names = ", ".join(gate.model_package_arn or "" for gate in gates)
        if request.model_package_arn is None:
            raise invalid_input(f"model_package_arn: {len(gates)} packages wait, so name one of them: {names}")
        for gate in gates:
            if (gate.model_package_arn or "").lower() == request.model_package_arn.lower():
                return gate
        raise refusal(
            GateRefusal.NOT_WAITING, f"The model package {request.model_package_arn} does not wait; waiting: {names}"
        )

    def _not_waiting(self) -> ApplicationError:
        phase: Phase = self._document.phase
        return refusal(
            GateRefusal.NOT_WAITING, f"No model package waits for approval: the phase of the run is {phase}."
        )

    @property
    def _document(self) -> PipelineRunDocument:
        return self._pipeline.document


def _require_not_rejected(package: ModelPackage) -> None:
    if package.status not in (Approval.REJECTED, Approval.DELETED):
        return
    who = f" by {package.by}" if package.by else ""
    what = f"was rejected{who}: {package.description or 'without a reason'}"
    if package.status == Approval.DELETED:
        what = "was deleted before it was approved"
    raise ApplicationError(
        f"The model package {package.name} {what}", type=FailureType.MODEL_REJECTED, non_retryable=True
    )


def _gate(package: ModelPackage, document: PipelineRunDocument, until: datetime | None) -> Gate:
    return Gate(
        kind=GateKind.APPROVAL,
        step=package.step,
        model_package_arn=package.model_package_arn,
        since=document.ended_at,
        until=until,
    )


def _name(arn: str) -> str:
    return ModelPackage(model_package_arn=arn).name
