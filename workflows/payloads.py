"""The data converter of worker and clients: pydantic's JSON, with unreadable input passed on instead of retried."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter, pydantic_data_converter
from temporalio.converter import CompositePayloadConverter

from contract.encrypted_payload import ENCODING, ENCRYPTED, KEY_ID, PROBLEM

MAX_PROBLEM_CHARS: Final = 500
"""What the codec here says has its place; where there are no keys, the metadata are whatever a caller wrote."""


class LockedPayloadError(Exception):
    """A payload is encrypted, and the key is not here; the text names the key and the remedy."""

    def __init__(self, payload: Payload) -> None:
        """Take the payload that was left encrypted."""
        key_id = payload.metadata.get(KEY_ID, b"").decode(errors="replace")[:80]
        default = f"it is encrypted under the key '{key_id}', and there are no keys here"
        problem = payload.metadata.get(PROBLEM, b"").decode(errors="replace")[:MAX_PROBLEM_CHARS]
        super().__init__(
            f"A payload cannot be read: {problem or default}. "
            f"Add '{key_id}' to POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS and restart"
        )


_SHARED: Final = PydanticPayloadConverter()


@dataclasses.dataclass(frozen=True)
class UnreadablePayload:
    """Stands for an argument that is no JSON, has an unknown encoding, or is locked."""

    problem: str
    locked: bool = False
    """Whether a key that is not here would make it readable."""


class TolerantPayloadConverter(PydanticPayloadConverter):
    """Reads what has no type hint even if it is not readable at all.

    Temporal retries a workflow task whose arguments do not decode for ever, and drops such a signal. Workflows and
    the `cancel` signal take their arguments without type hints: the workflow refuses what is not a JSON object, and
    the signal counts whatever it carries, even under a key that is not here. Typed payloads, such as activity
    results, keep Temporal's way: a new deployment, or the key, can mend those.
    """

    def __init__(self) -> None:
        """Share what pydantic has built for each type: the SDK makes a converter for each workflow in the cache."""
        CompositePayloadConverter.__init__(self, *_SHARED.converters.values())

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """See base class."""
        if type_hints is not None:
            if locked := next((payload for payload in payloads if _is_locked(payload)), None):
                raise LockedPayloadError(locked)
            return super().from_payloads(payloads, type_hints)
        return [self._read(payload) for payload in payloads]

    def _read(self, payload: Payload) -> Any:
        if _is_locked(payload):
            return UnreadablePayload(str(LockedPayloadError(payload)), locked=True)
        try:
            return super().from_payloads([payload])[0]
        except Exception as error:  # noqa: BLE001 — whatever a stranger's payload makes a decoder raise
            return UnreadablePayload(type(error).__name__)


def _is_locked(payload: Payload) -> bool:
    return payload.metadata.get(ENCODING) == ENCRYPTED


data_converter = dataclasses.replace(pydantic_data_converter, payload_converter_class=TolerantPayloadConverter)
