"""Which steps come after which, and what a selection needs."""

import json
from typing import Any

import pytest

from activities.results.graph import StepGraph, read_graph
from tests.standin.definitions import definition, get, job, step

NESTED = [
    job("Load"),
    job("Side"),
    job("Prepare", ["Load"]),
    step("Train", "Training", Input={"Std:Join": {"On": "/", "Values": ["s3:/", get("Steps.Prepare.Output")]}}),
    step(
        "IsGood",
        "Condition",
        Conditions=[{"LeftValue": {"Std:JsonGet": get("Steps.Train.Report")}, "RightValue": 1}],
        IfSteps=[
            step("IsBest", "Condition", IfSteps=[job("Register")], ElseSteps=[]),
            job("Note", ["Register"]),
        ],
        ElseSteps=[step("TooBad", "Fail")],
    ),
    job("Tell", ["IsGood"]),
]


@pytest.fixture
def graph() -> StepGraph:
    """The graph of `NESTED`."""
    found = read_graph(definition(NESTED))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("first", "steps", "needed"),
    [
        ("Side", ["Side"], []),
        ("Load", ["Load", "Prepare", "Train", "IsGood", "IsBest", "Register", "Note", "TooBad", "Tell"], []),
        ("Train", ["Train", "IsGood", "IsBest", "Register", "Note", "TooBad", "Tell"], ["Prepare"]),
        ("IsBest", ["IsBest", "Register", "Note", "Tell"], ["IsGood"]),
        ("Register", ["Register", "Note", "Tell"], ["IsGood"]),
        ("TooBad", ["TooBad", "Tell"], ["IsGood"]),
        ("Tell", ["Tell"], ["IsGood"]),
    ],
)
def test_a_step_and_all_that_follow_are_found(
    graph: StepGraph, first: str, steps: list[str], needed: list[str]
) -> None:
    """Over DependsOn, references however deep, and branches in branches, which whatever depends on them waits for."""
    assert graph.from_step(first) == steps
    assert graph.needed_by(steps) == needed


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"Steps": [{}]}', '{"Steps": 1}', json.dumps({"Steps": ["a"]})])
def test_a_definition_of_an_unknown_form_has_no_graph(text: str) -> None:
    """Nor does it end anything."""
    assert read_graph(text) is None


def test_references_that_are_none_are_left_alone() -> None:
    """Parameters and the execution's variables are no steps."""
    entry: dict[str, Any] = job("a", label=get("Parameters.Steps.b"), id=get("Execution.PipelineName"))
    graph = read_graph(definition([entry]))
    assert graph is not None
    assert graph.nodes["a"].needs == frozenset()
