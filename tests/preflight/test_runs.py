"""The pre-flight of real runs: what it refuses, what it lets pass, and what it never may refuse."""

import asyncio
from typing import Any

import pytest

from contract.run import Phase, RunStatus
from tests.standin.definitions import JsonObject, definition, job, parameter
from tests.standin.process import token
from tests.workflows.stage import Stage, until

PARAMETERS = [
    parameter("InputData"),
    parameter("InstanceCount", "Integer", 1),
    parameter("AucThreshold", "Float", 0.8),
    parameter("Balance", "Boolean", default=True),
    parameter("Stage", default="production", EnumValues=["production", "candidate"]),
]
GOOD = {"InputData": "s3://example/data", "InstanceCount": 2, "AucThreshold": "1e-3", "Balance": False}


def pipeline_with(stage: Stage, parameters: list[JsonObject], *, seconds: float = 60) -> str:
    """Create a pipeline of one job with these parameters; its name."""
    return stage.standin.create([job("Train", seconds=seconds)], parameters)


def update(stage: Stage, pipeline: str, parameters: list[JsonObject]) -> None:
    """Give a pipeline other parameters."""
    stage.standin.client.update_pipeline(
        PipelineName=pipeline, PipelineDefinition=definition([job("Train", seconds=60)], parameters)
    )


async def test_good_parameters_pass(stage: Stage) -> None:
    """A run that the definition takes starts, and has nothing to note."""
    pipeline = pipeline_with(stage, PARAMETERS)
    result = await (await stage.run(pipeline, parameters=GOOD)).result()
    assert result.status is RunStatus.SUCCESS
    assert result.notes == []


async def test_all_problems_are_told_at_once_and_nothing_is_sent(stage: Stage) -> None:
    """Each problem with the parameter's name and the remedy, and without the value; AWS never hears of it."""
    pipeline = pipeline_with(stage, PARAMETERS)
    wrong = {"Inputdata": "hunter2", "InstanceCount": "two", "AucThreshold": "", "Balance": "yes", "Stage": "test"}
    failure = await (await stage.run(pipeline, parameters=wrong)).failure()
    assert failure.type == "InvalidParameters"
    assert failure.message == (
        f"Invalid parameters for the pipeline {pipeline} [platform=default]: "
        "'Inputdata' is not declared by the pipeline; did you mean 'InputData'?; "
        "'InputData' (String) has no default and is missing; give a value; "
        "'InstanceCount' is not of type Integer; give a whole number such as 5; "
        "'AucThreshold' is not of type Float; give a number such as 0.5; "
        "'Balance' is not of type Boolean; give True or False; "
        "'Stage' is not among the allowed values; give one of: production | candidate. "
        "It declares: InputData, InstanceCount, AucThreshold, Balance, Stage. Nothing was started. "
        "Correct them, or leave the check to AWS with check_parameters = false."
    )
    assert failure.details[0]["status"] == "Failed"
    assert stage.calls("StartPipelineExecution")["received"] == 0
    assert stage.calls("DescribePipeline")["received"] == 1


async def test_the_input_can_switch_the_check_off(stage: Stage) -> None:
    """Then AWS alone decides, and tells one problem."""
    pipeline = pipeline_with(stage, PARAMETERS)
    failure = await (await stage.run(pipeline, parameters={"Other": "x"}, checkParameters=False)).failure()
    assert failure.type == "InvalidInput"
    assert "ValidationException" in failure.message
    assert stage.calls("DescribePipeline")["received"] == 0


@pytest.mark.parametrize("effect", ["access_denied", "throttle", "html_5xx", "reset_before"])
async def test_a_definition_that_cannot_be_read_is_noted(stage: Stage, effect: str) -> None:
    """No permission and no answer are no reason to refuse a run: AWS checks, and the document says so."""
    pipeline = pipeline_with(stage, PARAMETERS)
    stage.standin.fault("DescribePipeline", effect)
    run = await stage.run(pipeline, parameters=GOOD)
    result = await run.result()
    assert result.status is RunStatus.SUCCESS
    assert len(result.notes) == 1
    assert result.notes[0].startswith("The parameters were left to AWS to check: ")
    assert effect != "access_denied" or "sagemaker:DescribePipeline" in result.notes[0]


async def test_many_runs_share_one_description(stage: Stage) -> None:
    """Thirty concurrent starts of one pipeline, and thirty more within the minute, describe it once."""
    pipeline = pipeline_with(stage, PARAMETERS)
    for _ in range(2):
        runs = [await stage.run(pipeline, parameters=GOOD) for _ in range(30)]
        for result in await asyncio.gather(*(run.result() for run in runs)):
            assert result.status is RunStatus.SUCCESS
    assert stage.calls("StartPipelineExecution")["received"] == 60
    assert stage.calls("DescribePipeline")["received"] == 1


async def test_a_definition_changed_meanwhile_refuses_nothing_wrongly(stage: Stage) -> None:
    """The remembered definition does not know the new parameter; before it refuses, it is read again."""
    pipeline = pipeline_with(stage, PARAMETERS)
    await (await stage.run(pipeline, parameters=GOOD)).result()
    update(stage, pipeline, [*PARAMETERS, parameter("Epochs", "Integer", 3)])
    result = await (await stage.run(pipeline, parameters={**GOOD, "Epochs": 5})).result()
    assert result.status is RunStatus.SUCCESS
    assert stage.calls("DescribePipeline")["received"] == 2


async def test_the_version_that_will_run_is_checked(stage: Stage) -> None:
    """A parameter of the latest version is none of the first one's."""
    pipeline = pipeline_with(stage, [])
    update(stage, pipeline, [parameter("Epochs", "Integer", 3)])
    result = await (await stage.run(pipeline, parameters={"Epochs": 5})).result()
    assert result.status is RunStatus.SUCCESS
    failure = await (await stage.run(pipeline, parameters={"Epochs": 5}, pipeline_version_id=1)).failure()
    assert failure.type == "InvalidParameters"
    assert "It declares no parameters." in failure.message


async def test_a_promotion_is_waited_for(stage: Stage) -> None:
    """The alias is on no version while it moves; the run takes the version that has it then, and its parameters."""
    pipeline = pipeline_with(stage, [])
    update(stage, pipeline, [parameter("Epochs", "Integer", 3)])
    run = await stage.run(pipeline, pipelineVersionAlias="prod", parameters={"Epochs": 5})
    await until(lambda: stage.calls("DescribePipeline")["received"])
    client: Any = stage.standin.client  # the stubs do not know aliases yet
    client.update_pipeline_version(
        PipelineArn=client.describe_pipeline(PipelineName=pipeline)["PipelineArn"],
        PipelineVersionId=2,
        PipelineVersionAliasOperations={"Add": ["prod"]},
    )
    result = await run.result()
    assert (result.pipeline_version_id, result.pipeline_version_aliases) == (2, ["prod"])
    assert (stage.the_execution(pipeline)["parameters"], result.notes) == ({"Epochs": "5"}, [])


async def test_a_retry_after_an_unknown_outcome_is_never_refused(idle_stage: Stage) -> None:
    """The execution runs, its reply was lost, the definition changed: the retry finds it under its token."""
    pipeline = pipeline_with(idle_stage, PARAMETERS, seconds=600)
    lost = idle_stage.standin.fault("StartPipelineExecution", "reset_after")
    async with idle_stage.worker():
        run = await idle_stage.run(pipeline, parameters=GOOD)
        await until(lambda: idle_stage.standin.fault_state(lost)["hits"])
    update(idle_stage, pipeline, [])
    idle_stage.standin.control("DELETE", f"/faults/{lost}")
    async with idle_stage.worker():
        assert (await run.result()).run_id == idle_stage.the_execution(pipeline)["execution_arn"]
    assert idle_stage.calls("DescribePipeline")["received"] == 2


async def test_a_reset_run_finds_its_execution_although_the_definition_changed(idle_stage: Stage) -> None:
    """What was started before the reset is AWS's to tell, not the pre-flight's."""
    pipeline = pipeline_with(idle_stage, PARAMETERS, seconds=900)
    async with idle_stage.worker():
        run = await idle_stage.run(pipeline, parameters=GOOD)
        first = await run.reaches_phase(Phase.RUNNING)
    update(idle_stage, pipeline, [])
    async with idle_stage.worker():
        result = await (await idle_stage.reset_to_first_task(run)).result()
    assert result.run_id == first.run_id
    assert idle_stage.calls("DescribePipeline")["received"] == 2


async def test_the_callers_own_token_finds_its_execution_although_the_definition_changed(idle_stage: Stage) -> None:
    """A second run under the token of the first follows the first one's execution."""
    pipeline = pipeline_with(idle_stage, PARAMETERS)
    fields = {"parameters": GOOD, "client_request_token": token()}
    async with idle_stage.worker():
        first = await (await idle_stage.run(pipeline, **fields)).result()
    update(idle_stage, pipeline, [])
    async with idle_stage.worker():
        second = await (await idle_stage.run(pipeline, **fields)).result()
    assert second.run_id == first.run_id
    assert idle_stage.calls("DescribePipeline")["received"] == 2


async def test_wrong_parameters_under_the_callers_own_token_are_told_like_others(stage: Stage) -> None:
    """AWS refuses them, because it does not know the token, and the pre-flight explains."""
    pipeline = pipeline_with(stage, PARAMETERS)
    failure = await (
        await stage.run(pipeline, parameters={"Stage": "test", "Extra": 1}, client_request_token=token())
    ).failure()
    assert failure.type == "InvalidParameters"
    assert "'Stage'" in failure.message
    assert "'Extra'" in failure.message
    assert "'InputData'" in failure.message
    assert stage.standin.executions(pipeline) == []
