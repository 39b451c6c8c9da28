"""`polysync-sagemaker retry` and `give-up`: deciding about a failed run that waits for it."""

import pytest

from tests.e2e.command import Commands, unique, until

FAILURE = "AlgorithmError: no data"


def start_waiting(commands: Commands, pipeline: str, *options: str) -> str:
    """Start a run whose execution fails, and wait until it wants a decision; its workflow id."""
    run = commands.start(pipeline, "--on-failure", "wait", *options)

    def waits() -> bool:
        document = commands("status", run, "--json").document["run"]
        return bool(document["phase"] == "WaitingForDecision")

    until(waits)
    return run


def test_a_failed_run_waits_and_is_resumed_from_its_failed_step(commands: Commands) -> None:
    """What to do stands in the status; the retry ends well, and the steps before the failed one did not run again."""
    data = f"s3://example/{unique('resumed')}"
    options = ("-p", f"InputData={data}", "-p", f"TrainingFailure={FAILURE}", "-p", "TrainingSeconds=20")
    run = start_waiting(commands, "churn-training", *options, "-p", "TrainingFailedAttempts=1")
    told = commands("status", run).out
    assert f"✗ Train: {FAILURE}" in told
    assert f"    | {FAILURE}\n" in told
    assert f"polysync-sagemaker retry {run} --mode restart" in told
    ended = commands("retry", run, "--reason", "it is there now", "--wait", "--json")
    assert ended.code == 0, ended.err
    assert "Update retry: it is there now" in ended.err
    assert [attempt["mode"] for attempt in ended.document["run"]["attempts"]] == [None, "resume"]
    (execution,) = commands.executions(InputData=data)
    assert (execution["attempts"]["Preprocess"], execution["attempts"]["Train"]) == (1, 2)


def test_a_restart_is_a_new_execution_and_giving_up_ends_the_run(commands: Commands) -> None:
    """It fails again, waits again, and fails for good once that is wanted."""
    reason = unique("no data")
    run = start_waiting(commands, "quick-check", "-p", f"FailureReason={reason}", "-p", "Seconds=1")
    decided = commands("retry", run, "--mode", "restart", "--json").document
    assert (decided["workflow_id"], decided["decision"]["attempt"], decided["decision"]["mode"]) == (run, 2, "restart")
    until(lambda: len(commands("status", run, "--json").document["run"]["attempts"]) == 2)
    until(lambda: commands("status", run, "--json").document["run"]["phase"] == "WaitingForDecision")
    assert len(commands.executions(FailureReason=reason)) == 2
    given_up = commands("give-up", run, "--reason", "the source is gone")
    assert (given_up.code, given_up.out) == (0, f"The run fails: CheckSource: {reason}\n")
    assert commands("status", run, "--watch").code == 1
    again = commands("give-up", run)
    assert (again.code, again.out) == (2, "")
    assert f"The run '{run}' has ended (Failed)" in again.err
    assert f"polysync-sagemaker run --rerun {run}" in again.err


@pytest.mark.parametrize("command", ["retry", "give-up"])
def test_a_run_that_does_not_wait_refuses(commands: Commands, command: str) -> None:
    """With the reason, and it goes on as before; an unknown run is told."""
    run = commands.start_long()
    until(lambda: commands("status", run, "--json").document["run"]["phase"] == "Running")
    refused = commands(command, run)
    assert (refused.code, refused.out) == (2, "")
    assert "does not wait for a decision; its phase is Running" in refused.err
    assert "There is no run 'no-such-run'" in commands(command, "no-such-run").err
    assert commands("cancel", run, "--wait").code == 4


def test_tells_that_no_worker_answers(commands: Commands) -> None:
    """Nobody polls this task queue: exit 3, within seconds."""
    run = commands.start("quick-check", "--task-queue", unique("queue"))
    ended = commands("give-up", run)
    assert (ended.code, ended.out) == (3, "")
    assert "No worker answered within" in ended.err
    commands.temporal("workflow", "terminate", "--workflow-id", run)
