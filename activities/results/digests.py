"""What AWS may show late, or change, of a step whose status, job and times stay: its details, and its reason.

A mark (`contract.steps.StepDocument.mark`) has no part of them. Workflow and activity compute it on either side of a
redaction, and workers of older versions compare it as it is: a longer mark would be news to them for ever. So digests
travel beside the marks, from an activity through the workflow to the next activity; older versions pass them over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Self
from zlib import crc32

from activities.models import WatchRequest
from contract.steps import StepDocument


@dataclass(frozen=True)
class SeenDigests:
    """The digests of steps as they were seen.

    Attributes:
        digests: By a hash of the step's key; none of steps without details and reason.
        with_reasons: Whether reasons have a part in them.
    """

    digests: Mapping[str, str] = field(repr=False)
    with_reasons: bool

    @classmethod
    def of(cls, request: WatchRequest) -> Self | None:
        """Return what a watch has seen; None where its workflow, of an older version, would not remember any."""
        if request.seen_digests is None:
            return None
        # A digest stands in the history: of a reason that quotes a secret it would let guesses be checked.
        return cls(request.seen_digests, with_reasons=not request.secrets)

    def has(self, step: StepDocument) -> bool:
        """Return whether a step shows what was seen of it."""
        return self.digests.get(_key(step), "") == self._digest(step)

    def news(self, steps: Iterable[StepDocument]) -> dict[str, str]:
        """Return the digests of steps that are returned, empty where a step that had one has none any more."""
        found = {_key(step): self._digest(step) for step in steps}
        return {key: digest for key, digest in found.items() if digest or key in self.digests}

    def _digest(self, step: StepDocument) -> str:
        facts = (sorted(step.details.items()), step.failure_reason if self.with_reasons else None)
        return f"{crc32(repr(facts).encode(errors='replace')):08x}" if any(facts) else ""


def _key(step: StepDocument) -> str:
    # Six bytes: a run has up to 5,000 steps, and all keys travel with each watch.
    return blake2b(step.seen_key.encode(errors="replace"), digest_size=6).hexdigest()
