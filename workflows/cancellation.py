"""The wish to stop a run, whether it came as the signal, as a native cancel, or as both."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from temporalio import workflow

from contract.pipeline_run import cancel_reason


class Cancellation:
    """Remembers who asked for a stop, and lets the workflow wait in spite of it.

    A native cancel throws a CancelledError into whatever the workflow awaits at that moment, and would lose a start
    or a stop under way. So the workflow only ever awaits conditions, through `wait`, which takes the error out; the
    cancel itself stays on record (`workflow.cancellation_reason`).
    """

    def __init__(self) -> None:
        self._signalled = False
        self._reason = ""

    def signal(self, arguments: tuple[object, ...]) -> None:
        """Take note of a `cancel` signal; its first reason counts."""
        if not self._signalled:
            self._signalled = True
            self._reason = cancel_reason(arguments)

    @property
    def is_native(self) -> bool:
        """Whether Temporal itself asked for the cancel (`temporal workflow cancel`, the Web UI's button)."""
        # The reason is an empty string when the CLI gives none: only None means that nobody asked.
        return workflow.cancellation_reason() is not None

    @property
    def is_requested(self) -> bool:
        """Whether anybody asked."""
        return self._signalled or self.is_native

    @property
    def why(self) -> str:
        """Who asked, and the reason if one was given."""
        reason = self._reason or workflow.cancellation_reason() or ""
        asked = "Cancel signal" if self._signalled else "Cancellation requested"
        return f"{asked}: {reason}" if reason else asked

    async def wait(
        self, condition: Callable[[], bool], *, at_most: timedelta | None = None, summary: str | None = None
    ) -> bool:
        """Wait for a condition, with a cancel noted but not raised.

        Args:
            condition: Checked whenever something happened to the workflow.
            at_most: Longest wait.
            summary: What the Web UI shows on the timer.

        Returns:
            Whether the condition holds; false when `at_most` has passed.
        """
        deadline = workflow.now() + at_most if at_most is not None else None
        while True:
            left = deadline - workflow.now() if deadline is not None else None
            try:
                await workflow.wait_condition(condition, timeout=left, timeout_summary=summary)
            except TimeoutError:
                return condition()
            except asyncio.CancelledError:
                if not self.is_native:
                    raise  # the worker evicts this workflow from its cache
            else:
                return True
