"""Inputs that cannot be run fail at once with every field's path, and nothing is created."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from activities.resources.jobs import TRAINING
from activities.resources.operations import Operation
from activities.starting import job_request
from activities.starting import jobs as job_starts
from activities.starting.job_request import input_shape
from contract.job_kinds import JobKind
from contract.run import RunStatus
from tests.jobs.job_stage import JobStage, sample, unique_name
from tests.workflows.stage import until

CREATE = "CreateTrainingJob"
BAD_INPUTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"job": "endpoint"}, ["job: must be one of training, processing"]),
    ({"job": "training"}, ["request: required, but missing"]),
    ({"job": "training", "request": []}, ["request: "]),
    ({"request": {"RoleArn": "x"}}, ["job: required, but missing"]),
    ({"job": "training", "request": {"x": 1}, "name": "mine"}, ["name: must be one of unique, exact"]),
    ({"job": "training", "request": {"x": 1}, "parameters": {}}, ["parameters: unknown field"]),
    ({"job": "training", "request": {"x": 1}, "accept_stopped": "yes"}, ["accept_stopped: must be true, false"]),
    ({"job": "training", "request": {"x": 1}, "timeout": 0, "attempt_timeout": -1}, ["timeout: ", "attempt_timeout: "]),
    ({"job": "training", "request": {"x": 1}, "retry": {"mode": "resume"}}, ["a job cannot be resumed"]),
    (
        {"job": "training", "request": {"x": 1}, "retry": [{"ErrorEquals": ["States.ALL", "x"]}]},
        ["States.ALL must stand alone"],
    ),
    (
        {"job": "training", "job_arn": "arn:aws:sagemaker:us-east-1:111122223333:pipeline/x"},
        ["job_arn: must be a job's"],
    ),
    (
        {"job": "tuning", "job_arn": "arn:aws:sagemaker:us-east-1:111122223333:training-job/x"},
        ["job_arn is the ARN of another kind of job than 'tuning'"],
    ),
    ({"job": "training", "request": {"Nope": 1, "RoleArn": 5}}, ["request.Nope: unknown", "request.RoleArn: must be"]),
    ({"job": "training", "request": {"x": "y" * 1_100_000}}, ["at most 1048576 are taken"]),
    ({"job": "training", "request": {"x": [[]] * 110_000}}, ["request: has more than 100,000 values"]),
]


async def test_bad_inputs_fail_with_the_fields_name(jobs: JobStage) -> None:
    """Whatever is wrong, also several things at once."""

    async def fails(given: dict[str, Any], problems: list[str]) -> None:
        failure = await (await jobs.start(given)).failure()
        assert failure.type == "InvalidInput", given
        assert [problem for problem in problems if problem not in failure.message] == [], failure.message

    await asyncio.gather(*(fails(*row) for row in BAD_INPUTS))
    assert jobs.stage.calls(CREATE)["received"] == 0


async def test_all_problems_of_a_request_are_said_at_once(jobs: JobStage) -> None:
    """Unknown member, type, missing member, length and pattern, each with its path and without its value."""
    name = unique_name()
    request = {
        "Rolearn": "PLANTED",
        "RoleArn": None,
        "HyperParameters": {"epochs": 5, "long": "PLANTED" * 500},
        "StoppingCondition": {"MaxRuntimeInSeconds": 0},
        "OutputDataConfig": {"S3OutputPath": "PLANTED"},
    }
    failure = await (await jobs.run(JobKind.TRAINING, name, request=request)).failure()
    for problem in (
        "request.Rolearn: unknown member of CreateTrainingJobRequest in botocore",
        "did you mean 'RoleArn'?",
        "request.RoleArn: required, but missing",
        "request.HyperParameters.epochs: must be a text",
        "request.HyperParameters.long: has 3500 characters, AWS takes 0 to 2500",
        "request.StoppingCondition.MaxRuntimeInSeconds: must be at least 1",
        "request.OutputDataConfig.S3OutputPath: must match AWS's pattern",
    ):
        assert problem in failure.message
    assert "PLANTED" not in failure.message
    assert jobs.jobs(JobKind.TRAINING, name) == []


async def test_what_only_aws_may_know_is_noted_and_sent(jobs: JobStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An instance type that the worker's version of botocore does not list; AWS has the last word."""
    known, unknown = unique_name(), unique_name()
    resources = sample(JobKind.TRAINING)["ResourceConfig"]
    shape: Any = input_shape(TRAINING.create).members["ResourceConfig"]
    monkeypatch.setitem(vars(shape.members["InstanceType"]), "enum", ["ml.older.xlarge"])
    jobs.script(JobKind.TRAINING, known, seconds=60)
    newer = {"ResourceConfig": {**resources, "InstanceType": "ml.p99.48xlarge"}}
    runs = [await jobs.run(JobKind.TRAINING, known), await jobs.run(JobKind.TRAINING, unknown, request=newer)]
    document, failure = await asyncio.gather(runs[0].result(), runs[1].failure())
    assert document.status is RunStatus.SUCCESS
    assert any(f"'{resources['InstanceType']}' is none of the values that botocore" in note for note in document.notes)
    assert "ValidationException: 1 validation error detected: Value 'ml.p99.48xlarge'" in failure.message


async def test_a_job_that_an_older_worker_created_is_not_lost_to_a_stricter_model(
    jobs: JobStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two attempts of a start another version of the worker may take over."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=600)
    lost = jobs.standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
    run = await jobs.run(JobKind.TRAINING, name)
    await until(lambda: jobs.standin.fault_state(lost)["hits"])

    def refuses(create: Operation, given: Mapping[str, Any]) -> job_request.JobRequest:
        read = job_request.read_request(create, given)
        read.problems.append("request.RoleArn: is not what it was")
        return read

    monkeypatch.setattr(job_starts, "read_request", refuses)
    document = await run.result()
    (job,) = jobs.jobs(JobKind.TRAINING, name)
    assert (document.run_id, job["creates_accepted"]) == (job["arn"], 1)
