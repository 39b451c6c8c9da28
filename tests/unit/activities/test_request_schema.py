"""The JSON Schema of a job's request."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from activities.resources.jobs import KIND_OF_JOB
from activities.starting.job_request import read_request
from activities.starting.request_schema import request_schema
from contract.job_kinds import JobKind
from sagemaker_standin.samples import JOB_SAMPLES

SCHEMAS = {kind: request_schema(kind) for kind in JobKind}


def sample(kind: JobKind) -> dict[str, Any]:
    """A valid request."""
    return copy.deepcopy(JOB_SAMPLES[KIND_OF_JOB[kind].create.name])


def is_valid(kind: JobKind, request: dict[str, Any]) -> bool:
    """Whether the schema takes a request."""
    return bool(Draft202012Validator(SCHEMAS[kind]).is_valid(request))


@pytest.mark.parametrize("kind", JobKind)
def test_the_schema_is_one_and_takes_a_valid_request(kind: JobKind) -> None:
    """Of each kind; the name may be left out."""
    Draft202012Validator.check_schema(SCHEMAS[kind])
    request = sample(kind)
    assert is_valid(kind, request)
    del request[next(key for key in request if key.endswith("JobName"))]
    assert is_valid(kind, request)


def changed(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Requests with one mistake each: a member too many, one missing, one of a wrong type, one too long."""
    for member, value in request.items():
        yield {**request, member: {"unknown": 1} if isinstance(value, dict) else 5.5}
        yield {**request, member: "x" * 100_000}
        yield {key: other for key, other in request.items() if key != member}
    yield {**request, "Unknown": "x"}


@pytest.mark.parametrize("kind", JobKind)
def test_the_schema_refuses_what_the_worker_refuses(kind: JobKind) -> None:
    """And takes what it takes, where AWS's patterns are none that only Java has."""
    row = KIND_OF_JOB[kind]
    named = sample(kind)
    verdicts = [(not read_request(row.create, request).problems, is_valid(kind, request)) for request in changed(named)]
    name = next(key for key in named if key.endswith("JobName"))
    for request, (by_worker, by_schema) in zip(changed(named), verdicts, strict=True):
        # The start composes a name where there is none.
        assert by_schema == (by_worker or name not in request), request


def test_what_aws_adds_every_week_and_secrets_are_taken() -> None:
    """Unknown values of enumerations are examples only; a secret may stand in any text but the name."""
    request = sample(JobKind.TRAINING)
    request["ResourceConfig"]["InstanceType"] = "ml.new.48xlarge"
    request["RoleArn"] = "vault://main/role"
    assert is_valid(JobKind.TRAINING, request)
    assert not is_valid(JobKind.TRAINING, {**request, "TrainingJobName": "vault://main/name"})
    assert not is_valid(JobKind.TRAINING, {**request, "RoleArn": "not an ARN"})
    instance_type = SCHEMAS[JobKind.TRAINING]["$defs"]["ResourceConfig"]["properties"]["InstanceType"]
    assert "ml.m5.xlarge" in instance_type["examples"]
    assert "enum" not in instance_type
    assert instance_type["description"]


def test_a_name_has_its_length_and_pattern() -> None:
    """32 characters for a tuning job."""
    name = SCHEMAS[JobKind.TUNING]["properties"]["HyperParameterTuningJobName"]
    assert (name["minLength"], name["maxLength"]) == (1, 32)
    assert name["pattern"].startswith("^(?:[a-zA-Z0-9]")
