"""How an execution's end becomes the run's end."""

import pytest

from contract.run import Phase, RunStatus
from tests.standin.definitions import job, parameter
from tests.workflows.stage import Stage, until

EVENTS_OF_A_QUIET_RUN = 30


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(
            {"pipeline_name": None, "parameters": {"Rate": 0.5, "Deep": True, "max_depth": 3}}, id="snake_case"
        ),
        pytest.param(
            {
                "pipelineName": None,
                "parameters": [
                    {"name": "Rate", "value": 0.5},
                    {"name": "Deep", "value": True},
                    {"name": "max_depth", "value": 3},
                ],
            },
            id="camelCase",
        ),
        pytest.param(
            {
                "PipelineName": None,
                "Parameters": [
                    {"Name": "Rate", "Value": 0.5},
                    {"Name": "Deep", "Value": True},
                    {"Name": "max_depth", "Value": "3"},
                ],
                "DisplayName": None,
            },
            id="PascalCase",
        ),
    ],
)
async def test_a_run_succeeds_with_its_parameters(stage: Stage, document: dict[str, object]) -> None:
    """Each key style starts the same execution, with every value as AWS's SDK writes it."""
    pipeline = stage.standin.create(
        [job("Train", seconds=30)],
        [
            parameter("Rate", "Float", 0.1),
            parameter("Deep", "Boolean", default=False),
            parameter("max_depth", "Integer"),
        ],
    )
    name_key = next(iter(document))
    result = await (await stage.start({**document, name_key: pipeline})).result()
    execution = stage.the_execution(pipeline)
    assert execution["parameters"] == {"Rate": "0.5", "Deep": "True", "max_depth": "3"}
    assert result.status is RunStatus.SUCCESS
    assert result.sagemaker_status == "Succeeded"
    assert result.phase is Phase.CLOSED
    assert result.run_id == execution["execution_arn"]
    assert result.region == "us-east-1"
    assert result.started_at is not None
    assert result.ended_at is not None
    assert result.started_at < result.ended_at
    assert result.monitor_url == (
        "https://us-east-1.console.aws.amazon.com/sagemaker/home?region=us-east-1"
        f"#/pipelines/{pipeline}/executions/{result.run_id}"
    )
    assert [(entry.phase, entry.status) for entry in result.history] == [
        (Phase.STARTING, RunStatus.RUNNING),
        (Phase.RUNNING, RunStatus.RUNNING),
        (Phase.RUNNING, RunStatus.SUCCESS),
        (Phase.CLOSED, RunStatus.SUCCESS),
    ]


async def test_a_failed_execution_fails_the_run_with_its_reason_and_document(stage: Stage) -> None:
    """The failure has a type to branch on, AWS's reason as text and the run document as detail."""
    pipeline = stage.pipeline(fail="AlgorithmError: exit code 1")
    run = await stage.run(pipeline)
    failure = await run.failure()
    assert failure.type == "PipelineExecutionFailed"
    assert failure.message == "Train: AlgorithmError: exit code 1"
    assert failure.details[0]["status"] == "Failed"
    assert failure.details[0]["run_id"] == stage.the_execution(pipeline)["execution_arn"]
    assert (await run.document()).model_dump(mode="json") == failure.details[0]


async def test_every_failed_step_is_found_beyond_the_first_page(stage: Stage) -> None:
    """The step that failed is the last of more than a page of steps, and the first page is throttled."""
    quick = [job(f"Quick{number:03}", seconds=1) for number in range(120)]
    last = job("Train", [step["Name"] for step in quick], seconds=60, fail="CapacityError: no p4d available")
    pipeline = stage.standin.create([*quick, last])
    stage.standin.fault("ListPipelineExecutionSteps", "throttle", times=1)
    failure = await (await stage.run(pipeline)).failure()
    assert failure.message == (
        "Train: CapacityError: no p4d available. AWS has none of these instances free: retry later, or use another "
        "instance type or Availability Zone."
    )
    assert stage.calls("ListPipelineExecutionSteps")["by_code"] == {"ThrottlingException": 1, "OK": 2}


async def test_a_failure_whose_steps_may_not_be_read_is_told_all_the_same(stage: Stage) -> None:
    """The end of the execution is never lost for want of details."""
    pipeline = stage.pipeline(fail="AlgorithmError: exit code 1")
    stage.standin.fault("ListPipelineExecutionSteps", "access_denied")
    failure = await (await stage.run(pipeline)).failure()
    assert failure.type == "PipelineExecutionFailed"
    assert failure.message == "Step failure: One or multiple steps failed."


async def test_completed_with_failures_is_a_failure(stage: Stage) -> None:
    """The status that the other orchestrators do not know is terminal and not a success."""
    pipeline = stage.pipeline(seconds=3000)
    run = await stage.run(pipeline)
    await run.reaches_phase(Phase.RUNNING)
    force(stage, pipeline, "CompletedWithFailures", "2 of 5 steps failed")
    failure = await run.failure()
    assert failure.type == "PipelineExecutionFailed"
    assert failure.message == "2 of 5 steps failed"
    assert failure.details[0]["sagemaker_status"] == "CompletedWithFailures"


async def test_an_execution_stopped_from_elsewhere_completes_as_cancelled(stage: Stage) -> None:
    """Nobody cancelled the run, so the workflow completes and says what it saw."""
    pipeline = stage.pipeline(seconds=3000)
    run = await stage.run(pipeline)
    document = await run.reaches_phase(Phase.RUNNING)
    assert document.run_id is not None
    stage.standin.stop(document.run_id)
    result = await run.result()
    assert result.status is RunStatus.CANCELLED
    assert result.sagemaker_status == "Stopped"


async def test_an_unknown_status_keeps_the_run_open_until_a_known_one_comes(stage: Stage) -> None:
    """A status that nobody knows is no end and no crash: the run says so, and goes on looking."""
    pipeline = stage.pipeline(seconds=3000)
    run = await stage.run(pipeline)
    await run.reaches_phase(Phase.RUNNING)
    force(stage, pipeline, "Paused")
    document = await run.reaches(lambda document: document.status is RunStatus.UNKNOWN)
    assert document.sagemaker_status == "Paused"
    assert document.message is not None
    assert "does not know" in document.message
    force(stage, pipeline, "Succeeded")
    result = await run.result()
    assert result.status is RunStatus.SUCCESS
    assert result.message is None


async def test_a_run_follows_an_execution_that_already_runs(stage: Stage) -> None:
    """With `execution_arn` nothing is started, and the end is told as for a run of its own."""
    pipeline = stage.pipeline()
    arn = stage.standin.start(pipeline)
    result = await (await stage.run(pipeline, execution_arn=arn)).result()
    assert result.run_id == arn
    assert result.status is RunStatus.SUCCESS
    assert stage.the_execution(pipeline)["starts_accepted"] == 1


async def test_following_an_execution_that_aws_does_not_know_fails_at_once(stage: Stage) -> None:
    """A mistyped ARN is told as such, not waited for."""
    pipeline = stage.pipeline()
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:pipeline/{pipeline}/execution/aaaaaaaaaaaa"
    failure = await (await stage.run(pipeline, execution_arn=arn)).failure()
    assert failure.type == "ExecutionNotFound"
    assert arn in failure.message


async def test_a_pipeline_that_does_not_exist_fails_at_once(stage: Stage) -> None:
    """The failure names the pipeline, the region and what to check."""
    failure = await (await stage.run("no-such-pipeline")).failure()
    assert failure.type == "PipelineNotFound"
    assert "no-such-pipeline" in failure.message
    assert "us-east-1" in failure.message


async def test_a_timeout_stops_the_execution_and_fails_the_run(stage: Stage) -> None:
    """When the run's time is over, nothing goes on costing money."""
    pipeline = stage.pipeline(seconds=30000)
    failure = await (await stage.run(pipeline, timeout=1)).failure()
    assert failure.type == "PipelineRunTimedOut"
    execution = stage.the_execution(pipeline)
    assert execution["status"] == "Stopped"
    assert execution["stops_accepted"] == 1


async def test_a_long_quiet_run_has_a_short_history(stage: Stage) -> None:
    """History grows with changes and not with polls: over 100 polls without a change cost no event."""
    pipeline = stage.pipeline(seconds=30000)
    run = await stage.run(pipeline)
    await until(lambda: stage.calls("DescribePipelineExecution")["received"] > 100)
    force(stage, pipeline, "Succeeded")
    await run.result()
    assert len(await run.events()) <= EVENTS_OF_A_QUIET_RUN


def force(stage: Stage, pipeline: str, status: str, reason: str | None = None) -> None:
    """Make the stand-in report a status for the pipeline's one execution."""
    execution_id = stage.the_execution(pipeline)["execution_arn"].rsplit("/", 1)[-1]
    stage.standin.control("POST", f"/executions/{execution_id}/force", {"status": status, "failure_reason": reason})


async def test_a_reason_that_was_cut_in_the_middle_of_an_emoji_ends_the_run(stage: Stage) -> None:
    """Half a surrogate pair cannot go into a history as it is."""
    pipeline = stage.pipeline(fail="AlgorithmError: broken \ud83d")
    failure = await (await stage.run(pipeline)).failure()
    assert failure.type == "PipelineExecutionFailed"
    assert "broken \ufffd" in failure.message
