"""What the benchmark asks of each system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from benchmarks.peers.executions import Executions, LostReplies


@dataclass(frozen=True)
class Ending:
    """How a system reported an execution's end.

    Attributes:
        at: Epoch seconds of the report.
        outcome: Status, or the error's name and text.
        is_error: Whether the report was an error: a failed workflow, a failed trigger, an exception.
    """

    at: float
    outcome: str
    is_error: bool


class System(Protocol):
    """A system that follows executions of its own stand-in, in one process of its own."""

    name: str
    executions: Executions

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
        """What it has reported so far, by execution ARN."""
        ...

    async def start(self) -> None:
        """Start its processes and wait until it can follow executions."""
        ...

    async def stop(self) -> None:
        """End its processes."""
        ...

    async def follow(self, arns: Sequence[str], interval: float, *, polls: int = 0) -> None:
        """Begin to follow executions, all at once.

        Args:
            arns: Executions that run.
            interval: Seconds between two polls at an execution.
            polls: How many polls a system that gives up takes at the least, should its own default be fewer.
        """
        ...

    async def start_execution(self, parameters: Mapping[str, str], replies: LostReplies) -> str:
        """Start one run while replies of the start are lost, retried as the system's user would have it retried.

        Returns:
            How it went.
        """
        ...
