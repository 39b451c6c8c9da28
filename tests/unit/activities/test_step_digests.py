"""Details and reasons of steps that come late, or change, while the marks stay: news once, and never for ever."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.models import FollowedExecution, Observation, WatchRequest
from activities.redaction import Redaction
from activities.results.changes import changed_steps, has_changes
from activities.results.digests import SeenDigests
from activities.watching.secrets import redacted
from contract.pipeline_document import PipelineRunDocument
from contract.pipeline_run import PipelineRunInput
from tests.unit.activities.scripted_aws import ARN
from workflows.pipeline_commands import PipelineRunState

FUNCTION = "arn:aws:lambda:eu-west-1:111122223333:function:notify"
SECRET = "hunter2-hunter2"


def step(**members: Any) -> dict[str, Any]:
    """A step that runs, as AWS lists it."""
    return {"StepName": "Query", "StepStatus": "Executing", **members}


def state() -> PipelineRunState:
    """A run that has observed nothing yet."""
    return PipelineRunState(
        run_input=PipelineRunInput.model_validate({"pipeline_name": "churn"}),
        start_token="start",
        stop_token="stop",
        run_started_at=datetime(2026, 11, 21, tzinfo=UTC),
        execution=FollowedExecution(execution_arn=ARN, poll_interval=7, heartbeat_timeout=8),
        document=PipelineRunDocument(),
    )


def watched(run: PipelineRunState, *steps: dict[str, Any], secrets: tuple[str, ...] = ()) -> list[str]:
    """The names of the steps that the run's next watch returns; the run remembers what it gets."""
    request = WatchRequest(
        platform="default",
        execution_arn=ARN,
        poll_interval=1,
        seen_steps=run.seen_steps,
        seen_digests=run.seen_digests,
        secrets=["{{secret}}" for _ in secrets],
    )
    # Through JSON, as Temporal carries it.
    request = WatchRequest.model_validate_json(request.model_dump_json())
    digests = SeenDigests.of(request)
    assert digests is not None
    changed = changed_steps(steps, None, request.seen_steps, digests)
    assert has_changes(steps, request.seen_steps, digests) == bool(changed)
    observed = redacted(Observation(steps=changed, step_digests=digests.news(changed)), Redaction(secrets))
    run.observed(Observation.model_validate_json(observed.model_dump_json()))
    return [document.name for document in changed]


@pytest.mark.parametrize(
    "late",
    [
        {"Metadata": {"EMR": {"ClusterId": "j-1"}}},
        {"Metadata": {"EMRServerless": {"ApplicationId": "a", "JobRunId": "r"}}},
        {"Metadata": {"Athena": {"QueryExecutionId": "q"}}},
        {"Metadata": {"Lambda": {"Arn": FUNCTION}}},
        {"Metadata": {"BedrockModelImport": {"Arn": "arn:aws:bedrock:us-east-1:111122223333:model-import-job/x"}}},
    ],
    ids=lambda late: next(iter(late["Metadata"])),
)
def test_details_that_come_late_are_news_once(late: dict[str, Any]) -> None:
    """The step's status, job and times stay; so do they when the details change, or go."""
    run = state()
    assert [watched(run, step()), watched(run, step())] == [["Query"], []]
    assert [watched(run, step(**late)), watched(run, step(**late))] == [["Query"], []]
    assert [watched(run, step()), watched(run, step())] == [["Query"], []]
    assert run.seen_digests == {}


def test_more_of_the_same_details_is_news() -> None:
    """The id of an EMR step comes after that of its cluster, and a reason may be replaced by a better one."""
    run = state()
    shown = [
        step(Metadata={"EMR": {"ClusterId": "j-1"}}),
        step(Metadata={"EMR": {"ClusterId": "j-1", "StepId": "s-1"}}),
        step(Metadata={"EMR": {"ClusterId": "j-1", "StepId": "s-1"}}, FailureReason="failed"),
        step(Metadata={"EMR": {"ClusterId": "j-1", "StepId": "s-1"}}, FailureReason="failed: out of memory"),
    ]
    assert [watched(run, each) for each in shown for _ in range(2)] == [["Query"], []] * 4


def test_a_reason_that_is_redacted_on_its_way_is_no_news_for_ever() -> None:
    """Nor does its digest stand in the history, by which a secret could be guessed; details still count."""
    run = state()
    failed = step(FailureReason=f"the password {SECRET} is wrong")
    assert [watched(run, failed, secrets=(SECRET,)) for _ in range(3)] == [["Query"], [], []]
    assert run.seen_digests == {}
    detailed = {**failed, "Metadata": {"Athena": {"QueryExecutionId": "q"}}}
    assert [watched(run, detailed, secrets=(SECRET,)) for _ in range(3)] == [["Query"], [], []]


def test_what_an_older_worker_has_seen_is_observed_once_more() -> None:
    """It handed on marks and no digests, or older marks yet."""
    shown = [
        step(Metadata={"Athena": {"QueryExecutionId": "q"}}),
        step(StepName="Train"),
        step(StepName="Old", Metadata={"Lambda": {"Arn": FUNCTION}}),
    ]
    before = state()
    watched(before, *shown)
    before.seen_steps["Old"] = "Executing/1"
    handed_on = before.model_dump(mode="json")
    del handed_on["seen_digests"]
    run = PipelineRunState.read(json.dumps(handed_on))
    assert [watched(run, *shown) for _ in range(3)] == [["Query", "Old"], [], []]


def test_a_workflow_of_an_older_version_gets_no_news_that_it_would_forget() -> None:
    """It asks without digests, and its marks stay what they were."""
    request = WatchRequest(platform="default", execution_arn=ARN, poll_interval=1)
    assert SeenDigests.of(request) is None
    shown = step()
    [document] = changed_steps([shown], None, {})
    late = step(Metadata={"Athena": {"QueryExecutionId": "q"}})
    assert not has_changes([late], {"Query": document.mark}, None)


def test_an_observation_of_an_older_worker_is_observed_once_more() -> None:
    """It has steps and no digests of them."""
    run = state()
    shown = step(Metadata={"Athena": {"QueryExecutionId": "q"}})
    run.observed(Observation(steps=changed_steps([shown], None, {})))
    assert [watched(run, shown) for _ in range(3)] == [["Query"], [], []]
