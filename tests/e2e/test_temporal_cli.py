"""Runs started, asked and cancelled with Temporal's own command, as its users and other languages do."""

import json

import pytest

from tests.e2e.command import Commands, unique, until


@pytest.mark.parametrize(
    "document",
    [
        {"pipeline_name": "quick-check", "parameters": {"Seconds": 1}},
        {"pipelineName": "quick-check", "parameters": [{"name": "Seconds", "value": "1"}]},
        {"PipelineName": "quick-check", "Platform": None, "Parameters": [{"Name": "Seconds", "Value": 1}]},
    ],
)
def test_takes_inputs_in_every_key_style(commands: Commands, document: dict[str, object]) -> None:
    """snake_case, camelCase and PascalCase mean the same."""
    ended = commands.temporal(
        *("workflow", "execute", "--task-queue", "sagemaker", "--type", "SageMakerPipelineRun"),
        *("--workflow-id", unique("styles"), "--input", json.dumps(document), "-o", "json"),
    )
    assert ended.code == 0, ended.out + ended.err
    assert ended.document["result"]["status"] == "Success"


def test_answers_the_query_and_obeys_the_signal(commands: Commands) -> None:
    """Start, query, signal and result, without any code of ours on the caller's side."""
    run = unique("by-hand")
    document = json.dumps({"pipeline_name": "churn-training", "parameters": {"TrainingSeconds": 100000}})
    start = ("--task-queue", "sagemaker", "--type", "SageMakerPipelineRun", "--input", document)
    assert commands.temporal("workflow", "start", "--workflow-id", run, *start).code == 0

    def phase() -> str:
        asked = commands.temporal("workflow", "query", "--workflow-id", run, "--type", "status", "-o", "json")
        return str(asked.document["queryResult"][0]["phase"])

    until(lambda: phase() == "Running")
    signal = ("--name", "cancel", "--input", '{"reason": "by hand"}')
    assert commands.temporal("workflow", "signal", "--workflow-id", run, *signal).code == 0
    result = commands.temporal("workflow", "result", "--workflow-id", run, "-o", "json")
    assert result.document["result"]["status"] == "Cancelled"
    assert commands("status", run, "--watch").code == 4


def test_tells_of_a_native_cancel(commands: Commands) -> None:
    """Temporal's own cancel (the Web UI's button) stops the execution too: exit 4, workflow Canceled."""
    run = commands.start_long()
    assert commands.temporal("workflow", "cancel", "--workflow-id", run).code == 0
    ended = commands("status", run, "--watch", "--json")
    assert ended.code == 4
    view = ended.document
    told = (view["workflow_status"], view["run"]["status"], view["run"]["sagemaker_status"])
    assert told == ("Canceled", "Cancelled", "Stopped")


def test_tells_of_a_terminated_workflow(commands: Commands) -> None:
    """A terminated workflow no longer follows its execution: exit 1, and the warning that it may still run."""
    run = commands.start_long()
    assert commands.temporal("workflow", "terminate", "--workflow-id", run).code == 0
    ended = commands("status", run, "--watch")
    assert ended.code == 1
    assert "may still run in SageMaker" in ended.out
