"""Where in a definition AWS's refusals are about."""

import json

import pytest

from activities.deployment.places import places_of

DEFINITION = json.dumps(
    {
        "Version": "2020-12-01",
        "Steps": [
            {"Name": "Train", "Type": "Training", "Arguments": {"ModelPackageName": "x", "RoleArn": "r"}},
            {
                "Name": "Check",
                "Type": "Condition",
                "Arguments": {"IfSteps": [{"Name": "Deploy", "Type": "Model", "Arguments": {"RoleArn": "r"}}]},
            },
            *({"Name": f"Many{number}", "Type": "Fail", "Often": 1} for number in range(4)),
        ],
    }
)


@pytest.mark.parametrize(
    ("refusal", "places"),
    [
        ("Unknown Argument member 'ModelPackageName'", ["$.Steps[0].Arguments.ModelPackageName"]),
        ("Step [Deploy] is wrong", ["$.Steps[1].Arguments.IfSteps[0]"]),
        ("The member \"RoleArn\" of step 'Train' is wrong", ["$.Steps[0].Arguments.RoleArn"]),
        ("'RoleArn' is wrong", ["$.Steps[0].Arguments.RoleArn", "$.Steps[1].Arguments.IfSteps[0].Arguments.RoleArn"]),
        ("'Often' is wrong", []),
        ("'Nothing' of it is there", []),
        ("Expecting start of Json Object", []),
    ],
)
def test_what_is_named_is_found(refusal: str, places: list[str]) -> None:
    """Members within the named step, else everywhere; nothing that stands in too many places."""
    assert places_of(refusal, DEFINITION) == places


def test_what_is_no_definition_has_no_places() -> None:
    """It cannot be searched."""
    assert places_of("'a'", "{") == []


def test_a_deep_and_long_definition_is_searched() -> None:
    """Without recursion, and paths are written for what matches only: a hundred thousand of 480 parts took 15 s."""
    inner: object = [{"a": 1} for _ in range(100_000)]
    for _ in range(480):
        inner = {"Deep": inner}
    definition = json.dumps({"Version": "2020-12-01", "Steps": [{"Name": "T", "Type": "Fail", "Arguments": inner}]})
    assert places_of("Unknown member 'Arguments'", definition) == ["$.Steps[0].Arguments"]
    assert places_of("Unknown member 'a'", definition) == []
