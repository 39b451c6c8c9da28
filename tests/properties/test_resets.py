"""A run that was reset may have an execution under its tokens already, and must not forget it."""

from typing import Final

from temporalio.exceptions import ApplicationError

from activities.models import START_DEFERRED
from contract.names import ActivityType
from tests.properties.driven_workflow import Activity, DrivenWorkflow
from workflows.pipeline_run import SageMakerPipelineRun

NOT_NOW: Final = ApplicationError("AWS throttles", type=START_DEFERRED, non_retryable=True)


def the_start(run: DrivenWorkflow) -> Activity:
    """The start that is under way."""
    (start,) = run.activities.values()
    assert start.type == ActivityType.START
    return start


def test_a_reset_is_remembered_through_a_continue_as_new() -> None:
    """The new run has a run id of its own; cancelled while its start is deferred, it asks AWS all the same."""
    run = DrivenWorkflow(SageMakerPipelineRun, {"pipeline_name": "churn"}, was_reset=True)
    assert the_start(run).input["token_may_be_known"]
    run.suggest_continue_as_new()
    run.fail(the_start(run), NOT_NOW)
    run.fire_next_timer()
    assert run.runs == 2
    assert the_start(run).input["token_may_be_known"]
    run.fail(the_start(run), NOT_NOW)
    run.cancel()
    assert run.closing is None
    run.fire_next_timer()
    assert the_start(run).input["token_may_be_known"]
    run.leave()
