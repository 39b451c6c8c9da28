"""Which steps are read of a definition."""

import json

from activities.definitions.reading import read_definition


def test_what_is_no_step_hides_no_step_inside_it() -> None:
    """A condition without a name, or a step without a type."""
    steps = [
        {"Type": "Condition", "Arguments": {"IfSteps": [{"Name": "In", "Type": "Training"}], "ElseSteps": 7}},
        {"Name": "Loop", "Arguments": {"ForEachBody": [None, {"Name": "Round", "Type": "Training"}]}},
        {"Type": "Condition", "Arguments": "odd"},
        {"Name": "Last", "Type": "Training"},
    ]
    found = read_definition(json.dumps({"Steps": steps})).steps
    assert [(step.name, step.branch, step.path) for step in found] == [
        ("In", None, ("Steps", 0, "Arguments", "IfSteps", 0)),
        ("Round", None, ("Steps", 1, "Arguments", "ForEachBody", 1)),
        ("Last", None, ("Steps", 3)),
    ]
