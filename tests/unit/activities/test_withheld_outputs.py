"""What output expressions of pipeline runs cannot reach: members in which callers put credentials."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape

from activities.aws.botocore_sessions import new_botocore_session
from activities.resources.kind import ResourceKind
from activities.resources.operations import Operation
from activities.resources.table import KIND_OF_ARN
from activities.results.outputs import facts, find_outputs
from contract.outputs import Output


def facts_of(arn_type: str, described: Mapping[str, Any]) -> dict[str, Any]:
    """The scope of the expressions of a run with one step, which made this."""
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:{arn_type}/x"
    step = {"StepName": "Make", "StepStatus": "Succeeded", "Metadata": {"Made": {"Arn": arn}}}
    return facts([step], None, {arn: described})


@pytest.mark.parametrize(("arn_type", "kind"), KIND_OF_ARN.items())
def test_no_description_shows_what_may_hold_credentials(arn_type: str, kind: ResourceKind) -> None:
    """Every environment, wherever it stands in what AWS describes, by SageMaker's service model."""
    document = facts_of(arn_type, planted(described_shape(kind.describe)))
    assert document["steps"]["Make"]["job"]
    assert "PLANTED" not in repr(document)


@pytest.mark.parametrize(
    ("arn_type", "described", "expression"),
    [
        ("model", {"PrimaryContainer": {"Environment": {"T": "PLANTED"}}}, "PrimaryContainer.Environment.T"),
        (
            "model-package",
            {"InferenceSpecification": {"Containers": [{"Environment": {"T": "PLANTED"}}]}},
            "InferenceSpecification.Containers[].Environment",
        ),
    ],
)
def test_an_expression_does_not_reach_it(arn_type: str, described: dict[str, Any], expression: str) -> None:
    """The run document is for everyone who may read the run."""
    output = Output(expression=f"steps.Make.job.{expression}")
    found = find_outputs({"x": output}, facts_of(arn_type, described))
    assert found.values["x"] in (None, [])


def test_hyperparameters_are_reached() -> None:
    """As they were before: a run that requires one must not fail for that."""
    output = Output(expression="steps.Make.job.HyperParameters.epochs", required=True)
    found = find_outputs({"x": output}, facts_of("training-job", {"HyperParameters": {"epochs": "3"}}))
    assert (found.values, found.missing) == ({"x": "3"}, [])


def described_shape(describe: Operation) -> Shape:
    """The shape of an operation's answer."""
    shape: Shape = new_botocore_session().get_service_model("sagemaker").operation_model(describe.name).output_shape
    return shape


def planted(shape: Shape, depth: int = 0, *, is_environment: bool = False) -> Any:
    """A value in which every value of an environment is planted."""
    if depth > 12:
        return None
    if isinstance(shape, StructureShape):
        members = shape.members.items()
        return {name: planted(each, depth + 1, is_environment="Environment" in name) for name, each in members}
    if isinstance(shape, ListShape):
        return [planted(shape.member, depth + 1)]
    if isinstance(shape, MapShape):
        return {"key": "PLANTED" if is_environment else planted(shape.value, depth + 1)}
    return "text"
