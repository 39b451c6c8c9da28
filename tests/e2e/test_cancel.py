"""`polysync-sagemaker cancel`, with and without waiting, and on runs that have ended."""

from tests.e2e.command import Commands


def test_waits_until_the_execution_is_stopped(commands: Commands) -> None:
    """`--wait` ends with 4 once SageMaker has stopped it, with the reason in the history."""
    run = commands.start_long()
    ended = commands("cancel", run, "--reason", "wrong data", "--wait", "--json")
    assert ended.code == 4
    document = ended.document["run"]
    assert (document["status"], document["sagemaker_status"]) == ("Cancelled", "Stopped")
    assert "Cancel signal: wrong data" in [entry["why"] for entry in document["history"]]
    again = commands("cancel", run)
    assert again.code == 4
    assert "Nothing to cancel" in again.out


def test_asks_and_leaves(commands: Commands) -> None:
    """Without `--wait` it ends with 0 once the run has been asked."""
    run = commands.start_long()
    ended = commands("cancel", run)
    assert ended.code == 0
    assert f"{run} has been asked to stop" in ended.out


def test_tells_the_outcome_of_a_run_that_has_succeeded(commands: Commands) -> None:
    """Nothing to cancel: the exit code is the run's outcome."""
    run = commands("run", "quick-check", "-p", "Seconds=1", "--json").document["workflow_id"]
    ended = commands("cancel", run, "--json")
    assert (ended.code, ended.document["run"]["status"]) == (0, "Success")
