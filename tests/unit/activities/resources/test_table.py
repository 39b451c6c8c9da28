"""The rows of resource kinds: beside botocore's service model, and read from a sample of AWS's answer."""

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.model import ServiceModel, StructureShape

from activities.resources.jobs import KIND_OF_JOB
from activities.resources.kind import NameKey, Refusal, ResourceKind
from activities.resources.members import moment, number, text
from activities.resources.table import KIND_OF_ARN, KINDS
from contract.job_kinds import ARN_TYPES, CREATE_OPERATIONS, OUT_OF_TIME, JobKind
from tests.unit.activities.scripted_aws import Answer, scripted_aws

SAMPLES = Path(__file__).parent / "samples"
WITHOUT_MEANING = {"Deleting", "DeleteFailed", "DELETING", "DELETED"}
"""Statuses that say nothing of how a job or endpoint ended."""

every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.create.name for kind in KINDS])


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    """SageMaker as botocore knows it."""
    return botocore.session.Session().get_service_model("sagemaker")


def members(shape: Any) -> dict[str, Any]:
    """The members of a request or response; none where there is no body."""
    return dict(shape.members) if isinstance(shape, StructureShape) else {}


@every_kind
def test_members_are_those_of_the_model(kind: ResourceKind, model: ServiceModel) -> None:
    """A member that is spelled wrongly would be missing from every answer."""
    described = model.operation_model(kind.describe.name)
    there = kind.members
    of_the_answer = (
        *(there.arn, there.name, there.status, there.status_detail, *there.reasons),
        *(there.created, there.started, there.ended, there.modified, there.billable_seconds),
        *(there.secondary_status, there.best, *there.counters),
    )
    assert {member for member in of_the_answer if member} <= members(described.output_shape).keys()
    assert kind.described_by in members(described.input_shape)
    assert there.arn in members(model.operation_model(kind.create.name).output_shape)
    if kind.stop:
        assert kind.described_by in members(model.operation_model(kind.stop.name).input_shape)


@every_kind
def test_lists_are_those_of_the_model(kind: ResourceKind, model: ServiceModel) -> None:
    """A summary has the ARN, the status and the time of creation."""
    assert kind.listing is not None
    listed = model.operation_model(kind.listing.operation.name)
    summaries = members(listed.output_shape)[kind.listing.entries]
    wanted = {kind.members.arn, kind.listing.created, *([kind.members.status] if kind.members.status else [])}
    assert wanted <= members(summaries.member).keys()
    assert kind.listing.group is None or kind.listing.group in members(listed.input_shape)


@every_kind
def test_keys_are_those_of_the_model(kind: ResourceKind, model: ServiceModel) -> None:
    """What makes a create idempotent is a member of its request, as long as the model allows."""
    assert kind.key is not None
    key = members(model.operation_model(kind.create.name).input_shape)[kind.key.member]
    assert key.metadata["max"] == kind.key.max_length
    if not isinstance(kind.key, NameKey):
        assert key.metadata["min"] == kind.key.min_length


@every_kind
def test_every_status_has_a_meaning(kind: ResourceKind, model: ServiceModel) -> None:
    """A status that the table lacks is unknown, and its resource is followed for ever."""
    if kind.members.status is None:
        assert kind.statuses is None
        return
    status = members(model.operation_model(kind.describe.name).output_shape)[kind.members.status]
    assert kind.statuses is not None
    assert kind.statuses.keys() - OUT_OF_TIME == set(status.enum) - WITHOUT_MEANING


@every_kind
async def test_a_sample_is_read(kind: ResourceKind) -> None:
    """Every row comes with an answer of AWS and with what it says; unchanged boto3 reads it."""
    sample = json.loads((SAMPLES / f"{kind.arn_type}.json").read_text())
    known = sample["known"]
    with scripted_aws() as aws:
        aws.script = [Answer(json.dumps(sample["answer"]))]
        named = known["arn"] if kind.is_described_by_arn else known["name"]
        answer = await aws.calls().poll(aws.platform, kind.describe, **{kind.described_by: named})
        assert aws.requests == [(kind.describe.name, {kind.described_by: named})]
    status, there = kind.status(answer), kind.members
    assert known == {
        "arn": text(answer, there.arn),
        "name": text(answer, there.name),
        "status": status,
        "run_status": kind.run_status(status),
        "reason": kind.reason(answer),
        "started": _seconds(answer, there.started),
        "ended": _seconds(answer, there.ended),
        "billable_seconds": number(answer, there.billable_seconds),
    }
    assert kind.has_ended(status) is (known["run_status"] in {"Success", "Failed", "Cancelled"})
    assert known["arn"].split(":")[5].partition("/")[0] == kind.arn_type


@pytest.mark.parametrize(
    ("status", "secondary", "expected"),
    [
        ("Stopped", "MaxRuntimeExceeded", "MaxRuntimeExceeded"),
        ("Completed", "MaxWaitTimeExceeded", "MaxWaitTimeExceeded"),
        ("Stopping", "MaxRuntimeExceeded", "Stopping"),
        ("InProgress", "Completed", "InProgress"),
        ("Deleting", "Completed", "Deleting"),
        ("Completed", "Failed", "Completed"),
        (None, "Completed", None),
    ],
)
def test_a_second_status_only_says_why_a_job_was_stopped(
    status: str | None, secondary: str, expected: str | None
) -> None:
    """Only a terminal status ends a run."""
    answer = {"TrainingJobStatus": status, "SecondaryStatus": secondary}
    assert KIND_OF_JOB[JobKind.TRAINING].status(answer) == expected


def test_each_type_of_arn_has_one_row() -> None:
    """The kind of a resource is found by its ARN."""
    # AutoML jobs of both versions have one type of ARN, and version 2 describes both.
    assert len(KIND_OF_ARN) == len(KINDS) - 1
    assert KIND_OF_ARN["automl-job"].job is JobKind.AUTOML_V2
    assert {path.stem for path in SAMPLES.iterdir()} == set(KIND_OF_ARN)


def test_refusals_are_told_apart_by_code_and_text() -> None:
    """ValidationException has many meanings; ResourceInUse has one."""
    training = KIND_OF_ARN["training-job"]
    gone = _error("ValidationException", "Requested resource not found.")
    assert (training.is_not_there(gone), training.is_already_there(gone)) == (True, False)
    assert not training.is_not_there(_error("ValidationException", "1 validation error detected"))
    assert training.is_already_there(_error("ResourceInUse", "Training job names must be unique"))
    assert not Refusal("ResourceInUse").matches(ClientError({}, "CreateTrainingJob"))


def _error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Any")


def _seconds(answer: Any, member: str | None) -> float | None:
    at = moment(answer, member)
    return at.timestamp() if at else None


@pytest.mark.parametrize("job", JobKind)
def test_the_contract_names_jobs_as_the_rows_do(job: JobKind) -> None:
    """Which operation creates a kind of job, and what its ARNs look like, also stands in the contract."""
    kind = KIND_OF_JOB[job]
    assert CREATE_OPERATIONS[kind.create.name] is job
    assert job in ARN_TYPES[kind.arn_type]
