"""Finding the model packages that an execution registered, within the time for their approval."""

from datetime import datetime, timedelta
from typing import Any, Final

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.gate_models import FoundPackages
    from contract.gates import ApprovalRule
    from workflows.gates import commands
    from workflows.gates.commands import State
    from workflows.run.report import RunReport
    from workflows.run.stop_wish import StopWish

TIME_FOR_APPROVAL: Final = "Time for the approval of the model packages"

LEAST_TIME_TO_FIND: Final = timedelta(minutes=5)
"""The model packages, also where the approval has less time: two attempts that read and describe all of them."""

TIMED_SEARCH: Final = "approval-timed-from-the-end"
"""Patch: the time for the approval counts also while AWS does not show what is to be approved."""


def approved_until(state: State, rule: ApprovalRule) -> datetime | None:
    """Return when the time for the approval is over; None if it has no limit."""
    # Kept, so that a continue-as-new does not restart the time where AWS shows no end.
    began = state.document.ended_at or state.approval_awaited_from or workflow.now()
    state.approval_awaited_from = began
    return began + timedelta(seconds=rule.timeout) if rule.timeout is not None else None


async def find_registered(
    state: State, rule: ApprovalRule, report: RunReport[Any], wish: StopWish
) -> FoundPackages | None:
    """Find what was registered; return None where a stop or the timeout came first.

    Raises:
        ActivityError: AWS refuses to show the packages.
    """
    is_timed = rule.timeout is not None and workflow.patched(TIMED_SEARCH)
    until = approved_until(state, rule) if is_timed else None
    # Not only once they are known: a client that reads the status alone must not take the end of the execution for an
    # approval.
    report.waits_for_approval("The model packages that were registered are being read", until)
    search = commands.find_packages(state)
    left = None if until is None else max(until - workflow.now(), LEAST_TIME_TO_FIND)
    await wish.wait(lambda: search.done() or wish.is_wanted, at_most=left, summary=TIME_FOR_APPROVAL)
    return search.result() if search.done() else None
