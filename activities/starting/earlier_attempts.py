"""What the earlier attempts of a start or a resumption may have done: the memory that keeps a run from losing one."""

import time
from typing import Self

from pydantic import BaseModel, ValidationError
from temporalio import activity


class EarlierAttempts(BaseModel):
    """Which attempts were refused for certain, and what later attempts must repeat.

    A lost reply, a timeout or a killed worker leaves the outcome of an attempt open: AWS may have accepted it. After
    that, a refusal of a later attempt proves nothing, unless AWS checked the idempotency key first. The memory
    travels in the heartbeat details, which Temporal hands to the next attempt; an attempt that left none counts as
    open.
    """

    refused_up_to: int = 0
    """The last attempt up to which all attempts were refused for certain."""
    left_out: list[str] | None = None
    """Parameters of a rerun's source that are not sent, as the first attempt decided; None before it."""
    propagating_since: float | None = None
    """When AWS first refused because a new role or bucket is not known everywhere yet, in seconds of Unix time."""

    @classmethod
    def read(cls) -> Self:
        """Read what the previous attempt left behind."""
        details = activity.info().heartbeat_details
        try:
            return cls.model_validate(details[0]) if details else cls()
        except ValidationError:
            return cls()

    @property
    def may_have_been_accepted(self) -> bool:
        """Whether AWS may have accepted an earlier attempt: its outcome is open."""
        return activity.info().attempt - 1 > self.refused_up_to

    @property
    def leaves_outcome_open(self) -> bool:
        """Whether AWS may have accepted this attempt or an earlier one."""
        return activity.info().attempt > self.refused_up_to

    def refused_for_certain(self) -> None:
        """Remember that this attempt, like all before it, created nothing."""
        if not self.may_have_been_accepted:
            self.nothing_exists()

    def nothing_exists(self) -> None:
        """Remember that none of the attempts so far created anything: AWS says so of the name itself."""
        self.refused_up_to = activity.info().attempt
        activity.heartbeat(self)

    def leave_out(self, names: list[str]) -> list[str]:
        """Remember which parameters are not sent: later attempts must send the same request under the same key.

        Returns:
            The names that an earlier attempt left out, else those given.
        """
        if self.left_out is None:
            self.left_out = names
            activity.heartbeat(self)
        return self.left_out

    def seconds_of_propagation(self) -> float:
        """Return for how long AWS has refused because something new is not known everywhere yet."""
        now = time.time()
        if self.propagating_since is None:
            self.propagating_since = now
        return now - self.propagating_since
