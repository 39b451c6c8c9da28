"""`polysync-sagemaker approve`, `reject` and `approvals`: answering what a run waits for."""

from tests.e2e.command import Commands, unique, until


def test_a_step_and_a_model_package_are_answered(commands: Commands) -> None:
    """Both are listed while they wait; each answer ends its wait, and a second one is refused with the reason."""
    date = ("-p", f"ScoringDate={unique('day')}", "-p", "AwaitWarehouse=true", "-p", "ScoringSeconds=1")
    scoring = commands.start("nightly-scoring", *date, "--ask", "AwaitWarehouseLoad")
    training = commands.start("churn-training", "-p", "TrainingSeconds=1", "--wait-for-approval")

    both = {scoring: "callback", training: "approval"}

    def wait() -> bool:
        listed = commands("approvals", "--json").document
        return both.items() <= {each["workflow_id"]: each["gate"]["kind"] for each in listed}.items()

    until(wait)
    shown = commands("status", scoring).out
    assert f"polysync-sagemaker approve {scoring}" in shown
    assert "step AwaitWarehouseLoad since" in shown
    answered = commands("approve", scoring, "-o", "rows_loaded=1742", "--by", "ada")
    assert (answered.code, answered.out) == (0, "AWS took the answer 'success' to the step 'AwaitWarehouseLoad'.\n")
    rejected = commands("reject", training, "--reason", "the recall is too low", "--by", "ada", "--json")
    assert rejected.document["answer"]["message"].endswith(" is Rejected.")
    assert commands("status", training, "--watch").code == 1
    again = commands("approve", training)
    assert (again.code, again.out) == (2, "")
    assert f"The run '{training}' has ended (Failed)" in again.err
