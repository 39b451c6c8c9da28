"""Calls in the background."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any


class Background:
    """The tasks of one group."""

    def __init__(self, failed: Callable[[Exception], None]) -> None:
        """Begin without tasks.

        Args:
            failed: Called with what a task raises, which is a defect.
        """
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task, in no activity's context."""
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Cancel all tasks."""
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._failed(error)
