"""What a watch waits for, and how it gets it."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from activities.models import Observation
from activities.results.reading import Step


class News(NamedTuple):
    """An execution that is no longer as the watch has seen it."""

    observed: Observation
    steps: Sequence[Step] | None = None
    """All steps that have started, if steps have changed."""


class AwaitedNews:
    """The news that one watch waits for: another status than the one seen, changed steps, the end, or an error."""

    __slots__ = ("_failure", "_future", "_seen_status")

    def __init__(self, seen_status: str | None) -> None:
        """Prepare to wait; `seen_status` is no news."""
        self._seen_status = seen_status
        self._future: asyncio.Future[News] | None = None
        self._failure: Exception | None = None

    @property
    def seen_status(self) -> str | None:
        """The status that is no news."""
        return self._seen_status

    @property
    def is_awaited(self) -> bool:
        """Whether a watch waits and has got nothing yet."""
        return self._future is not None and not self._future.done()

    def wait(self) -> asyncio.Future[News]:
        """Return the future that gets the next news, or an error.

        Raises:
            Exception: The watch was given up.
        """
        if self._failure is not None:
            raise self._failure
        self._future = asyncio.get_running_loop().create_future()
        return self._future

    def offer(self, news: News, *, is_further: bool = False) -> None:
        """Deliver what was observed, if it is news.

        Args:
            news: What was observed.
            is_further: Whether a job has made progress that is to be returned.
        """
        observed = news.observed
        is_known = observed.sagemaker_status == self._seen_status and not observed.has_ended
        if news.steps is None and is_known and not is_further:
            return
        if self._future is not None and not self._future.done():
            self._future.set_result(news)

    def fail(self, error: Exception) -> None:
        """Raise an error in the watch, which may wait again."""
        if self._future is not None and not self._future.done():
            self._future.set_exception(error)

    def give_up(self, error: Exception) -> None:
        """Raise an error in the watch, now and whenever it waits again."""
        self._failure = error
        self.fail(error)
