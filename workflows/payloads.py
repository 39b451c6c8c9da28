"""The data converter of worker and clients: pydantic's JSON, with unreadable input refused instead of retried."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter, pydantic_data_converter
from temporalio.exceptions import ApplicationError

from contract.failures import FailureType


class RefusingPayloadConverter(PydanticPayloadConverter):
    """Ends what was called with a payload that is not readable at all.

    Temporal retries a workflow task or an activity whose arguments do not decode, for ever. Workflows take their
    arguments without type hints and validate them themselves; what reaches this class undecodable (JSON that is
    none, an unknown encoding) is the caller's mistake, and an ApplicationError is the one error that ends it.
    Typed payloads, such as activity results, keep Temporal's way: a new deployment can mend those.
    """

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """See base class.

        Raises:
            ApplicationError: `InvalidInput`, for payloads without type hints that do not decode.
        """
        try:
            return super().from_payloads(payloads, type_hints)
        except Exception as error:
            if type_hints is not None:
                raise
            raise ApplicationError(
                "Invalid input: the argument cannot be read: it must be one JSON object, encoded as json/plain, "
                f'such as {{"pipeline_name": "my-pipeline"}} ({type(error).__name__})',
                type=FailureType.INVALID_INPUT,
                non_retryable=True,
            ) from None


data_converter = dataclasses.replace(pydantic_data_converter, payload_converter_class=RefusingPayloadConverter)
