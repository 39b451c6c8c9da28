"""What the benchmark asks of each system."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.peers.followed import Followed, LostReplies


@dataclass(frozen=True)
class Ending:
    """How a system reported the end of an execution or a job.

    Attributes:
        at: Epoch seconds of the report.
        outcome: Status, or the error's name and text.
        is_error: Whether the report was an error: a failed workflow, a failed trigger, an exception.
    """

    at: float
    outcome: str
    is_error: bool


class System(Protocol):
    """A system that follows the executions or jobs of its own stand-in, in one process of its own."""

    name: str
    followed: Followed

    @property
    def version(self) -> str:
        """Product and version."""
        ...

    @property
    def pid(self) -> int:
        """The process whose CPU time and memory count."""
        ...

    @property
    def server_pid(self) -> int | None:
        """A server that it needs beside that process, reported separately; None if there is none here."""
        ...

    @property
    def endings(self) -> Mapping[str, Ending]:
        """What it has reported so far, by ARN."""
        ...

    async def start(self) -> None:
        """Start its processes and wait until it can follow something."""
        ...

    async def stop(self) -> None:
        """End its processes."""
        ...

    async def follow(self, arns: Sequence[str], interval: float, *, polls: int = 0) -> None:
        """Begin to follow executions or jobs, all at once.

        Args:
            arns: Of executions or jobs that run.
            interval: Seconds between two polls of each.
            polls: How many polls a system that gives up takes at the least, should its own default be fewer.
        """
        ...

    async def start_one(self, seconds: str, replies: LostReplies) -> str:
        """Start one while replies of the start are lost, retried as the system's user would have it retried.

        Args:
            seconds: Its duration, in the stand-in's words.
            replies: Those that are lost.

        Returns:
            How it went.
        """
        ...

    async def start_one_and_die(self, seconds: str, until_sent: Callable[[], bool]) -> str:
        """Start one and kill the process as soon as that is sent; then start the process again, as its user would.

        Returns:
            How it went.
        """
        ...

    async def replace_process(self) -> None:
        """Kill the process with SIGKILL and start another one, which goes on with what the first one followed."""
        ...
