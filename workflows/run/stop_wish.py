"""Whether a run is to stop: because of the signal, a native cancel, or its timeout."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow

from contract.cancel import cancel_reason
from workflows.policies import bounded_summary


class StopWish:
    """Remembers why the run is to stop, and lets the workflow wait in spite of it.

    A native cancel raises a CancelledError in the workflow, wherever it awaits at that moment, and would lose a start
    or a stop under way. So the workflow only ever awaits conditions, through `wait`, which catches the error; the
    cancel itself stays on record (`workflow.cancellation_reason`).
    """

    def __init__(self) -> None:
        self._signalled = False
        self._reason = ""
        self._timeout: asyncio.Task[None] | None = None

    def signal(self, arguments: tuple[object, ...]) -> None:
        """Record a `cancel` signal; the reason of the first one counts."""
        if not self._signalled:
            self._signalled = True
            self._reason = cancel_reason(arguments)

    def start_timeout(self, left: timedelta) -> None:
        """Stop the run once its time is over."""
        self._timeout = asyncio.create_task(workflow.sleep(left, summary="Timeout of the run"))

    @property
    def is_native(self) -> bool:
        """Whether Temporal itself asked for the cancel (`temporal workflow cancel`, the Web UI's button)."""
        # The reason is an empty string when the CLI gives none: only None means that no cancel was requested.
        return workflow.cancellation_reason() is not None

    @property
    def is_cancel(self) -> bool:
        """Whether a cancel was requested, in either way."""
        return self._signalled or self.is_native

    @property
    def is_timeout(self) -> bool:
        """Whether only the run's time is over."""
        return self._timeout is not None and self._timeout.done() and not self.is_cancel

    @property
    def is_wanted(self) -> bool:
        """Whether the run is to stop, for any of the reasons."""
        return self.is_cancel or self.is_timeout

    @property
    def why(self) -> str:
        """How the stop was requested, and the reason if one was given."""
        if not self.is_cancel:
            return "The run's timeout passed"
        reason = self._reason or workflow.cancellation_reason() or ""
        asked = "Cancel signal" if self._signalled else "Cancellation requested"
        return f"{asked}: {reason}" if reason else asked

    async def wait(
        self, condition: Callable[[], bool], *, at_most: timedelta | None = None, summary: str | None = None
    ) -> bool:
        """Wait for a condition; a cancel is recorded but not raised.

        Args:
            condition: Evaluated after each event of the workflow.
            at_most: Longest wait.
            summary: What the Web UI shows on the timer.

        Returns:
            Whether the condition holds; false when `at_most` has passed.
        """
        deadline = workflow.now() + at_most if at_most is not None else None
        while True:
            left = deadline - workflow.now() if deadline is not None else None
            try:
                await workflow.wait_condition(
                    condition, timeout=left, timeout_summary=summary and bounded_summary(summary)
                )
            except TimeoutError:
                return condition()
            except asyncio.CancelledError:
                if not self.is_native:
                    raise  # the worker evicts this workflow from its cache
            else:
                return True
