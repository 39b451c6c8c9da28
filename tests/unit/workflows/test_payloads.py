"""Payloads that do not decode: the caller's mistake is handed on, ours waits for a new deployment."""

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.exceptions import ApplicationError

from activities.models import Observation
from contract.cancel import cancel_reason
from contract.pipeline_run import PipelineRunInput
from contract.templates import ScheduledStart
from workflows.payloads import UnreadablePayload, data_converter
from workflows.run.run_input import read_run_input

converter = data_converter.payload_converter
UNREADABLE = {
    "no JSON": Payload(metadata={"encoding": b"json/plain"}, data=b"{pipeline: hunter2"),
    "no UTF-8": Payload(metadata={"encoding": b"json/plain"}, data=b'"\xff"'),
    "lone surrogate": Payload(metadata={"encoding": b"json/plain"}, data=rb'"\ud800"'),
    "unknown encoding": Payload(metadata={"encoding": b"avro/binary"}, data=b"\x00"),
    "no encoding": Payload(data=b"{}"),
}


@pytest.mark.parametrize("payload", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unreadable_argument_is_refused_for_good(payload: Payload) -> None:
    """Temporal would retry an error while decoding for ever, so the workflow gets to see it."""
    arguments = tuple(converter.from_payloads([payload]))
    with pytest.raises(ApplicationError, match="the argument cannot be read") as raised:
        read_run_input(arguments, PipelineRunInput, ScheduledStart())
    assert (raised.value.type, raised.value.non_retryable) == ("InvalidInput", True)
    assert "hunter2" not in raised.value.message
    assert cancel_reason(arguments) == ""


def test_an_unreadable_typed_payload_keeps_temporals_way() -> None:
    """An activity's result that this version cannot read must not fail the run, whose execution goes on."""
    with pytest.raises(ValueError, match="Observation"):
        converter.from_payloads([Payload(metadata={"encoding": b"json/plain"}, data=b"[]")], [Observation])


def test_what_decodes_is_plain_json_in_snake_case() -> None:
    """Other languages read and write it without a library."""
    (payload,) = converter.to_payloads([Observation(sagemaker_status="Executing")])
    assert payload.metadata["encoding"] == b"json/plain"
    assert converter.from_payloads([payload], [Observation]) == [Observation(sagemaker_status="Executing")]
    assert b'"sagemaker_status":"Executing"' in payload.data


def test_a_locked_argument_whose_metadata_are_no_text_is_read_as_locked() -> None:
    """Without keys here they are as the caller wrote them; they must neither wedge a run nor fill its failure."""
    metadata = {"encoding": b"binary/encrypted", "encryption-key-id": b"\xff", "decryption-problem": b"\xff" * 10_000}
    (argument,) = converter.from_payloads([Payload(metadata=metadata, data=b"\x00")])
    assert isinstance(argument, UnreadablePayload)
    assert argument.locked
    assert len(argument.problem) < 1000
