"""The steps that a definition plans, also where it loops or has odd entries."""

import json

import pytest

from activities.results.documents import progress
from activities.results.graph import read_graph
from activities.results.plan import read_plan

LOOP = {
    "Name": "Loop",
    "Type": "ForEach",
    "Arguments": {
        "ForEachBody": [
            {"Name": "Ask", "Type": "Callback", "DependsOn": ["Prep"]},
            None,
            {"Name": "Use", "Type": "Training", "Arguments": {"Input": {"Get": "Steps.Ask.OutputParameters"}}},
            {"Name": "IsRight", "Type": "Condition", "Arguments": {"IfSteps": [{"Name": "Wrong", "Type": "Fail"}]}},
        ]
    },
}


def test_the_body_of_a_loop_is_a_part_of_the_plan() -> None:
    """With types and needs; the loop stays one step of what runs again, with all that its body needs."""
    text = json.dumps({"Steps": [{"Name": "Prep", "Type": "Training"}, LOOP, {"Name": "End", "DependsOn": ["Loop"]}]})
    found = read_plan(text)
    assert found is not None
    assert [(name, found.type_of(name)) for name in found.steps] == [
        ("Prep", "Training"),
        ("Loop", "ForEach"),
        ("Ask", "Callback"),
        ("Use", "Training"),
        ("IsRight", "Condition"),
        ("Wrong", "Fail"),
        ("End", None),
    ]
    graph = read_graph(text)
    assert graph is not None
    assert graph.from_step("Prep") == ["Prep", "Loop", "End"]
    assert graph.needed_by(["Loop"]) == ["Prep"]


def test_rounds_of_a_loop_count_as_often_as_they_start() -> None:
    """How many there will be stands in no definition; what comes after them stays in the count."""
    found = read_plan(json.dumps({"Steps": [LOOP, {"Name": "End", "Type": "Training", "DependsOn": ["Loop"]}]}))
    assert found is not None
    loop = {"StepName": "Loop", "StepStatus": "Executing"}
    rounds = [
        {**entry, "IterationContext": {"ParentStepName": "Loop", "Index": index}}
        for index in range(5)
        for entry in (
            {"StepName": "Ask", "StepStatus": "Succeeded"},
            {"StepName": "IsRight", "StepStatus": "Succeeded", "Metadata": {"Condition": {"Outcome": "False"}}},
        )
    ]
    assert progress([loop], found, None).total == 6
    assert progress([loop, *rounds], found, None).total == 12
    assert progress([loop], found, frozenset({"Loop"})).total == 5


@pytest.mark.parametrize("odd", [1, "x", None, {"Name": "a"}, [1, None, {}]], ids=str)
def test_an_odd_branch_hides_no_other_steps(odd: object) -> None:
    """Nor does a step inside a branch without a name or a type, or a condition without them."""
    inner = {"Name": "In", "Type": "Training"}
    steps = [
        {"Name": "C", "Type": "Condition", "Arguments": {"IfSteps": odd, "ElseSteps": [{"Type": "Fail"}, inner]}},
        {"Type": "Condition", "Arguments": {"IfSteps": [{"Name": "Under"}], "ElseSteps": odd}},
        {"Name": "D", "Type": 7, "Arguments": {"ElseSteps": [{"Name": "Deep", "Type": ["x"]}]}},
        {"Name": "L", "Type": "ForEach", "Arguments": {"ForEachBody": odd}},
        {"Name": "E", "Type": "Condition", "Arguments": odd},
        {"Name": "Last", "Type": "Training"},
    ]
    found = read_plan(json.dumps({"Steps": steps}))
    assert found is not None
    assert {name: found.type_of(name) for name in found.steps} == {
        "C": "Condition",
        "In": "Training",
        "Under": None,
        "D": None,
        "Deep": None,
        "L": "ForEach",
        "E": "Condition",
        "Last": "Training",
    }
