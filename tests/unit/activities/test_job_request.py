"""Requests of jobs against SageMaker's service model: everything that is wrong, each with its path, and no value."""

from typing import Any

import pytest

from activities.resources.jobs import JOBS, TRAINING
from activities.resources.kind import ResourceKind
from activities.resources.operations import Operation
from activities.starting.job_request import read_request
from sagemaker_standin.samples import JOB_SAMPLES

SAMPLE = JOB_SAMPLES["CreateTrainingJob"]
PLANTED = "PLANTEDvalue"


def problems(**members: Any) -> list[str]:
    """What is wrong with the sample of a training job with some members changed."""
    return read_request(TRAINING.create, {**SAMPLE, **members}).problems


@pytest.mark.parametrize("kind", JOBS, ids=lambda kind: str(kind.job))
def test_a_sample_of_each_kind_is_sent_as_it_is(kind: ResourceKind) -> None:
    """Also with members that begin with a small letter, and with nulls beside them."""
    sample = JOB_SAMPLES[kind.create.name]
    read = read_request(kind.create, sample)
    assert (read.members, read.problems, read.notes) == (sample, [], [])
    small = {key[0].lower() + key[1:]: value for key, value in sample.items()}
    assert read_request(kind.create, small).members == sample
    assert read_request(kind.create, {**sample, "Tags": None}).problems == []


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        ({"Rolearn": PLANTED}, "request.Rolearn: unknown member of CreateTrainingJobRequest in botocore"),
        ({"Colour": PLANTED}, "request.Colour: unknown member"),
        ({"RoleArn": 5}, "request.RoleArn: must be a text"),
        ({"RoleArn": None}, "request.RoleArn: required, but missing"),
        (
            {"AlgorithmSpecification": {"TrainingInputMode": "File", "TrainingImage": "x" * 256}},
            "request.AlgorithmSpecification.TrainingImage: has 256",
        ),
        ({"RoleArn": PLANTED * 3}, "request.RoleArn: must match AWS's pattern arn:aws"),
        ({"HyperParameters": {"epochs": 5}}, "request.HyperParameters.epochs: must be a text; write numbers"),
        ({"HyperParameters": {"k": "x" * 2501}}, "request.HyperParameters.k: has 2501 characters"),
        ({"HyperParameters": [PLANTED]}, "request.HyperParameters: must be an object"),
        ({"HyperParameters": {f"k{n}": "" for n in range(101)}}, "request.HyperParameters: has 101 entries"),
        ({"InputDataConfig": {}}, "request.InputDataConfig: must be a list"),
        ({"InputDataConfig": [{"ChannelName": "a"}]}, "request.InputDataConfig[0].DataSource: required"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "request.StoppingCondition.MaxRuntimeInSeconds: must be"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 1.5}}, "request.StoppingCondition.MaxRuntimeInSeconds: must be"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": True}}, "request.StoppingCondition.MaxRuntimeInSeconds: must"),
        ({"EnableManagedSpotTraining": "yes"}, "request.EnableManagedSpotTraining: must be true or false"),
        ({"TrainingJobName": "a_b"}, "request.TrainingJobName: must match AWS's pattern"),
        ({"TrainingJobName": "vault://jobs/name"}, "request.TrainingJobName: must match AWS's pattern"),
        ({"trainingJobName": "b"}, "request.trainingJobName: is given twice, in different spellings"),
        ({"Environment": {"\ud800": "x"}}, "request.Environment.\\ud800 (the key): holds half of a surrogate"),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else "",
)
def test_a_problem_is_said_with_its_path(members: dict[str, Any], problem: str) -> None:
    """And without the value, which may be a secret."""
    found = problems(**members)
    assert len(found) == 1, found
    assert found[0].startswith(problem)
    assert PLANTED not in found[0]


def test_all_problems_come_at_once_and_bounded() -> None:
    """Ten, and how many more."""
    read = read_request(TRAINING.create, {"HyperParameters": {f"k{n}": n for n in range(20)}, "RoleArn": 1})
    assert len(read.problems) > 20
    assert read.described().count("; ") >= 10
    assert read.described().endswith(f"and {len(read.problems) - 10} more")


def test_what_a_newer_aws_may_know_is_noted_and_sent() -> None:
    """AWS adds instance types each week."""
    resources = {**SAMPLE["ResourceConfig"], "InstanceType": "ml.p99.xlarge"}
    read = read_request(TRAINING.create, {**SAMPLE, "ResourceConfig": resources})
    assert read.problems == []
    assert read.members["ResourceConfig"]["InstanceType"] == "ml.p99.xlarge"
    assert len(read.notes) == 1
    assert read.notes[0].startswith("request.ResourceConfig.InstanceType: 'ml.p99.xlarge' is none of the values")


def test_numbers_without_a_fraction_are_whole() -> None:
    """JSON has one kind of numbers."""
    read = read_request(TRAINING.create, {**SAMPLE, "StoppingCondition": {"MaxRuntimeInSeconds": 3600.0}})
    assert read.problems == []
    assert repr(read.members["StoppingCondition"]["MaxRuntimeInSeconds"]) == "3600"


def test_references_to_secrets_may_stand_in_any_text_but_the_name() -> None:
    """Their values are checked by AWS."""
    secrets = {"a": "vault://jobs/a", "b": "vault://jobs/b"}
    assert problems(HyperParameters=secrets, Environment=secrets, RoleArn="vault://jobs/role") == []


def test_a_map_keeps_its_keys() -> None:
    """Names of hyperparameters are data."""
    read = read_request(TRAINING.create, {**SAMPLE, "HyperParameters": {"epochs": "1", "Epochs": "2", "none": None}})
    assert read.members["HyperParameters"] == {"epochs": "1", "Epochs": "2"}


def test_deep_values_are_refused() -> None:
    """No request of AWS is so deep."""
    value: Any = "x"
    for _ in range(200):
        value = [value]
    assert problems(InputDataConfig=value)


def test_a_union_has_one_member() -> None:
    """As AWS's model says of it."""
    request = {**JOB_SAMPLES["CreateOptimizationJob"]}
    request["OptimizationConfigs"] = [{}]
    read = read_request(Operation("CreateOptimizationJob"), request)
    assert any("must have exactly one member" in problem for problem in read.problems)
