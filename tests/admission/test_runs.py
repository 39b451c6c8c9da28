"""A worker refuses what it is not for before AWS hears of it, and goes on with what runs already."""

from pathlib import Path
from typing import Any

import pytest

from contract.failures import FailureType
from contract.names import WorkflowType
from contract.platform_check import PlatformCheck
from contract.run import RunStatus
from tests.standin.definitions import job
from tests.workflows.stage import Stage

ACCOUNT = "111122223333"
LONG = 36_000.0


def platforms_file(folder: Path, stage: Stage, **allowed: list[str]) -> dict[str, Any]:
    """Settings of a worker with platforms by these names, each with its patterns, none for all pipelines."""
    path = folder / "platforms.toml"
    tables = [
        f'[platforms.{name}]\nregion = "us-east-1"\nendpoint_url = "{stage.standin.url}"\n'
        f'sts_endpoint_url = "{stage.standin.url}"\n' + (f"allowed_pipelines = {patterns}\n" if patterns else "")
        for name, patterns in allowed.items()
    ]
    path.write_text("\n".join(tables), encoding="utf-8")
    return {"platforms_file": path, "region": None, "endpoint_url": None}


def arn_of(pipeline: str) -> str:
    """A pipeline's ARN."""
    return f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:pipeline/{pipeline}"


def selective(source: str) -> dict[str, Any]:
    """An input that repeats a step of an earlier execution."""
    return {
        "pipeline_name": "churn-training",
        "selective_execution": {
            "source_pipeline_execution_arn": source,
            "selected_steps": [{"step_name": "Train"}],
        },
    }


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"pipeline_name": "nightly"}, "pipeline_name"),
    "arn": ({"pipeline_name": arn_of("nightly")}, "pipeline_name"),
    "followed": (
        {"pipeline_name": "nightly", "execution_arn": f"{arn_of('nightly')}/execution/abcdefghijkl"},
        "execution_arn",
    ),
    "source": (selective(f"{arn_of('nightly')}/execution/abcdefghijkl"), "selective_execution.source_pipeline"),
    "platform": ({"pipeline_name": "churn-training", "platform": "other"}, "takes no runs for the platform 'other'"),
}


@pytest.mark.parametrize(("run_input", "told"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_not_allowed_never_reaches_aws(
    idle_stage: Stage, tmp_path: Path, run_input: dict[str, Any], told: str
) -> None:
    """The run fails with the field's name, and the stand-in has not been called."""
    settings = platforms_file(tmp_path, idle_stage, default=["churn-*"], other=[])
    async with idle_stage.worker(**settings, allowed_platforms=("default",)):
        failure = await (await idle_stage.start(run_input)).failure()
    assert failure.type == FailureType.INVALID_INPUT
    assert told in failure.message
    assert idle_stage.standin.control("GET", "/calls") == {}


@pytest.mark.parametrize("workflow", [WorkflowType.PIPELINE_DISCOVERY, WorkflowType.PLATFORM_CHECK])
async def test_a_platform_that_is_not_allowed_is_not_looked_at(
    idle_stage: Stage, tmp_path: Path, workflow: WorkflowType
) -> None:
    """Neither discovered nor checked."""
    settings = platforms_file(tmp_path, idle_stage, default=[], other=[])
    async with idle_stage.worker(**settings, allowed_platforms=("default",)):
        handle = await idle_stage.client.start_workflow(
            workflow, {"platform": "other"}, id=f"{workflow}-{idle_stage.task_queue}", task_queue=idle_stage.task_queue
        )
        with pytest.raises(Exception) as raised:  # noqa: PT011 — the cause is looked at
            await handle.result()
    assert getattr(raised.value.__cause__, "type", None) == FailureType.INVALID_INPUT
    assert idle_stage.standin.control("GET", "/calls") == {}


TOO_MUCH: dict[str, tuple[dict[str, Any], str]] = {
    "parameters": ({"parameters": {f"p{index}": 1 for index in range(201)}}, "201 parameters given"),
    "value": ({"parameters": {"p": "x" * 1025}}, "'p' has 1025 characters, AWS takes 1024"),
    "name": ({"parameters": {"p" * 257: 1}}, "must be 1 to 256 letters"),
    "execution": (
        {"execution_arn": f"{arn_of('churn-training')}/execution/{'x' * 2048}"},
        "must be a pipeline execution's ARN",
    ),
    "source": (selective(f"{arn_of('churn-training')}/execution/{'x' * 2048}"), "must be a pipeline execution's ARN"),
}


@pytest.mark.parametrize(("fields", "told"), TOO_MUCH.values(), ids=TOO_MUCH.keys())
async def test_what_is_too_much_never_reaches_aws(
    idle_stage: Stage, tmp_path: Path, fields: dict[str, Any], told: str
) -> None:
    """AWS's own limits, of which botocore checks none."""
    async with idle_stage.worker(**platforms_file(tmp_path, idle_stage, default=["churn-*"])):
        failure = await (await idle_stage.start({"pipeline_name": "churn-training", **fields})).failure()
    assert failure.type == FailureType.INVALID_INPUT
    assert told in failure.message
    assert idle_stage.standin.control("GET", "/calls") == {}


async def test_a_check_asks_for_what_the_platform_is_for(idle_stage: Stage, tmp_path: Path) -> None:
    """A policy that is as narrow as the list is no fault."""
    async with idle_stage.worker(**platforms_file(tmp_path, idle_stage, default=["churn-*"])):
        found = await idle_stage.client.execute_workflow(
            WorkflowType.PLATFORM_CHECK,
            id=f"check-{idle_stage.task_queue}",
            task_queue=idle_stage.task_queue,
            result_type=PlatformCheck,
        )
    details = {check.name: check.detail for check in found.checks}
    assert details["sagemaker:StartPipelineExecution"] == f"allowed on {arn_of('churn-*')}"


async def test_an_allowed_pipeline_runs_by_name_and_by_arn(idle_stage: Stage, tmp_path: Path) -> None:
    """What the patterns are about is not touched by them."""
    name = idle_stage.pipeline(seconds=1)
    async with idle_stage.worker(**platforms_file(tmp_path, idle_stage, default=[f"{name[:-4]}*"])):
        for pipeline in (name, arn_of(name)):
            assert (await (await idle_stage.run(pipeline)).result()).status is RunStatus.SUCCESS
    assert len(idle_stage.standin.executions(name)) == 2


async def test_discovery_offers_only_what_may_run(idle_stage: Stage, tmp_path: Path) -> None:
    """A job that every run of would be refused is no help to anybody."""
    [mine, other] = [idle_stage.standin.create([job("Train", seconds=1)]) for _ in range(2)]
    async with idle_stage.worker(**platforms_file(tmp_path, idle_stage, default=[mine])):
        found = await idle_stage.client.execute_workflow(
            WorkflowType.PIPELINE_DISCOVERY,
            id=f"discovery-{idle_stage.task_queue}",
            task_queue=idle_stage.task_queue,
            result_type=dict,
        )
    assert other != mine
    assert ([each["external_id"] for each in found["jobs"]], found["total"]) == ([mine], 1)


@pytest.mark.parametrize("taken_away", ["platform", "pipeline"])
async def test_an_open_run_goes_on_and_can_be_stopped_when_it_is_no_longer_allowed(
    idle_stage: Stage, tmp_path: Path, taken_away: str
) -> None:
    """Its execution costs money: leaving it to itself would be the worst of all answers."""
    name = idle_stage.pipeline(seconds=LONG)
    before = platforms_file(tmp_path, idle_stage, default=[name], other=[name])
    async with idle_stage.worker(**before):
        run = await idle_stage.run(name, platform="other")
        await run.reaches(lambda document: document.sagemaker_status == "Executing")
    after = before | {"allowed_platforms": ("default",)}
    if taken_away == "pipeline":
        after = platforms_file(tmp_path, idle_stage, default=["something-else"], other=["something-else"])
    async with idle_stage.worker(**after):
        await run.cancel_by_signal()
        assert (await run.result()).status is RunStatus.CANCELLED
    assert idle_stage.the_execution(name)["status"] == "Stopped"


async def test_a_start_that_aws_may_have_accepted_is_brought_to_its_end(idle_stage: Stage, tmp_path: Path) -> None:
    """Its replies were lost and the pipeline left the list: the execution is found under its token, not leaked."""
    name = idle_stage.pipeline(seconds=1)
    idle_stage.standin.fault("StartPipelineExecution", "reset_after")
    async with idle_stage.worker(**platforms_file(tmp_path, idle_stage, default=[name])):
        run = await idle_stage.run(name)
        await run.reaches(lambda _: bool(idle_stage.standin.executions(name)))
    idle_stage.standin.control("DELETE", "/faults")
    async with idle_stage.worker(**platforms_file(tmp_path, idle_stage, default=["something-else"])):
        assert (await run.result()).status is RunStatus.SUCCESS
    idle_stage.the_execution(name)
