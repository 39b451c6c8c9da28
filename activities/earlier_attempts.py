"""What the earlier attempts of a start may have done: the memory that keeps a run from leaking an execution."""

from typing import Self

from pydantic import BaseModel, ValidationError
from temporalio import activity


class EarlierAttempts(BaseModel):
    """Whether every attempt so far was refused for certain.

    A lost reply, a timeout or a killed worker leaves open whether AWS accepted the start. After that, a refusal at
    the door (credentials, permission, quota) says nothing about the execution that may already run, so the start has
    to go on under its token until AWS answers it. The memory travels in the heartbeat details, which Temporal hands
    to the next attempt; an attempt that left none counts as uncertain.
    """

    refused_up_to: int = 0
    """The last attempt up to which all attempts were refused for certain."""

    @classmethod
    def read(cls) -> Self:
        """Read what the previous attempt left behind."""
        details = activity.info().heartbeat_details
        try:
            return cls.model_validate(details[0]) if details else cls()
        except ValidationError:
            return cls()

    @property
    def may_have_started(self) -> bool:
        """Whether an earlier attempt may have been accepted by AWS."""
        return activity.info().attempt - 1 > self.refused_up_to

    def refused_for_certain(self) -> None:
        """Remember that this attempt, like all before it, started nothing."""
        if not self.may_have_started:
            self.refused_up_to = activity.info().attempt
            activity.heartbeat(self)
