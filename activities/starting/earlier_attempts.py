"""What the earlier attempts of a start or a resumption may have done: the memory that keeps a run from leaking one."""

from typing import Final, Self

from pydantic import BaseModel, ValidationError
from temporalio import activity

from activities.aws.error_kinds import Kind

AT_THE_DOOR: Final = {
    Kind.CREDENTIALS,
    Kind.SECRET,
    Kind.ACCESS,
    Kind.QUOTA,
    Kind.QUOTA_IS_ZERO,
    Kind.CONFLICT,
    Kind.UNKNOWN,
}
"""Refusals that say nothing about an execution that an earlier attempt may have set going."""


class EarlierAttempts(BaseModel):
    """Whether every attempt so far was refused for certain.

    A lost reply, a timeout or a killed worker leaves open whether AWS accepted what was asked. After that, a refusal at
    the door (credentials, permission, quota) says nothing about the execution that may already run, so it has
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
    def may_have_been_accepted(self) -> bool:
        """Whether AWS may have accepted an earlier attempt."""
        return activity.info().attempt - 1 > self.refused_up_to

    def refused_for_certain(self) -> None:
        """Remember that this attempt, like all before it, set nothing going."""
        if not self.may_have_been_accepted:
            self.refused_up_to = activity.info().attempt
            activity.heartbeat(self)
