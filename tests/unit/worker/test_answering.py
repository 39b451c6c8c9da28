"""What `approve` and `reject` mean by their options, and what they show."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from contract.gates import AnsweredBy, Outcome
from contract.open_gates import Gate, GateKind
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase
from worker.cli.answering import Wanted, choose, read_outputs, request_of
from worker.cli.connection import Connection
from worker.cli.gate_listing import WaitingRun, waiting_screen
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.outcome_rendering import gates
from workflows.views.details import render_details

ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/churn/3"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
CHECK = Gate(kind=GateKind.CALLBACK, step="Check it", queue="https://q", since=NOON, token_shown=True)
OTHER = CHECK.model_copy(update={"step": "Other"})
ELSEWHERE = CHECK.model_copy(update={"step": "Load", "answered_by": AnsweredBy.ELSEWHERE})
HIDDEN = CHECK.model_copy(update={"token_shown": False})
PACKAGE = Gate(kind=GateKind.APPROVAL, step="Register", model_package_arn=ARN, since=NOON, until=NOON)


def waiting(*found: Gate) -> PipelineRunDocument:
    """A run that waits for these."""
    return PipelineRunDocument(pipeline_name="churn", phase=Phase.RUNNING, gates=list(found))


@pytest.mark.parametrize("gate", [CHECK, PACKAGE])
def test_the_only_one_is_meant(gate: Gate) -> None:
    """Beside what is answered elsewhere."""
    assert choose(waiting(ELSEWHERE, gate), "run") is gate


def test_several_are_listed() -> None:
    """With exit code 2 and the options that choose."""
    with pytest.raises(CommandError) as raised:
        choose(waiting(CHECK, OTHER, PACKAGE), "run")
    assert raised.value.code is ExitCode.USAGE
    assert str(raised.value).splitlines() == [
        "The run 'run' waits for 3 answers; say which:",
        "  --step 'Check it'  (step Check it)",
        "  --step 'Other'  (step Other)",
        f"  --package {ARN}  (model package churn/3)",
    ]


def test_nothing_waits_for_a_person() -> None:
    """What else it waits for is said."""
    with pytest.raises(CommandError, match=r"its phase is Running\.$"):
        choose(waiting(), "run")
    with pytest.raises(CommandError, match="from elsewhere: step Load since 2026-11-26 12:00:00 UTC: the reader"):
        choose(waiting(ELSEWHERE), "run")


def test_the_update_of_each_choice() -> None:
    """A step gets an outcome, a package an update of its own."""
    update, request = request_of(Wanted(is_yes=False, step="Check it", reason="no", by="ada"))
    assert (update, request.model_dump()) == (
        "answer_step",
        {"step": "Check it", "outcome": Outcome.FAILURE, "outputs": {}, "reason": "no", "by": "ada"},
    )
    update, request = request_of(Wanted(is_yes=True, package=ARN))
    assert (update, request.model_dump()) == ("approve", {"model_package_arn": ARN, "reason": "", "by": ""})
    with pytest.raises(CommandError, match="takes none"):
        request_of(Wanted(is_yes=True, package=ARN, outputs={"rows": "1"}))
    with pytest.raises(CommandError, match="Not sent: reason: must be one line"):
        request_of(Wanted(is_yes=True, package=ARN, reason="two\nlines"))


def test_outputs_are_pairs() -> None:
    """A value may have equals signs."""
    assert read_outputs(["rows=1", "query=a=b"]) == {"rows": "1", "query": "a=b"}
    with pytest.raises(CommandError, match="NAME=VALUE"):
        read_outputs(["rows"])


def test_the_commands_are_shown_where_they_work() -> None:
    """With quotes where a shell needs them, and none where the token is hidden."""
    connection = Connection()
    several = "\n".join(line.plain for line in gates(waiting(CHECK, PACKAGE), "run", connection))
    assert "polysync-sagemaker approve run --step 'Check it'" in several
    assert f"polysync-sagemaker reject run --package {ARN}" in several
    assert "step Check it since 2026-11-26 12:00:00 UTC: a person answers it" in several
    hidden = "\n".join(line.plain for line in gates(waiting(HIDDEN), "run", connection))
    assert "AWS does not show its callback token" in hidden
    assert "polysync-sagemaker" not in hidden
    assert gates(waiting(), "run", connection) == []


def test_the_page_in_the_web_ui() -> None:
    """What waits, who answers it, and how."""
    page = render_details(waiting(CHECK), "run")
    assert "**It waits for an answer:** the update `answer_step`, by *More Actions* or a command." in page
    assert "queue `https://q`" in page
    assert "polysync-sagemaker approve run\n" in page
    page = render_details(waiting(ELSEWHERE), "run")
    assert "**It waits for an answer:**\n" in page
    assert "the reader of its queue answers it" in page
    assert "polysync-sagemaker approve" not in page


def test_the_list_of_what_waits() -> None:
    """One line for each."""
    console = Console(file=io.StringIO(), width=200)
    waiting = [WaitingRun(workflow_id="a", gate=HIDDEN, left_out=2), WaitingRun(workflow_id="b", gate=PACKAGE)]
    console.print(waiting_screen(waiting, Connection()))
    *rows, more = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert more == "a waits for 2 more: polysync-sagemaker status a"
    lines = [line.split("  ") for line in rows]
    assert [[cell.strip() for cell in line if cell.strip()] for line in lines[1:]] == [
        ["a", "step Check it", "2026-11-26 12:00:00", "-", "person; AWS shows no token"],
        ["b", "model package churn/3", "2026-11-26 12:00:00", "2026-11-26 12:00:00", "person"],
    ]
