"""The data converter of worker and clients: pydantic's JSON, with unreadable input handed on instead of retried."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter, pydantic_data_converter


@dataclasses.dataclass(frozen=True)
class UnreadablePayload:
    """Stands for an argument that is no JSON, or has an encoding that nobody here knows."""

    problem: str


class TolerantPayloadConverter(PydanticPayloadConverter):
    """Reads what has no type hint even if it is not readable at all.

    Temporal retries a workflow task whose arguments do not decode for ever, and drops such a signal. Workflows and
    the `cancel` signal take their arguments without type hints: the workflow refuses what is not a JSON object, and
    the signal counts whatever it carries. Typed payloads, such as activity results, keep Temporal's way: a new
    deployment can mend those.
    """

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """See base class."""
        if type_hints is not None:
            return super().from_payloads(payloads, type_hints)
        return [self._read(payload) for payload in payloads]

    def _read(self, payload: Payload) -> Any:
        try:
            return super().from_payloads([payload])[0]
        except Exception as error:  # noqa: BLE001 — whatever a stranger's payload makes a decoder raise
            return UnreadablePayload(type(error).__name__)


data_converter = dataclasses.replace(pydantic_data_converter, payload_converter_class=TolerantPayloadConverter)
