"""The course of a run that a schedule started."""

from contract.names import WorkflowType
from contract.run import RunStatus
from tests.standin.definitions import job, parameter
from tests.workflows.stage import Run, Stage, until
from tests.workflows.test_scheduled_runs import TEMPLATES, run_of, scheduled


async def scheduled_run(stage: Stage) -> Run:
    """Started by a schedule, with the date of its nominal time in a parameter."""
    pipeline = stage.standin.create([job("Train")], [parameter("Date")])
    run_input = {"pipeline_name": pipeline, "parameters": {"Date": "{scheduled_time:%Y-%m-%d}"}, **TEMPLATES}
    async with scheduled(stage, WorkflowType.PIPELINE_RUN, run_input) as name:
        await until(lambda: stage.standin.executions(pipeline))
        run = run_of(stage, name)
        assert (await run.result()).status is RunStatus.SUCCESS
        assert stage.the_execution(pipeline)["parameters"] == {"Date": "2026-07-05"}
    return run
