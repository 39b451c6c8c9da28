"""Whatever a run is started with: it is read as it was meant, or refused by the name of what is wrong."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.exceptions import ApplicationError

from contract.failures import FailureType
from contract.pipeline_document import PipelineRunDocument
from contract.pipeline_run import PipelineRunInput
from contract.templates import ScheduledStart
from tests.properties.driven_workflow import NOON
from tests.properties.run_inputs import (
    FIELDS,
    Json,
    any_json,
    as_json,
    in_key_styles,
    nearly_inputs,
    starts,
    valid_inputs,
)
from workflows.payloads import data_converter
from workflows.pipeline_commands import PipelineRunState
from workflows.run.run_input import read_run_input

LONGEST_REFUSAL_BYTES: Final = 20_000
"""Far less than Temporal's 2 MiB, for ten problems of 400 characters each with the field's name."""

AS_A_WHOLE: Final = ("one JSON object is needed", "the argument cannot be read", "input: must be a JSON object")
"""Refusals of what is no object at all; every other one names a field."""


def arguments(*payloads: bytes) -> tuple[Any, ...]:
    """A workflow's arguments as it gets them from JSON."""
    encoded = [Payload(metadata={"encoding": b"json/plain"}, data=data) for data in payloads]
    return tuple(data_converter.payload_converter.from_payloads(encoded))


def read(document: Any) -> PipelineRunInput:
    """The input that a document is read as."""
    return read_run_input(arguments(as_json(document)), PipelineRunInput, ScheduledStart())


def refusal_of(*payloads: bytes) -> ApplicationError | None:
    """The refusal of a workflow's arguments; None if they are read. Nothing else may be raised."""
    try:
        read_run_input(arguments(*payloads), PipelineRunInput, ScheduledStart())
    except ApplicationError as refusal:
        return refusal
    return None


def reads_or_is_refused(*payloads: bytes) -> None:
    """Read arguments; a refusal must be one that a person can use."""
    if refusal := refusal_of(*payloads):
        told = refusal.message.removeprefix("Invalid input: ")
        assert (refusal.type, refusal.non_retryable) == (FailureType.INVALID_INPUT, True)
        assert len(told.encode()) <= LONGEST_REFUSAL_BYTES
        assert told.startswith((*AS_A_WHOLE, "unknown: ")) or any(field in told for field in FIELDS)


@given(st.lists(any_json | nearly_inputs, max_size=2))
def test_any_json_is_read_or_refused(documents: list[Any]) -> None:
    """Another exception would keep the workflow task failing for ever."""
    reads_or_is_refused(*map(as_json, documents))


@given(nearly_inputs, st.data())
def test_what_is_nearly_right_is_read_or_refused(document: Json, data: st.DataObject) -> None:
    """Also with a good field or two beside the bad ones."""
    reads_or_is_refused(as_json(document | data.draw(valid_inputs)))


@given(st.binary(max_size=40))
def test_any_bytes_are_refused(payload: bytes) -> None:
    """What claims to be JSON need not be any."""
    reads_or_is_refused(payload)
    reads_or_is_refused(b'{"pipeline_name": "churn", "parameters": ' + payload + b"}")


@pytest.mark.parametrize("value", ["[" * 100_000, "[" * 150 + "]" * 150, "1" + "0" * 5000, "1e999", '"\\ud800"', "-0"])
@pytest.mark.parametrize("field", ["parameters", "timeout", "pipeline_version_id", "description", "unknown"])
def test_json_at_its_limits_is_read_or_refused(field: str, value: str) -> None:
    """Depth, digits and half characters that a decoder may stumble over."""
    reads_or_is_refused(f'{{"pipeline_name": "churn", "{field}": {value}}}'.encode())


@given(valid_inputs, st.data())
def test_every_mixture_of_key_styles_reads_the_same(document: Json, data: st.DataObject) -> None:
    """Whatever a serialiser makes of names, lists and nulls."""
    assert read(data.draw(in_key_styles(document))) == read(document)


@given(valid_inputs)
def test_what_was_read_survives_being_written(document: Json) -> None:
    """As a document, and in what a continue-as-new hands on."""
    run_input = read(document)
    assert PipelineRunInput.model_validate_json(run_input.model_dump_json()) == run_input
    assert PipelineRunInput.model_validate(run_input.model_dump()) == run_input
    state = PipelineRunState(
        run_input=run_input, start_token="a", stop_token="b", run_started_at=NOON, document=PipelineRunDocument()
    )
    (handed_on,) = arguments(as_json(state.to_hand_on("run-1")))
    assert PipelineRunState.handed_on((handed_on,), "run-1") == state


@given(starts)
def test_parameters_are_sent_as_awss_sdk_sends_them(document: Json) -> None:
    """Python's own text of each value, in the order given; a float that is a whole number is written as one."""
    expected = {name: str(_whole(value)) for name, value in document.get("parameters", {}).items()}
    assert list(read(document).parameters.items()) == list(expected.items())


def _whole(value: object) -> object:
    """The value as an integer if it is a float that holds one exactly."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) <= 2**53
    return int(value) if is_whole and isinstance(value, float) else value
