"""What holds for every kind of job: unchanged boto3 creates, describes, lists, tags, stops and deletes it."""

import re
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from sagemaker_standin.jobs.job import JobStatus
from sagemaker_standin.jobs.kinds import JobKind
from sagemaker_standin.jobs.table import JOB_KINDS
from sagemaker_standin.samples import JOB_SAMPLES
from tests.standin.process import Standin

CREATED: list[tuple[JobKind, str]] = [
    (kind, operation) for kind in JOB_KINDS for operation in kind.operations("Create")
]
every_row = pytest.mark.parametrize(("kind", "operation"), CREATED, ids=[operation for _, operation in CREATED])


def call(standin: Standin, operation: str, **request: Any) -> Any:
    """Call AWS's operation by its own name."""
    return getattr(standin.client, xform_name(operation))(**request)


def named(kind: JobKind, operation: str, name: str = "") -> dict[str, Any]:
    """The sample request under a fresh name, or another."""
    return {**JOB_SAMPLES[operation], kind.name_member: name or f"j-{uuid.uuid4().hex[:20]}"}


def create(standin: Standin, kind: JobKind, operation: str, **script: Any) -> str:
    """Create a job that goes as the script says; its name."""
    request = named(kind, operation)
    name: str = request[kind.name_member]
    standin.script_job(kind.resource, name, **{"seconds": 600, **script})
    reply = call(standin, operation, **request)
    assert reply[kind.arn_member].endswith(f":{kind.resource}/{name}")
    return name


def describe(standin: Standin, kind: JobKind, name: str) -> Mapping[str, Any]:
    """The job's description."""
    found: Mapping[str, Any] = call(standin, kind.operations("Describe")[0], **{kind.name_member: name})
    return found


@every_row
def test_a_created_job_runs_to_its_end(standin: Standin, kind: JobKind, operation: str) -> None:
    """A sample request for each kind; the description repeats it, and all requests are known to have come once."""
    name = create(standin, kind, operation, seconds=900)
    shown = describe(standin, kind, name)
    assert shown[kind.status_member] in {kind.words[JobStatus.STARTING], kind.words[JobStatus.IN_PROGRESS]}
    sent = {key: value for key, value in JOB_SAMPLES[operation].items() if key not in {"Tags", kind.name_member}}
    known = {key: shown[key] for key in sent if key in shown}
    assert known == {key: value for key, value in sent.items() if key in known}
    assert "RoleArn" in known or kind.resource in {"transform-job", "hyper-parameter-tuning-job"}
    job = standin.until_job(kind.resource, name, kind.words[JobStatus.COMPLETED])
    assert (job["creates_accepted"], job["stops_accepted"], job["describes"]) == (1, 0, 1)
    assert job["request"] == named(kind, operation, name)
    assert job["tags"] == {"team": "churn"}


@every_row
def test_a_failed_job_gives_its_reason(standin: Standin, kind: JobKind, operation: str) -> None:
    """AWS's words for the status are the kind's own."""
    reason = "AlgorithmError: out of memory, exit code: 137"
    name = create(standin, kind, operation, seconds=1, outcome="Failed", failure_reason=reason)
    standin.until_job(kind.resource, name, kind.words[JobStatus.FAILED])
    shown = describe(standin, kind, name)
    assert (shown[kind.status_member], shown["FailureReason"]) == (kind.words[JobStatus.FAILED], reason)


@every_row
def test_a_stopped_job_is_stopping_first(standin: Standin, kind: JobKind, operation: str) -> None:
    """An ended job refuses a stop in AWS's words, and stays as it was."""
    name = create(standin, kind, operation, seconds=10**6)
    stop = kind.operations("Stop")[0]
    call(standin, stop, **{kind.name_member: name})
    assert describe(standin, kind, name)[kind.status_member] in {
        kind.words[JobStatus.STOPPING],
        kind.words[JobStatus.STOPPED],
    }
    job = standin.until_job(kind.resource, name, kind.words[JobStatus.STOPPED])
    text = f"The request was rejected because the {kind.noun} is in status {kind.words[JobStatus.STOPPED]}."
    with pytest.raises(ClientError, match=rf"\(ValidationException\).*{re.escape(text)}"):
        call(standin, stop, **{kind.name_member: name})
    assert standin.jobs(kind.resource, name) == [job]
    assert job["stops_accepted"] == 1


@every_row
def test_a_taken_name_is_refused(standin: Standin, kind: JobKind, operation: str) -> None:
    """Also after the job's end; a name that differs in case only is another one for some kinds."""
    name = create(standin, kind, operation, seconds=1)
    standin.until_job(kind.resource, name, kind.words[JobStatus.COMPLETED])
    with pytest.raises(ClientError, match=r"\(ResourceInUse\).* must be unique within an AWS account and region.*arn:"):
        call(standin, operation, **named(kind, operation, name))
    assert [job["creates_refused_as_existing"] for job in standin.jobs(kind.resource, name)] == [1]
    if kind.ignores_case:
        with pytest.raises(ClientError, match=r"\(ResourceInUse\)"):
            call(standin, operation, **named(kind, operation, name.upper()))
    else:
        call(standin, operation, **named(kind, operation, name.upper()))
        assert describe(standin, kind, name.upper())[kind.name_member] == name.upper()


@every_row
def test_an_absent_job_is_refused_in_the_words_of_its_kind(standin: Standin, kind: JobKind, operation: str) -> None:
    """By Describe and by Stop."""
    del operation
    code = kind.absent or "ResourceNotFound"
    text = re.escape(kind.absent_text.format(noun=kind.noun, name="nothing"))
    for verb in ("Describe", "Stop"):
        with pytest.raises(ClientError, match=rf"\({code}\).*{text}"):
            call(standin, kind.operations(verb)[0], **{kind.name_member: "nothing"})


@pytest.mark.parametrize(("kind", "operation"), [row for row in CREATED if row[0].operations("Delete")])
def test_a_deleted_job_leaves_its_name(standin: Standin, kind: JobKind, operation: str) -> None:
    """An open job cannot be deleted; the control API still knows a deleted one."""
    delete = kind.operations("Delete")[0]
    name = create(standin, kind, operation)
    with pytest.raises(ClientError, match=r"\(ValidationException\)"):
        call(standin, delete, **{kind.name_member: name})
    standin.until_job(kind.resource, name, kind.words[JobStatus.COMPLETED])
    call(standin, delete, **{kind.name_member: name})
    with pytest.raises(ClientError, match=kind.absent or "ResourceNotFound"):
        describe(standin, kind, name)
    call(standin, operation, **named(kind, operation, name))
    assert [job["deleted"] for job in standin.jobs(kind.resource, name)] == [True, False]


@every_row
def test_tags_are_read_and_changed_by_arn(standin: Standin, kind: JobKind, operation: str) -> None:
    """Tags come with the create and afterwards."""
    name = create(standin, kind, operation)
    arn = standin.jobs(kind.resource, name)[0]["arn"]
    standin.client.add_tags(ResourceArn=arn, Tags=[{"Key": "run", "Value": "7"}])
    both = [{"Key": "team", "Value": "churn"}, {"Key": "run", "Value": "7"}]
    assert standin.client.list_tags(ResourceArn=arn)["Tags"] == both
    standin.client.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert standin.client.list_tags(ResourceArn=arn)["Tags"] == both[1:]


@every_row
def test_jobs_are_listed_in_pages(standin: Standin, kind: JobKind, operation: str) -> None:
    """Ten a page unless asked otherwise, filtered by name and status."""
    prefix = f"l-{uuid.uuid4().hex[:12]}"
    standin.script_job(kind.resource, prefix, seconds=10**6)
    names = [f"{prefix}-{number}" for number in range(12)]
    for name in names:
        call(standin, operation, **named(kind, operation, name))
    listing = kind.operations("List")[0]
    asked = {"NameContains": prefix, "SortBy": "CreationTime", "SortOrder": "Descending"}
    first = call(standin, listing, **asked)
    second = call(standin, listing, **asked, NextToken=first["NextToken"])
    member = next(key for key, value in first.items() if isinstance(value, list))
    shown = [summary[kind.name_member] for page in (first, second) for summary in page[member]]
    assert (len(first[member]), shown, second.get("NextToken")) == (10, names[::-1], None)
    completed = call(standin, listing, **asked, StatusEquals=kind.words[JobStatus.COMPLETED])
    assert completed[member] == []


@every_row
def test_a_name_is_as_long_as_the_model_allows(standin: Standin, kind: JobKind, operation: str) -> None:
    """32, 63 or 64 characters; one more is refused in AWS's words."""
    shape = standin.client.meta.service_model.operation_model(operation).input_shape
    assert shape is not None
    longest = shape.members[kind.name_member].metadata["max"]
    request = named(kind, operation, uuid.uuid4().hex.ljust(longest, "x")[:longest])
    call(standin, operation, **request)
    with pytest.raises(ClientError, match=r"\(ValidationException\).*length less than or equal to"):
        call(standin, operation, **{**request, kind.name_member: request[kind.name_member] + "x"})
