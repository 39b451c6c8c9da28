"""What a definition declares, and which values it takes."""

import json

import pytest

from contract.declarations import DataType, DeclaredParameter, read_declarations
from sagemaker_standin.samples import SAMPLES


def declared(kind: str, **more: object) -> DeclaredParameter:
    """One declared parameter."""
    entry = {"Name": "A", "Type": kind, **more}
    return read_declarations(json.dumps({"Version": "2020-12-01", "Parameters": [entry]}))[0]


def test_a_definition_of_every_type() -> None:
    """The sample pipeline's parameters, in their order."""
    found = {one.name: (one.type, one.data_type, one.required) for one in read_declarations(SAMPLES["nightly-scoring"])}
    assert found == {
        "ScoringDate": ("String", "string", True),
        "ModelStage": ("String", "string", False),
        "InstanceCount": ("Integer", "long", False),
        "AwaitWarehouse": ("Boolean", "boolean", False),
        "LoadQueueUrl": ("String", "string", False),
        "ScoringSeconds": ("Integer", "long", False),
    }


@pytest.mark.parametrize("text", ['{"Version": "2020-12-01"}', '{"Parameters": null}', '{"Parameters": []}'])
def test_a_definition_need_not_declare_any(text: str) -> None:
    """No parameters are no problem."""
    assert read_declarations(text) == []


def test_a_default_is_one_even_if_it_is_empty_or_false() -> None:
    """Only a missing or a null default makes a parameter required."""
    assert [declared("String", DefaultValue=default).required for default in ("", 0, False)] == [False, False, False]
    assert [declared("String").required, declared("String", DefaultValue=None).required] == [True, True]


def test_a_type_that_nobody_knows_is_a_string() -> None:
    """AWS's next type must not break imports, nor be checked wrongly."""
    parameter = declared("Duration")
    assert (parameter.type, parameter.data_type) == ("Duration", DataType.STRING)
    assert parameter.has_type("anything")


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("String", ["", "a", "1", "∞"], []),
        ("Integer", ["0", "-5", "+5", "007", "9" * 400], ["", "1.0", "1_000", " 1", "one", "0x1", "9" * 5000]),
        ("Float", ["0.5", "-1", ".5", "1.", "1e-3", "+2E5"], ["", "nan", "inf", "1,5", "1_0", "half", " 1"]),
        ("Boolean", ["True", "true", "FALSE"], ["", "1", "0", "yes", "T"]),
    ],
)
def test_a_value_has_the_type_or_not(kind: str, right: list[str], wrong: list[str]) -> None:
    """Values are text, read as the declared type."""
    parameter = declared(kind)
    assert [value for value in right if not parameter.has_type(value)] == []
    assert [value for value in wrong if parameter.has_type(value)] == []


@pytest.mark.parametrize(
    ("kind", "allowed", "right", "wrong"),
    [
        ("String", ["a", "b"], ["a"], ["A", "", "c"]),
        ("Integer", [1, 2], ["1", "01", "+2"], ["3"]),
        ("Integer", ["1"], ["1"], ["2"]),
        ("Float", [0.5, 1], ["0.50", "5e-1", "1.0"], ["0.6"]),
        ("Boolean", [True], ["True", "true"], ["False"]),
    ],
)
def test_allowed_values_are_compared_by_meaning(
    kind: str, allowed: list[object], right: list[str], wrong: list[str]
) -> None:
    """However a number or a boolean is written."""
    parameter = declared(kind, EnumValues=allowed)
    assert [value for value in right if not parameter.allows(value)] == []
    assert [value for value in wrong if parameter.allows(value)] == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is not JSON"),
        ("{'Parameters': []}", "is not JSON"),
        ("[" * 100_000, "is nested too deeply"),
        ("[]", "must be a JSON object"),
        ('"text"', "must be a JSON object"),
        ('{"Parameters": {}}', "its Parameters a list"),
        ('{"Parameters": [{"Name": "hunter2"}]}', r"Parameters\[0\] must have a Name and a Type"),
        ('{"Parameters": [{"Name": "A", "Type": "String"}, 7]}', r"Parameters\[1\] must have"),
        ('{"Parameters": [{"Name": "A", "Type": "String", "EnumValues": "a"}]}', "EnumValues only as a list"),
        ('{"Parameters": [{"Name": "A", "Type": "Float", "DefaultValue": NaN}]}', "NaN is no JSON value"),
        ('{"Parameters": [{"Name": "A", "Type": "Float", "DefaultValue": 1e999}]}', "cannot carry any further"),
        ('{"Parameters": [{"Name": "A", "Type": "String", "DefaultValue": "\\ud800"}]}', "cannot carry any further"),
        ('{"Parameters": [{"Name": "A", "Type": "Integer", "DefaultValue": ' + "1" * 5000 + "}]}", "is not JSON"),
    ],
)
def test_what_is_no_definition_is_refused_without_quoting_it(text: str, told: str) -> None:
    """The place is named; the contents may be anybody's."""
    with pytest.raises(ValueError, match=told) as raised:
        read_declarations(text)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_declarations_go_through_json(sample: str) -> None:
    """They stand in results of workflows."""
    for parameter in read_declarations(SAMPLES[sample]):
        assert DeclaredParameter.model_validate_json(parameter.model_dump_json()) == parameter
