"""`polysync-sagemaker run`: steps on a terminal, outputs, and starting from an earlier run."""

import base64
import json
import os
import pty
import subprocess

from tests.e2e.command import COMMAND, LIMIT_SECONDS, Commands, unique


def read_terminal(terminal: int) -> str:
    """Everything that was drawn, until the other side is closed."""
    drawn = b""
    try:
        while chunk := os.read(terminal, 65536):
            drawn += chunk
    except OSError:  # Linux: the other side is closed.
        pass
    return drawn.decode()


def test_draws_a_timeline_on_a_terminal(commands: Commands) -> None:
    """One line per step with a bar of its time while the run goes on; the result is on stdout at the end."""
    terminal, other_side = pty.openpty()
    environment = {**commands.environment, "TERM": "xterm", "COLUMNS": "120", "LINES": "50"}
    with subprocess.Popen(  # noqa: S603 — our own command
        [COMMAND, "run", "quick-check", "-p", "Seconds=600"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=other_side,
        text=True,
    ) as process:
        os.close(other_side)
        drawn = read_terminal(terminal)
        os.close(terminal)
        out, _ = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 0
    assert "0 of 1 step done" in drawn
    assert "CheckSource" in drawn
    assert "━━━" in drawn
    assert "  1 of 1 step done\n  ✓  CheckSource  ━━━" in out.replace("━  1 of 1", "  1 of 1")


def test_hands_on_outputs(commands: Commands) -> None:
    """What the steps' metadata and jobs have; what is not found is null, and told."""
    outputs = ("--output", "status=steps.CheckSource.job.ProcessingJobStatus", "--output", "none=steps.Nothing")
    ended = commands("run", "quick-check", "-p", "Seconds=1", *outputs, "--json")
    assert ended.code == 0, ended.err
    assert ended.document["run"]["outputs"] == {"status": "Completed", "none": None}


def test_a_required_output_that_is_missing_fails_the_run(commands: Commands) -> None:
    """Its name stands in the failure."""
    ended = commands("run", "quick-check", "-p", "Seconds=1", "--required-output", "model=steps.Train.job", "--json")
    assert ended.code == 1
    assert ended.document["failure"]["type"] == "OutputMissing"
    assert "model" in ended.document["failure"]["message"]


def test_a_rerun_sends_the_earlier_runs_pipeline_platform_and_execution(commands: Commands) -> None:
    """What the worker needs to start from it; a run without an execution is refused before anything is sent."""
    first = commands("run", "quick-check", "-p", "Seconds=1", "--json").document
    again = unique("again")
    started = commands(
        "run", "--rerun", first["workflow_id"], "--from-step", "CheckSource", "--detach", "--workflow-id", again
    )
    assert started.code == 0, started.err
    history = commands.temporal("workflow", "show", "--workflow-id", again, "-o", "json").document
    payload = history["events"][0]["workflowExecutionStartedEventAttributes"]["input"]["payloads"][0]
    assert json.loads(base64.b64decode(payload["data"])) == {
        "pipeline_name": "quick-check",
        "platform": "default",
        "rerun": {"execution_arn": first["run"]["run_id"], "from_step": "CheckSource"},
    }
    refused = commands("run", "quick-check", "--platform", "elsewhere", "--json").document["workflow_id"]
    ended = commands("run", "--rerun", refused)
    assert (ended.code, ended.out) == (2, "")
    assert f"The run '{refused}' has no execution to start from" in ended.err


def test_a_rerun_from_a_step_runs_that_step_and_what_needs_it(commands: Commands) -> None:
    """With the earlier parameters, but for those given anew; a step that is not there is refused."""
    data = f"s3://example/{unique('rerun')}"
    options = ("-p", f"InputData={data}", "-p", "TrainingSeconds=1", "-p", "AucThreshold=0.99")
    rejected = commands("run", "churn-training", *options, "--json")
    assert rejected.code == 1
    assert "below the threshold" in rejected.document["failure"]["message"]
    first = rejected.document["workflow_id"]
    again = commands("run", "--rerun", first, "--from-step", "IsGoodEnough", "-p", "AucThreshold=0.8", "--json")
    assert again.code == 0, again.out
    _, execution = commands.executions(InputData=data)
    assert {"Preprocess", "Train", "Evaluate"}.isdisjoint(execution["attempts"])
    assert "IsGoodEnough" in execution["attempts"]
    refused = commands("run", "--rerun", first, "--from-step", "Nowhere")
    assert refused.code == 2
    assert "Nowhere" in refused.out
