"""`polysync-sagemaker pipelines`: the list, one pipeline, and the command line that starts it."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import Commands, until
from worker.local.stack import Stack

SAMPLES = ["churn-training", "nightly-scoring", "quick-check"]


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """The commands, on an embedded stack with the sample pipelines."""
    settings = {"poll_interval": 1, "heartbeat_timeout": 2.0}
    with Stack(tmp_path_factory.mktemp("stack"), clock_scale=600, settings=settings) as stack:
        yield Commands(stack.start())


def test_lists_pipelines(commands: Commands) -> None:
    """One line a pipeline, in name order, with what a start must give."""
    ended = commands("pipelines")
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0].split() == ["PIPELINE", "STATUS", "PARAMETERS", "REQUIRED", "LAST", "RUN", "(UTC)", "DESCRIPTION"]
    assert [line.split()[0] for line in lines[1:]] == SAMPLES
    assert lines[2].split()[1:4] == ["Active", "6", "ScoringDate"]


def test_json_is_the_discoverys_document(commands: Commands) -> None:
    """All jobs in one document, filtered by prefix."""
    document = commands("pipelines", "--prefix", "n", "--json").document
    assert [job["external_id"] for job in document["jobs"]] == ["nightly-scoring"]
    assert (document["platform"], document["region"], document["next_token"]) == ("default", "us-east-1", None)
    assert commands("pipelines", "--prefix", "zzz").out == "No pipelines whose names begin with 'zzz'.\n"


def test_shows_a_pipeline_and_a_command_that_works(commands: Commands) -> None:
    """The command line is exact: with its placeholder filled in, a shell runs it."""
    shown = commands("pipelines", "show", "nightly-scoring")
    assert shown.code == 0, shown.err
    assert "ScoringDate     String   required" in shown.out
    assert "production | candidate" in shown.out
    assert "AwaitWarehouse  Boolean  False" in shown.out
    command = shown.out.splitlines()[-1].strip()
    assert command == "polysync-sagemaker run nightly-scoring -p 'ScoringDate=<String>'"
    assert commands("pipelines", "show", "nightly-scoring", "--json").document["command"] == command
    words = [word.replace("<String>", "2026-02-01") for word in shlex.split(command)[1:]]
    started = commands(*words, "--detach", "--workflow-id", "as-shown")
    assert started.code == 0, started.err
    until(lambda: commands.executions(ScoringDate="2026-02-01"))


def test_shows_one_pipeline_as_json(commands: Commands) -> None:
    """The job as the discovery tells it, with the command beside it."""
    document = commands("pipelines", "show", "churn-training", "--json").document
    assert document["command"] == "polysync-sagemaker run churn-training"
    assert document["problems"] == []
    types = {one["name"]: one["data_type"] for one in document["job"]["parameters"]}
    assert types["TrainingSeconds"] == "long"
    assert types["AucThreshold"] == "double"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "churn"), "There is no pipeline 'churn' on the platform 'default'"),
        (("show", "-x-"), "No such option"),
        (("show", "a b"), "name_prefix: must be the beginning of pipeline names"),
        (("--platform", "prod"), "this worker has no platform 'prod'; it has: default"),
        (("--platform", "prod", "show", "churn-training"), "Options stand after the subcommand"),
        (("--prefix", "a b"), "name_prefix: must be the beginning of pipeline names"),
    ],
)
def test_wrong_use_is_told(commands: Commands, arguments: tuple[str, ...], told: str) -> None:
    """Exit 2, and the reason in a sentence."""
    ended = commands("pipelines", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert "Traceback" not in ended.err


def test_a_refusal_of_aws_is_told(commands: Commands) -> None:
    """Exit 1 with type, permission and remedy."""
    standin = commands.stack.standin
    fault = standin.control("POST", "/faults", {"operation": "ListPipelines", "effect": "access_denied"})
    try:
        ended = commands("pipelines")
    finally:
        standin.control("DELETE", f"/faults/{fault['id']}")
    assert ended.code == 1
    assert "AccessDenied: " in ended.err
    assert "sagemaker:ListPipelines" in ended.err


def test_an_absent_worker_is_told_and_ctrl_c_ends_the_discovery(commands: Commands, tmp_path: Path) -> None:
    """Nobody polls this task queue: the command says so, and leaves nothing behind."""
    errors = tmp_path / "stderr"
    arguments = ("pipelines", "--task-queue", "nobody-polls")
    with errors.open("wb") as stderr, commands.background(*arguments, errors=stderr) as waiting:
        until(lambda: b"No worker answers on the task queue 'nobody-polls'" in errors.read_bytes())
        waiting.send_signal(2)
        assert waiting.wait(60) == 130
    query = ("--query", "TaskQueue = 'nobody-polls'", "-o", "json")
    asked = until(lambda: commands.temporal("workflow", "list", *query).document)
    shown = commands.temporal("workflow", "show", "--workflow-id", asked[0]["execution"]["workflowId"], "-o", "json")
    assert "WORKFLOW_EXECUTION_CANCEL_REQUESTED" in json.dumps(shown.document)


def test_a_run_with_wrong_parameters_tells_all_of_them(commands: Commands) -> None:
    """The pre-flight's refusal reaches the person at the terminal; with the check off, AWS's does."""
    wrong = ("run", "nightly-scoring", "-p", "InstanceCount=many", "-p", "Modelstage=production")
    ended = commands(*wrong, "--json")
    assert ended.code == 2
    failure = ended.document["failure"]
    assert failure["type"] == "InvalidParameters"
    assert "'ScoringDate' (String) has no default" in failure["message"]
    assert "'InstanceCount' is not of type Integer" in failure["message"]
    assert "did you mean 'ModelStage'?" in failure["message"]
    assert "many" not in failure["message"]
    unchecked = commands(*wrong, "--no-check-parameters", "--json")
    assert unchecked.document["failure"]["type"] == "InvalidInput"
