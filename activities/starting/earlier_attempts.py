"""What the earlier attempts of a start or a resumption may have done: the memory that keeps a run from losing one."""

import time
from typing import Self

from pydantic import BaseModel, Field, ValidationError
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
    begun: int = 0
    """The attempt that left this behind: the last one, unless its worker was killed before its first heartbeat came."""
    was_reset: bool = False
    """Whether the activity was reset: Temporal counts its attempts from 1 again, and what they did is not known."""
    may_be_known: bool = False
    """Whether the run was reset: the resource may exist since before this activity."""
    left_out: list[str] | None = None
    """Parameters of a rerun's source that are not sent, as the first attempt decided; None before it."""
    refused_since: dict[str, float] = Field(default_factory=dict)
    """When AWS first refused because it did not see something yet, by failure type, in seconds of Unix time."""

    @classmethod
    def read(cls, *, may_be_known: bool = False) -> Self:
        """Read what the previous attempt left behind.

        Args:
            may_be_known: Whether the run was reset, so that the resource may exist since before this activity.
        """
        info = activity.info()
        left = info.heartbeat_details[0] if info.heartbeat_details else None
        try:
            earlier = cls.model_validate({"may_be_known": may_be_known, **(left if isinstance(left, dict) else {})})
        except ValidationError:
            earlier = cls(may_be_known=may_be_known)
        is_begun_again = info.attempt == 1 and info.current_attempt_scheduled_time > info.scheduled_time
        earlier.was_reset |= is_begun_again or info.attempt <= max(earlier.begun, earlier.refused_up_to)
        earlier.begun = info.attempt
        if info.attempt > 1 or earlier.was_reset:
            activity.heartbeat(earlier)
        return earlier

    @property
    def may_have_created(self) -> bool:
        """Whether the resource may exist: from an earlier attempt, or from before a reset."""
        return self.may_have_been_accepted or self.may_be_known

    @property
    def may_have_been_accepted(self) -> bool:
        """Whether AWS may have accepted an earlier attempt: its outcome is open."""
        return self.was_reset or activity.info().attempt - 1 > self.refused_up_to

    @property
    def leaves_outcome_open(self) -> bool:
        """Whether AWS may have accepted this attempt or an earlier one."""
        return self.was_reset or activity.info().attempt > self.refused_up_to

    def refused_for_certain(self) -> None:
        """Remember that this attempt, like all before it in this activity, created nothing."""
        if not self.may_have_been_accepted:
            self.refused_up_to = activity.info().attempt
            activity.heartbeat(self)

    def nothing_exists(self) -> None:
        """Remember that the resource does not exist: AWS says so of the name itself."""
        self.refused_up_to, self.was_reset, self.may_be_known = activity.info().attempt, False, False
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

    def seconds_of_propagation(self, failure: str) -> float:
        """Return for how long AWS has refused with a failure because it does not see something yet."""
        now = time.time()
        return now - self.refused_since.setdefault(failure, now)
