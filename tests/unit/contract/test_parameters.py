"""Pipeline parameters at AWS's limits, and the texts that AWS gets."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contract.parameters import parameter_text, read_parameters
from contract.pipeline_run import PipelineRunInput


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "True"),
        (False, "False"),
        (0, "0"),
        (-7, "-7"),
        (2**64, "18446744073709551616"),
        (10**300, "1" + "0" * 300),
        (0.1, "0.1"),
        (5.0, "5"),
        (-2.0, "-2"),
        (2.0**53, "9007199254740992"),
        (1e16, "1e+16"),
        (1e-7, "1e-07"),
        (-0.0, "0"),
        ("", ""),
        ("true", "true"),
        (" 0.50 ", " 0.50 "),
        ("größer ☃", "größer ☃"),
    ],
)
def test_a_value_is_written_as_awss_sdk_does(value: object, text: str) -> None:
    """Booleans are `True` and `False`, numbers Python's notation, and a text is left as it is."""
    assert parameter_text(value) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_refused(value: float) -> None:
    """AWS has no word for it."""
    with pytest.raises(ValueError, match="must be a finite number"):
        parameter_text(value)


@pytest.mark.parametrize("value", [[], {}, [1], {"a": 1}])
def test_a_value_of_another_type_is_refused_with_the_remedy(value: object) -> None:
    """Lists and objects have no spelling that every pipeline would read alike."""
    with pytest.raises(ValueError, match=r"^'x' must be a string.*write other data as a JSON string$"):
        read_parameters({"x": value})


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_keeps_its_value(value: float) -> None:
    """Nothing is rounded on the way to AWS."""
    assert float(parameter_text(value)) == value


@pytest.mark.parametrize("form", [{"a": 1, "x": None}, [{"name": "a", "value": 1}, {"Name": "x", "Value": None}]])
def test_a_null_leaves_a_parameter_to_its_default(form: object) -> None:
    """Serialisers write a null for what was not given."""
    assert read_parameters(form) == {"a": "1"}


def test_a_null_beside_a_value_is_given_twice() -> None:
    """Which of the two counts, only the caller knows."""
    with pytest.raises(ValueError, match="'x' is given twice"):
        read_parameters([{"name": "x", "value": None}, {"name": "x", "value": 1}])


def test_the_schema_says_what_becomes_of_nulls_and_whole_numbers() -> None:
    """The command `schema` prints it."""
    schema = PipelineRunInput.model_json_schema()["properties"]["parameters"]
    assert "5.0" in schema["description"]
    assert "null" in schema["description"]
    value = schema["anyOf"][0]["additionalProperties"]
    assert value["type"] == ["string", "integer", "number", "boolean", "null"]


def test_an_integer_beyond_pythons_longest_text_is_refused() -> None:
    """Python refuses to write it, and AWS would refuse to read it."""
    with pytest.raises(ValueError, match=r"^'x' "):
        read_parameters({"x": 10**5000})


def test_both_forms_give_the_same_in_the_given_order() -> None:
    """An object is short to write; a list is what AWS's own request looks like."""
    expected = [("b", "1"), ("A", "True"), ("a", "x"), ("max_depth", "0.5")]
    as_object = {"b": 1, "A": True, "a": "x", "max_depth": 0.5}
    as_list = [
        {"name": "b", "value": 1},
        {"Name": "A", "Value": True},
        {"Value": "x", "Name": "a"},
        {"NAME": "max_depth", "VALUE": 0.5},
    ]
    assert list(read_parameters(as_object).items()) == expected
    assert list(read_parameters(as_list).items()) == expected


@pytest.mark.parametrize("name", ["max_depth", "maxDepth", "MaxDepth", "MAX-DEPTH", "pipeline_name", "Parameters"])
def test_names_are_never_re_cased(name: str) -> None:
    """A parameter's name is data, whatever field of the contract it looks like."""
    document = {"PipelineName": "a", "Parameters": {name: 1}}
    assert PipelineRunInput.model_validate(document).parameters == {name: "1"}


@pytest.mark.parametrize(
    ("given_parameters", "problem"),
    [
        ([{"name": "x", "value": 1}, {"Name": "x", "Value": 2}], "'x' is given twice"),
        ([{"name": "x"}], "item 0 must be "),
        ([{"name": "x", "value": 1}, {"name": "y", "value": 2, "type": "int"}], "item 1 must be "),
        ([{"name": 5, "value": 1}], "item 0 must be "),
        (["x"], "item 0 must be "),
        ("x=1", "must be an object "),
        (5, "must be an object "),
        ({"": 1}, "name '' must be 1 to 256 letters"),
        ({"max depth": 1}, "name 'max depth' must be 1 to 256 letters"),
        ({"x\n": 1}, "name 'x\\\\n' must be"),
        ({"größe": 1}, "name 'größe' must be"),
    ],
)
def test_malformed_parameters_are_refused(given_parameters: object, problem: str) -> None:
    """Each refusal says which parameter it means."""
    with pytest.raises(ValueError, match=f"^{problem}"):
        read_parameters(given_parameters)


def accepted(parameters: dict[str, Any]) -> bool:
    """Whether a run's input may have these parameters."""
    try:
        PipelineRunInput.model_validate({"pipeline_name": "a", "parameters": parameters})
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        ({f"p{n}": n for n in range(200)}, {f"p{n}": n for n in range(201)}),
        ({"x": "y" * 1024}, {"x": "y" * 1025}),
        ({"n" * 256: 1}, {"n" * 257: 1}),
    ],
    ids=["count", "value", "name"],
)
def test_awss_limits_are_kept_to_the_character(within: dict[str, Any], beyond: dict[str, Any]) -> None:
    """AWS's SDK checks no maximum, so a run would fail only after AWS had been asked."""
    assert (accepted(within), accepted(beyond)) == (True, False)


def test_a_long_value_is_not_repeated_in_its_refusal() -> None:
    """What is too long for a parameter is too long for a failure, too."""
    with pytest.raises(ValueError, match=r"^'x' has 5000 characters, AWS takes 1024; .*S3") as raised:
        read_parameters({"x": "secret" + "y" * 4994})
    assert "secret" not in str(raised.value)


def test_the_schema_has_both_forms() -> None:
    """Whoever generates a form from the schema may choose."""
    forms = PipelineRunInput.model_json_schema()["properties"]["parameters"]["anyOf"]
    assert [form["type"] for form in forms] == ["object", "array"]
    assert json.dumps(forms)
