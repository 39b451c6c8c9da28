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
