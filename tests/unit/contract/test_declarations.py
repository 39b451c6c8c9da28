"""What a definition declares, and which values it takes."""

import json

import pytest

from contract.declarations import DataType, Declarations, DeclaredParameter, read_declarations
from sagemaker_standin.samples import SAMPLES


def declared(kind: str, **more: object) -> DeclaredParameter:
    """One declared parameter."""
    entry = {"Name": "A", "Type": kind, **more}
    return read_declarations(json.dumps({"Version": "2020-12-01", "Parameters": [entry]})).parameters[0]


def test_a_definition_of_every_type() -> None:
    """The sample pipeline's parameters, in their order."""
    found = {
        one.name: (one.type, one.data_type, one.required)
        for one in read_declarations(SAMPLES["nightly-scoring"]).parameters
    }
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
    assert read_declarations(text) == Declarations()


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
        ('{"Parameters": [{"Name": "A", "Type": "Float", "DefaultValue": NaN}]}', "NaN is no JSON value"),
        ('{"Parameters": [{"Name": "A", "Type": "Integer", "DefaultValue": ' + "1" * 5000 + "}]}", "is not JSON"),
    ],
)
def test_what_is_no_definition_is_refused_without_quoting_it(text: str, told: str) -> None:
    """The place is named; the contents may be anybody's."""
    with pytest.raises(ValueError, match=told) as raised:
        read_declarations(text)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ('{"Type": "hunter2"}', "must have a Name"),
        ("7", "must have a Name"),
        ('{"Name": "A", "Type": 7}', "a Type only as a text"),
        ('{"Name": "A", "Type": "String", "EnumValues": "a"}', "EnumValues only as a list"),
        ('{"Name": "A", "Type": "Float", "DefaultValue": 1e999}', "cannot carry any further"),
        ('{"Name": "A", "Type": "String", "DefaultValue": "\\ud800"}', "cannot carry any further"),
    ],
)
def test_one_odd_entry_hides_no_other(entry: str, problem: str) -> None:
    """It becomes a problem that names the place and quotes nothing."""
    found = read_declarations(
        f'{{"Parameters": [{{"Name": "First"}}, {entry}, {{"Name": "Last", "Type": "Integer"}}]}}'
    )
    assert [(one.name, one.type) for one in found.parameters] == [("First", "String"), ("Last", "Integer")]
    [told] = found.problems
    assert told.startswith("Parameters[1] ")
    assert problem in told
    assert "hunter2" not in told


def test_a_parameter_without_a_type_is_a_string_and_keeps_its_description() -> None:
    """The type is optional in AWS's own schema and guide."""
    [parameter] = read_declarations('{"Parameters": [{"Name": "A", "Description": "What it is for"}]}').parameters
    assert (parameter.type, parameter.data_type) == ("String", DataType.STRING)
    assert parameter.description == "What it is for"


@pytest.mark.parametrize(
    ("kind", "default", "same", "others"),
    [
        ("String", "a", ["a"], ["A", ""]),
        ("Integer", 10, ["10", "010"], ["11", "x", ""]),
        ("Float", 0.5, ["0.5", "5e-1"], ["0.6"]),
        ("Boolean", True, ["True", "true"], ["False", "1"]),
        ("Float", "not a number", ["not a number"], ["0", "nor this"]),
        ("String", None, [], ["", "None", "null"]),
    ],
)
def test_a_default_is_compared_by_meaning(kind: str, default: object, same: list[str], others: list[str]) -> None:
    """However a number or a boolean is written."""
    parameter = declared(kind, DefaultValue=default)
    assert [value for value in same if not parameter.is_default(value)] == []
    assert [value for value in others if parameter.is_default(value)] == []


@pytest.mark.parametrize("sample", sorted(SAMPLES))
def test_declarations_go_through_json(sample: str) -> None:
    """They stand in results of workflows."""
    for parameter in read_declarations(SAMPLES[sample]).parameters:
        assert DeclaredParameter.model_validate_json(parameter.model_dump_json()) == parameter
