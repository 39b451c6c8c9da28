"""A thread for calls that take long and must not hold the process's end up."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

Answer = TypeVar("Answer")


class OwnThread:
    """Runs functions one after the other; it ends with the process, also in the middle of a function.

    The threads of a `ThreadPoolExecutor` are waited for when the process ends: a long poll would hold it up for 20 s.
    """

    def __init__(self, name: str) -> None:
        """Prepare the thread, which begins with the first function."""
        self._work: SimpleQueue[tuple[Callable[[], Any], Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    async def run(self, function: Callable[[], Answer]) -> Answer:
        """Run a function after the earlier ones; if the caller is cancelled, it runs on in the background.

        Raises:
            Exception: What the function raises.
        """
        if self._thread.ident is None:
            self._thread.start()
        answer: Future[Answer] = Future()
        answer.set_running_or_notify_cancel()
        self._work.put((function, answer))
        return await asyncio.wrap_future(answer)

    def close(self) -> None:
        """End the thread after the functions that were given."""
        self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            function, answer = work
            try:
                answer.set_result(function())
            except BaseException as error:  # noqa: BLE001 — it is raised where the answer is awaited
                answer.set_exception(error)
