"""Outputs of runs: expressions that cannot be applied, and expressions that would take the machine."""

import json
import time
from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.results.expressions import Budget, BudgetSpentError, Sizes, find
from activities.results.outputs import find_outputs
from contract.outputs import MAX_OUTPUTS_BYTES, Output

DOCUMENT: dict[str, Any] = {
    "steps": {
        "Train": {"name": "Train", "metrics": {"auc": 0.9, "loss": 2}, "tags": ["a", "b", "c"]},
        "Score": {"name": "Score", "metrics": {}, "tags": [], "text": "120", "half": "\ud83d"},
    }
}
DOUBLED = "[@,@]|" * 26
HUNDRED = ",".join("@" * 100)


def only(expression: str, *, required: bool = False) -> tuple[Any, list[str]]:
    """The value of a single output, and what is said of it."""
    found = find_outputs({"x": Output(expression=expression, required=required)}, DOCUMENT)
    return found.values["x"], found.missing if required else found.notes


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("contains('abc', steps.Nope.x)", "requires string"),
        ("&foo", "not JSON serializable"),
        ("floor(to_number('1e999'))", "infinity"),
        ("to_number('1e999')", "not JSON compliant"),
        ("max_by([`1`,'a'],&@)", "not supported between"),
        ("steps.Score.half", "surrogates not allowed"),
        ('`"\\ud83d"`', "surrogates not allowed"),
        ("!" * 999 + "a", "recursion"),
        ("sum(steps.Train.name)", "invalid type"),
    ],
    ids=lambda text: text[-24:],
)
def test_what_cannot_be_applied_is_null(expression: str, problem: str) -> None:
    """With a note, or as a missing output if it is required; never an exception, which would keep the run open."""
    output = Output.model_construct(expression=expression, required=False)
    found = find_outputs({"x": output, "y": Output(expression="steps.Train.name")}, DOCUMENT)
    assert found.values == {"x": None, "y": "Train"}
    (note,) = found.notes
    assert problem in note
    note.encode()
    required = find_outputs({"x": output.model_copy(update={"required": True})}, DOCUMENT)
    assert required.missing == [note]


@pytest.mark.parametrize(
    "expression",
    [
        f"`1`|{DOUBLED}@",  # as it was reported: 67 million numbers
        f"steps|{DOUBLED}@",
        f"`1`|{DOUBLED}to_string(@)",
        f"[`1`|{DOUBLED}@, `1`|{DOUBLED}@]|[0]==[1]",
        f"`1`|{'[@,@][]|' * 40}length(@)",
        "'ab'|" + "join('',[@,@])|" * 40 + "@",
        f"[`1`]|{'[@,@][]|' * 25}[*].[@,@]|length(@)",
        "steps.*|" + "[@,@][]|" * 30 + "[?name=='x']",
        f"`[1,2,3]`|{'[@,@][]|' * 13}[{HUNDRED}]|map(&map(&@[:], @), [{HUNDRED}])",
        f"`1`|{'[@,@][]|' * 30}sort(@)",
        f"contains([`1`|{DOUBLED}@], `1`|{DOUBLED}@)",
    ],
    ids=lambda expression: expression[-24:],
)
def test_what_grows_without_bound_is_stopped(expression: str) -> None:
    """Within the budget: the event loop and the machine stay free."""
    began = time.thread_time()
    value, (note,) = only(expression)
    assert value is None
    assert "needs more than" in note or "256 KiB" in note
    assert time.thread_time() - began < 5


def test_the_budget_is_one_for_all_outputs() -> None:
    """A hundred expressions may do no more than one."""
    budget, sizes = Budget(nodes=6), Sizes()
    assert find("steps.Train.name", DOCUMENT, budget, sizes) == "Train"
    with pytest.raises(BudgetSpentError, match="6 steps of evaluation"):
        find("steps.Train.name", DOCUMENT, budget, sizes)
    with pytest.raises(BudgetSpentError, match="0 s"):
        find("steps", DOCUMENT, Budget(seconds=0), Sizes())


EXPRESSIONS = [
    "steps.Train.metrics.auc",
    "steps.*.name",
    "steps.*.tags[]",
    "steps.*.[name, metrics.loss]",
    "steps.* | [?metrics.loss > `1`].name",
    "{names: keys(steps), first: steps.Train.tags[0], rest: steps.Train.tags[1:]}",
    "join('-', steps.Train.tags)",
    "sort_by(values(steps), &name)[0].name",
    "map(&length(@), steps.*.tags)",
    "to_number(steps.Score.text)",
    "steps.Train.metrics.auc > `0.5` && 'good' || 'bad'",
    "!steps.Nope",
    "max_by(values(steps), &length(name)).name",
    "steps.Train.metrics == steps.Score.metrics",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_find_what_jmespath_finds(expression: str) -> None:
    """The budget changes no result."""
    value, _ = only(expression)
    assert value == jmespath.search(expression, DOCUMENT)


TEXTS = st.text(alphabet='ab"ü😀')
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=10,
)


@given(VALUES)
def test_sizes_are_about_those_of_the_json(value: Any) -> None:
    """Never less than half of it: what is refused by size is refused before it is written."""
    written = len(json.dumps(value, ensure_ascii=False))
    assert written / 2 - 2 <= Sizes().of(value) <= 4 * written + 8


def test_outputs_share_their_room() -> None:
    """What has no room does not take any."""
    document = {"big": "x" * (MAX_OUTPUTS_BYTES - 100), "small": "y" * 50, "late": "z" * 60}
    outputs = {name: Output(expression=name) for name in ("big", "small", "late")}
    outputs["tiny"] = Output(expression="'t'")
    found = find_outputs(outputs, document)
    assert [name for name, value in found.values.items() if value is None] == ["late"]
    assert found.values["tiny"] == "t"
