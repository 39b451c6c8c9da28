"""What jobs belong to: an execution whose step started the job, or a tuning job that started a training job."""

import asyncio
from collections import Counter
from itertools import takewhile

from activities.events.trust import GRACE_SECONDS
from contract.arns import resource_key

Owner = tuple[str, str]
"""A platform's name and a key of `owner_key`."""


def owner_key(arn: str) -> str:
    """Return what identifies an owner: names of jobs contain the id of their execution and not its pipeline."""
    key = resource_key(arn)
    _, is_execution, execution_id = key.rpartition("/execution/")
    return f"execution/{execution_id}" if is_execution else key


class WatchedOwners:
    """The owners that this process watches, or has watched until just now: then no other process awaits their jobs."""

    def __init__(self) -> None:
        """Begin without any."""
        self._watches: Counter[Owner] = Counter()
        self._left_at: dict[Owner, float] = {}

    def begin(self, owner: Owner) -> None:
        """Record that a watch begins."""
        self._watches[owner] += 1

    def end(self, owner: Owner) -> None:
        """Record that a watch ends; events of the owner's jobs still come for some seconds."""
        self._watches[owner] -= 1
        if self._watches[owner]:
            return
        del self._watches[owner]
        now = asyncio.get_running_loop().time()
        self._left_at.pop(owner, None)
        self._left_at[owner] = now
        # The oldest are the first.
        for old in list(takewhile(lambda each: now - self._left_at[each] > GRACE_SECONDS, self._left_at)):
            del self._left_at[old]

    def __contains__(self, owner: Owner) -> bool:
        """Whether an owner is watched here, or was until just now."""
        left_at = self._left_at.get(owner)
        is_recent = left_at is not None and asyncio.get_running_loop().time() - left_at <= GRACE_SECONDS
        return owner in self._watches or is_recent
