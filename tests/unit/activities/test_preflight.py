"""The pre-flight's findings, without AWS."""

import json
from typing import Any

import pytest

from activities.aws.calls import SageMakerCalls
from activities.models import StartRequest
from activities.starting.definitions import Definitions
from activities.starting.preflight import MAX_PROBLEMS_CHARS, Preflight, parameter_problems
from contract.declarations import read_declarations
from tests.unit.activities.scripted_aws import ScriptedAws, refusal, reply


def definition(*parameters: dict[str, Any]) -> str:
    """The text of a definition with these parameters."""
    return json.dumps({"Version": "2020-12-01", "Parameters": parameters})


def entry(name: str, kind: str = "String", **more: Any) -> dict[str, Any]:
    """One declared parameter."""
    return {"Name": name, "Type": kind, **more}


TWELVE = "0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11"
DECLARED = read_declarations(
    definition(
        entry("InputData"),
        entry("Count", "Integer", DefaultValue=1),
        entry("Stage", DefaultValue="a", EnumValues=["a", "b"]),
        entry("Size", "Integer", EnumValues=list(range(20))),
    )
).parameters


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"InputData": "x", "Size": "3"}, []),
        ({"InputData": "", "Size": "3", "Count": "-1", "Stage": "b"}, []),
        (
            {"InputData": "vault://prod/a", "Size": "vault://prod/b", "Stage": "vault://prod/c"},
            [],
        ),
        (
            {},
            [
                "'InputData' (String) has no default and is missing; give a value",
                f"'Size' (Integer) has no default and is missing; give one of: {TWELVE} (or 8 others)",
            ],
        ),
        (
            {"InputData": "x", "Size": "3", "inputdata": "y", "Sice": "4", "Zzz": "vault://prod/a"},
            [
                "'inputdata' is not declared by the pipeline; did you mean 'InputData'?",
                "'Sice' is not declared by the pipeline; did you mean 'Size'?",
                "'Zzz' is not declared by the pipeline; leave it out",
            ],
        ),
    ],
)
def test_problems_name_parameter_and_remedy(given: dict[str, str], told: list[str]) -> None:
    """Undeclared ones first, then missing ones, then wrong values; references to secrets are not judged."""
    assert parameter_problems(DECLARED, given) == told


def test_a_selective_execution_may_lack_parameters() -> None:
    """Whether they come from the source execution is AWS's to say; what is given is checked."""
    assert parameter_problems(DECLARED, {"Count": "x"}, may_lack=True) == [
        "'Count' is not of type Integer; give a whole number such as 5"
    ]


def request(parameters: dict[str, str], **more: Any) -> StartRequest:
    """A start of the pipeline `churn`."""
    return StartRequest(
        platform="default", pipeline_name="churn", client_request_token="t" * 36, parameters=parameters, **more
    )


async def test_a_refusal_is_bounded_and_says_how_many_more(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Two hundred wrong parameters with long names do not fill the history."""
    aws.script.append(reply(PipelineDefinition=definition(*(entry(f"P{n}") for n in range(100)))))
    wrong = {f"{'x' * 250}{number}": "" for number in range(200)}
    checked = await Preflight(Definitions(calls)).check(aws.platform, request(wrong))
    assert checked.refusal is not None
    assert checked.refusal.non_retryable
    assert len(checked.refusal.message) < MAX_PROBLEMS_CHARS + 1_000
    assert "; and " in checked.refusal.message
    assert "P19 and 80 others." in checked.refusal.message


async def test_a_definition_that_does_not_parse_is_noted(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """AWS runs it all the same, perhaps: this version may not know its form."""
    aws.script.append(reply(PipelineDefinition='{"Parameters": "none"}'))
    checked = await Preflight(Definitions(calls)).check(aws.platform, request({"A": "1"}))
    assert checked.refusal is None
    assert checked.notes == [
        "The parameters were left to AWS to check: the definition must be a JSON object, its Parameters a list"
    ]


async def test_a_refused_permission_is_asked_for_once(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Many starts without the permission do not ask for it again and again."""
    aws.script.append(refusal("AccessDeniedException", "not authorized to perform: sagemaker:DescribePipeline"))
    preflight = Preflight(Definitions(calls))
    for _ in range(3):
        checked = await preflight.check(aws.platform, request({"A": "1"}))
        assert checked.refusal is None
        assert "sagemaker:DescribePipeline" in checked.notes[0]
    assert aws.operations == ["DescribePipeline"]


async def test_only_a_fresh_definition_refuses(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """The remembered one passes what it takes without a call, and is read again before it refuses."""
    aws.script += [reply(PipelineDefinition=definition(entry("A"))) for _ in range(2)]
    preflight = Preflight(Definitions(calls))
    for _ in range(3):
        assert (await preflight.check(aws.platform, request({"A": "1"}))).refusal is None
    assert aws.operations == ["DescribePipeline"]
    assert (await preflight.check(aws.platform, request({"B": "1"}))).refusal is not None
    assert aws.operations == ["DescribePipeline"] * 2


async def test_a_fresh_definition_that_cannot_be_read_refuses_nothing(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """The permission was taken away since: AWS decides."""
    aws.script.append(reply(PipelineDefinition=definition(entry("A"))))
    aws.script.append(refusal("AccessDeniedException", "no more"))
    preflight = Preflight(Definitions(calls))
    await preflight.check(aws.platform, request({"A": "1"}))
    checked = await preflight.check(aws.platform, request({"B": "1"}))
    assert checked.refusal is None
    assert len(checked.notes) == 1


async def test_versions_are_told_apart(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """Each version has its own definition."""
    aws.script += [reply(PipelineDefinition=definition(entry("A"))), reply(PipelineDefinition=definition(entry("B")))]
    preflight = Preflight(Definitions(calls))
    assert (await preflight.check(aws.platform, request({"A": "1"}, pipeline_version_id=1))).refusal is None
    assert (await preflight.check(aws.platform, request({"B": "1"}))).refusal is None
    assert aws.requests == [
        ("DescribePipeline", {"PipelineName": "churn", "PipelineVersionId": 1}),
        ("DescribePipeline", {"PipelineName": "churn"}),
    ]


INSIDE = [{"Name": "Ask", "Type": "Callback"}, {"Name": "Train", "Type": "Training"}]
WITH_CALLBACKS = {
    "Steps": [
        {"Name": "AwaitLoad", "Type": "Callback"},
        {"Name": "IsGood", "Type": "Condition", "Arguments": {"IfSteps": INSIDE, "ElseSteps": []}},
        # A step type that is not known here, with steps inside.
        {"Name": "Several", "Type": "Parallel", "Arguments": {"Branches": [{"Steps": INSIDE}]}},
    ]
}


@pytest.mark.parametrize(
    ("callbacks", "problems"),
    [
        (["*", "AwaitLoad", "Ask"], []),
        (
            ["AwaitLaod"],
            ["callbacks.AwaitLaod: the pipeline has no Callback step of this name; did you mean 'AwaitLoad'?"],
        ),
        (
            ["Train", "Zzz"],
            [
                f"callbacks.{name}: the pipeline has no Callback step of this name; it has AwaitLoad, Ask"
                for name in ("Train", "Zzz")
            ],
        ),
    ],
)
async def test_a_rule_for_a_step_that_the_pipeline_lacks_is_refused(
    aws: ScriptedAws, calls: SageMakerCalls, callbacks: list[str], problems: list[str]
) -> None:
    """No person could answer the step that was meant, and a stop would wait for it."""
    aws.script += [reply(PipelineDefinition=json.dumps(WITH_CALLBACKS))]
    rules = {name: {"answered_by": "person"} for name in callbacks}
    checked = await Preflight(Definitions(calls)).check(aws.platform, request({}, callbacks=rules))
    assert (checked.refusal, checked.notes) == (None, [])
    found = checked.wrong_callbacks.message if checked.wrong_callbacks else None
    remedy = "Nothing was started. Correct them, or leave the check out with check_parameters = false."
    assert found == (f"Invalid input: {'; '.join(problems)}. {remedy}" if problems else None)


async def test_wrong_callbacks_are_named_beside_wrong_parameters(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """All problems at once."""
    aws.script += [reply(PipelineDefinition=definition(entry("A")))]
    wanted = request({"B": "1"}, callbacks={"Ask": {"answered_by": "person"}})
    checked = await Preflight(Definitions(calls)).check(aws.platform, wanted)
    assert checked.refusal is not None
    assert "'A' (String) has no default" in checked.refusal.message
    assert "callbacks.Ask: the pipeline has no Callback step of this name; it has none" in checked.refusal.message
