"""Starting from an earlier execution over HTTP."""

from typing import Any

import pytest

from activities.executions import ExecutionActivities
from activities.starting.rerun import MAX_SELECTED
from tests.standin.definitions import JsonObject, definition, get, job, parameter, step
from tests.standin.process import Standin
from tests.steps.attempts import refused, rerun, started

PARAMETERS = [parameter("Rows", "Integer", 10), parameter("Label"), parameter("Token", default="none")]
SECRET = "PLANTED-secret-value"
STEPS = [
    job("Prepare", seconds=1),
    job("Other", seconds=1),
    step(
        "Train",
        "Training",
        Model=get("Steps.Prepare.ProcessingOutputConfig"),
        HyperParameters={"STANDIN_SECONDS": "1", "Label": get("Parameters.Label")},
    ),
    step(
        "IsGood",
        "Condition",
        ["Train"],
        Conditions=[{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
        IfSteps=[job("Register", seconds=1)],
        ElseSteps=[step("TooBad", "Fail", ErrorMessage="no")],
    ),
    job("Tell", ["IsGood"], seconds=1),
]


def ended(standin: Standin, pipeline: str, **parameters: str) -> str:
    """An execution that has ended."""
    arn = standin.start(pipeline, parameters)
    standin.until_ended(arn)
    return arn


def parameters_of(standin: Standin, arn: str) -> dict[str, str]:
    """What an execution was started with."""
    found = standin.client.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    return {entry["Name"]: entry["Value"] for entry in found}


async def test_parameters_are_taken_over_under_those_of_the_input(
    standin: Standin, activities: ExecutionActivities
) -> None:
    """What was a secret goes from AWS to AWS, and into no result."""
    pipeline = standin.create(STEPS, PARAMETERS)
    source = ended(standin, pipeline, Label="ok", Rows="20", Token=SECRET)
    request = rerun(pipeline, rerun={"execution_arn": source}, parameters={"Rows": "30"})
    followed = await started(activities, request)
    assert parameters_of(standin, followed.execution_arn) == {"Rows": "30", "Label": "ok", "Token": SECRET}
    assert followed.selected_steps is None
    assert followed.notes == []
    assert SECRET not in followed.model_dump_json()


async def test_parameters_of_all_pages_are_taken_over(standin: Standin, activities: ExecutionActivities) -> None:
    """AWS takes up to 200."""
    declared = [parameter(f"P{number}", default="x") for number in range(150)]
    pipeline = standin.create([job("a", seconds=1)], declared)
    given = {f"P{number}": str(number) for number in range(150)}
    followed = await started(activities, rerun(pipeline, rerun={"execution_arn": ended(standin, pipeline, **given)}))
    pages = standin.client.get_paginator("list_pipeline_parameters_for_execution")
    found = pages.paginate(PipelineExecutionArn=followed.execution_arn).build_full_result()["PipelineParameters"]
    assert {entry["Name"]: entry["Value"] for entry in found} == given


async def test_from_a_step_on_all_that_follows_runs_again(standin: Standin, activities: ExecutionActivities) -> None:
    """By property references, DependsOn and branches; what comes before keeps its results."""
    pipeline = standin.create(STEPS, PARAMETERS)
    source = ended(standin, pipeline, Label="x")
    followed = await started(activities, rerun(pipeline, rerun={"execution_arn": source, "from_step": "Train"}))
    assert followed.selected_steps == ["Train", "IsGood", "Register", "TooBad", "Tell"]
    assert standin.until_ended(followed.execution_arn) == "Succeeded"
    steps = standin.steps(followed.execution_arn)
    assert set(steps) == {"Prepare", "Train", "IsGood", "Register", "Tell"}
    assert [
        name for name, entry in steps.items() if entry["SelectiveExecutionResult"]["SourcePipelineExecutionArn"]
    ] == ["Prepare"]


async def test_a_list_of_steps_that_lags_refuses_no_rerun(standin: Standin, activities: ExecutionActivities) -> None:
    """The execution has just ended, and its steps are shown as executing: AWS decides."""
    pipeline = standin.create(STEPS, PARAMETERS)
    source = ended(standin, pipeline, Label="x")
    with standin.behaving(steps_lag_seconds=3600):
        followed = await started(activities, rerun(pipeline, rerun={"execution_arn": source, "from_step": "Train"}))
    assert followed.selected_steps == ["Train", "IsGood", "Register", "TooBad", "Tell"]


async def test_a_rerun_that_is_attempted_again_starts_once(standin: Standin, activities: ExecutionActivities) -> None:
    """The same token comes with the same input, also when the source runs again meanwhile."""
    pipeline = standin.create(STEPS, PARAMETERS)
    source = ended(standin, pipeline, Label="x")
    request = rerun(pipeline, rerun={"execution_arn": source, "from_step": "Train"}, parameters={"Label": "y"})
    standin.fault("StartPipelineExecution", "reset_after", times=1)
    lost = await refused(started, activities, request)
    assert not lost.non_retryable
    standin.control("POST", f"/executions/{source.rpartition('/')[2]}/force", {"status": "Executing"})
    followed = await started(activities, request, 2)
    assert [one["execution_arn"] for one in standin.executions(pipeline)] == [source, followed.execution_arn]


def with_one_failed(standin: Standin) -> tuple[str, str]:
    """A pipeline whose execution failed in its first step."""
    pipeline = standin.create([job("a", seconds=1, fail="AlgorithmError: no"), job("b", ["a"]), job("c", ["b"])])
    return pipeline, ended(standin, pipeline)


def with_one_stopped(standin: Standin) -> tuple[str, str]:
    """A pipeline whose execution was stopped."""
    pipeline = standin.create([job("a", seconds=100_000)])
    arn = standin.start(pipeline)
    standin.stop(arn)
    standin.until_ended(arn)
    return pipeline, arn


def with_a_wide_one(standin: Standin) -> tuple[str, str]:
    """A pipeline with more steps behind its first than can be selected."""
    behind: list[JsonObject] = [job(f"s{number}", ["a"], seconds=1) for number in range(MAX_SELECTED)]
    pipeline = standin.create([job("a", seconds=1), *behind])
    return pipeline, ended(standin, pipeline)


@pytest.mark.parametrize(
    ("world", "from_step", "told"),
    [
        (with_one_failed, "B", "rerun.from_step: the execution has no step 'B'; did you mean 'b'?"),
        (with_one_failed, "Evaluate", "rerun.from_step: the execution has no step 'Evaluate'; its steps are a, b, c"),
        (with_one_failed, "b", "rerun.from_step: 'b' and what follows need a, which did not succeed"),
        (with_one_stopped, "a", "rerun.execution_arn: the execution is Stopped, and AWS takes over the results of"),
        (with_a_wide_one, "a", "rerun.from_step: 'a' and all that follows are 51 steps, and AWS takes 50"),
    ],
)
async def test_what_aws_would_refuse_is_refused_with_the_reason(
    standin: Standin, activities: ExecutionActivities, world: Any, from_step: str, told: str
) -> None:
    """Before anything is started."""
    pipeline, source = world(standin)
    failure = await refused(
        started, activities, rerun(pipeline, rerun={"execution_arn": source, "from_step": from_step})
    )
    assert (failure.type, failure.non_retryable) == ("InvalidInput", True)
    assert failure.message.startswith(f"Invalid input: {told}")
    assert len(standin.executions(pipeline)) == 1


async def test_a_source_that_is_not_there_is_told(standin: Standin, activities: ExecutionActivities) -> None:
    """Under the field's name."""
    pipeline = standin.create([job("a", seconds=1)])
    gone = f"{standin.start(pipeline)[:-12]}zzzzzzzzzzzz"
    failure = await refused(started, activities, rerun(pipeline, rerun={"execution_arn": gone}))
    assert failure.type == "InvalidInput"
    assert failure.message.startswith("Invalid input: rerun.execution_arn: ResourceNotFound: ")


async def test_a_source_that_may_not_be_read_names_the_permission(
    standin: Standin, activities: ExecutionActivities
) -> None:
    """Nothing is started without its parameters."""
    pipeline = standin.create([job("a", seconds=1)])
    source = ended(standin, pipeline)
    standin.fault("ListPipelineParametersForExecution", "access_denied")
    failure = await refused(started, activities, rerun(pipeline, rerun={"execution_arn": source}), 3)
    assert failure.type == "AccessDenied"
    assert "sagemaker:ListPipelineParametersForExecution" in failure.message


async def test_no_refusal_quotes_a_value_that_was_taken_over(standin: Standin, activities: ExecutionActivities) -> None:
    """AWS's text has it; it may have been a secret."""
    pipeline = standin.create([job("a", seconds=1)], [parameter("Token", default="none")])
    source = ended(standin, pipeline, Token=SECRET)
    standin.client.update_pipeline(
        PipelineName=pipeline,
        PipelineDefinition=definition([job("a", seconds=1)], [parameter("Token", "Integer", 1)]),
    )
    request = rerun(pipeline, rerun={"execution_arn": source}, check_parameters=False)
    failure = await refused(started, activities, request)
    assert failure.type == "InvalidInput"
    assert SECRET not in failure.message
    given = {"check_parameters": True, "parameters": {"Token": SECRET}}
    checked = await refused(started, activities, request.model_copy(update=given))
    assert checked.type == "InvalidParameters"
    assert SECRET not in checked.message


async def test_a_rerun_sends_only_what_the_mended_pipeline_takes(
    standin: Standin, activities: ExecutionActivities
) -> None:
    """A default may be longer than a value may be; a parameter that is gone is left out with a note."""
    long = "x" * 2000
    pipeline = standin.create(STEPS, [*PARAMETERS, parameter("Query", default=long), parameter("Gone", default="a")])
    source = ended(standin, pipeline, Label="ok", Gone="b")
    mended = definition(STEPS, [*PARAMETERS, parameter("Query", default=long)])
    standin.client.update_pipeline(PipelineName=pipeline, PipelineDefinition=mended)
    followed = await started(activities, rerun(pipeline, rerun={"execution_arn": source}))
    sent = parameters_of(standin, followed.execution_arn)
    assert "Gone" not in sent
    assert sent["Label"] == "ok"
    assert any("Gone" in note for note in followed.notes)


async def test_what_the_mended_pipeline_no_longer_allows_gives_way_to_its_default(
    standin: Standin, activities: ExecutionActivities
) -> None:
    """Another type or other allowed values; what the caller gives is refused as ever."""
    pipeline = standin.create(STEPS, PARAMETERS)
    source = ended(standin, pipeline, Label="ok", Rows="20", Token=SECRET)
    mended = [
        {**parameter("Rows", "Integer", 10), "EnumValues": [10, 30]},
        parameter("Label"),
        parameter("Token", "Integer", 1),
    ]
    standin.client.update_pipeline(PipelineName=pipeline, PipelineDefinition=definition(STEPS, mended))
    followed = await started(activities, rerun(pipeline, rerun={"execution_arn": source}))
    sent = parameters_of(standin, followed.execution_arn)
    assert sent == {"Rows": "10", "Label": "ok", "Token": "1"}
    no_longer_allowed, other_type = followed.notes
    assert no_longer_allowed == (
        "Not taken over from the earlier execution: Rows: the pipeline no longer allows the value; the pipeline's "
        "default is used"
    )
    assert other_type == (
        "Not taken over from the earlier execution: Token: the value is not of the type Integer that the pipeline "
        "declares now; the pipeline's default is used"
    )
    given = rerun(pipeline, rerun={"execution_arn": source}, parameters={"Rows": "20"})
    failure = await refused(started, activities, given)
    assert failure.type == "InvalidParameters"
    assert "'Rows' is not among the allowed values; give one of: 10 | 30" in failure.message


async def test_what_has_no_default_and_does_not_fit_any_more_must_be_given(
    standin: Standin, activities: ExecutionActivities
) -> None:
    """The refusal names the parameter and what to give, and never the value."""
    pipeline = standin.create(STEPS, PARAMETERS)
    source = ended(standin, pipeline, Label="ok", Token=SECRET)
    mended = [parameter("Rows", "Integer", 10), parameter("Label"), parameter("Token", "Integer")]
    standin.client.update_pipeline(PipelineName=pipeline, PipelineDefinition=definition(STEPS, mended))
    failure = await refused(started, activities, rerun(pipeline, rerun={"execution_arn": source}))
    assert (failure.type, failure.non_retryable) == ("InvalidParameters", True)
    assert (
        "'Token' (Integer) has no default and is not taken over from the earlier execution: the value is not of the "
        "type Integer that the pipeline declares now; give a whole number such as 5 in parameters" in failure.message
    )
    assert SECRET not in failure.message
    assert len(standin.executions(pipeline)) == 1
    mending = rerun(pipeline, rerun={"execution_arn": source}, parameters={"Token": "7"})
    followed = await started(activities, mending)
    assert parameters_of(standin, followed.execution_arn)["Token"] == "7"
