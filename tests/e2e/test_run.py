"""`polysync-sagemaker run`: starting, waiting, refusing, and each exit code."""

import base64
import json
import signal
from pathlib import Path

import pytest

from tests.e2e.command import Commands, unique, until

LONG = ("-p", "TrainingSeconds=100000")


def test_waits_for_success_and_tells_each_change(commands: Commands) -> None:
    """A run that succeeds: exit 0, the changes of run and steps on stderr in order, the result on stdout."""
    ended = commands("run", "quick-check", "-p", "Seconds=300")
    assert ended.code == 0
    assert ended.out.startswith("quick-check-")
    assert ": Success\n" in ended.out
    assert "Web UI" in ended.out
    told = [line[32:] for line in ended.err.splitlines()[1:]]
    changes = ["Run accepted", "SageMaker reports Executing", "SageMaker reports Succeeded", "Run closed as Success"]
    assert [line for line in told if line in changes] == changes
    (succeeded,) = [line for line in ended.err.splitlines() if line[12:].startswith("Succeeded")]
    assert succeeded[32:].startswith("CheckSource, Processing, ")


def test_sends_parameters_exactly_as_typed(commands: Commands, tmp_path: Path) -> None:
    """Values that look like numbers or booleans stay text; the command line wins over a file."""
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps({"AucThreshold": 0.8, "BalanceClasses": False, "TrainingSeconds": 1}))
    source = f"s3://typed/{unique('data')}=x"
    options = ["-p", f"@{file}", "-p", f"InputData={source}", "-p", "TrainingSeconds=007", "-p", "AucThreshold=8e-1"]
    run = commands.start("churn-training", *options)
    history = commands.temporal("workflow", "show", "--workflow-id", run, "-o", "json").document
    payload = history["events"][0]["workflowExecutionStartedEventAttributes"]["input"]["payloads"][0]
    assert json.loads(base64.b64decode(payload["data"]))["parameters"] == {
        "AucThreshold": "8e-1",
        "BalanceClasses": "False",
        "TrainingSeconds": "007",
        "InputData": source,
    }
    until(lambda: commands.executions(InputData=source))


def test_reads_a_document_from_stdin_and_lets_options_win(commands: Commands) -> None:
    """`--input -` takes the keys of any language; `--json` prints one document."""
    document = {"PipelineName": "quick-check", "Parameters": {"Seconds": "5"}, "Description": "theirs"}
    ended = commands("run", "--input", "-", "--description", "mine", "--json", stdin=json.dumps(document))
    assert ended.code == 0, ended.err
    view = ended.document
    assert (view["workflow_status"], view["run"]["status"], view["run"]["message"]) == ("Completed", "Success", "mine")


def test_tells_why_a_run_failed(commands: Commands) -> None:
    """A run that fails: exit 1, with the failure and the run document."""
    ended = commands("run", "quick-check", "-p", "FailureReason=AlgorithmError: no data", "--json")
    assert ended.code == 1
    view = ended.document
    assert view["failure"]["type"] == "PipelineExecutionFailed"
    assert view["run"]["status"] == "Failed"
    assert len(commands.executions(FailureReason="AlgorithmError: no data")) == 1


def test_fails_when_the_timeout_passes(commands: Commands) -> None:
    """A run with a timeout: its execution is stopped, exit 1."""
    ended = commands("run", "churn-training", *LONG, "--timeout", "1", "--json")
    assert ended.code == 1
    assert ended.document["failure"]["type"] == "PipelineRunTimedOut"
    assert ended.document["run"]["sagemaker_status"] == "Stopped"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["quick-check", "-p", "no equals sign"], "must be Name=Value"),
        (["quick-check", "-p", "Seconds=1", "-p", "Seconds=2"], "Seconds is given twice"),
        (["quick-check", "--display-name", "my run"], "display_name: must be 1 to 82 letters"),
        (["quick-check", "--timeout", "0"], "timeout: "),
        (["quick-check", "-p", "@/does/not/exist"], "cannot read /does/not/exist"),
        ([], "Missing argument 'PIPELINE'"),
    ],
)
def test_refuses_wrong_use(commands: Commands, arguments: list[str], told: str) -> None:
    """What cannot be run is refused before anything is sent: exit 2, nothing on stdout, no traceback."""
    ended = commands("run", *arguments, "--json")
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert "Traceback" not in ended.err


def test_an_input_that_the_worker_refuses_is_wrong_use_too(commands: Commands) -> None:
    """Only the worker knows the platforms: an unknown one is exit 2 as well."""
    ended = commands("run", "quick-check", "--platform", "elsewhere")
    assert ended.code == 2
    assert "InvalidInput" in ended.out


def test_names_of_many_bytes_are_cut_for_the_web_ui(commands: Commands) -> None:
    """Temporal counts bytes in a run's summary and details, and would refuse the start."""
    names = [word for number in range(200) for word in ("-p", f"{number:03}{'n' * 253}=x")]
    ended = commands("run", "quick-check", "--platform", "😀" * 100, *names, "--detach")
    assert ended.code == 0, ended.err


def test_a_workflow_id_of_too_many_bytes_is_refused(commands: Commands) -> None:
    """400 characters, 1,200 bytes."""
    ended = commands("run", "quick-check", "--workflow-id", "☃" * 400, "--detach")
    assert ended.code == 2
    assert "--workflow-id has 1200 bytes, Temporal takes 1000" in ended.err


def test_refuses_a_second_run_under_an_open_workflow_id(commands: Commands) -> None:
    """The same workflow id twice: exit 2, and still one execution."""
    run = commands.start_long()
    again = commands("run", "churn-training", "-p", f"InputData=s3://example/{run}", "--workflow-id", run)
    assert again.code == 2
    assert f"'{run}' is still open" in again.err
    assert len(commands.executions(InputData=f"s3://example/{run}")) == 1


def test_tells_that_it_cannot_connect(commands: Commands) -> None:
    """No server: exit 3, with the address and no traceback."""
    ended = commands("run", "quick-check", "--address", "127.0.0.1:1")
    assert ended.code == 3
    assert "127.0.0.1:1" in ended.err
    assert "Traceback" not in ended.err


def test_keeps_parameter_values_out_of_the_summary(commands: Commands) -> None:
    """The Web UI's static texts name the parameters without their values, which may be secrets."""
    # It does not end meanwhile, for AWS's reason would quote the value.
    run = commands.start("quick-check", "-p", "Seconds=36000", "-p", "FailureReason=hunter2")
    shown = commands.temporal("workflow", "describe", "--workflow-id", run, "-o", "json").out
    assert "hunter2" not in shown
    assert "quick-check on default" in shown
    assert "`FailureReason`" in shown
    assert commands("cancel", run).code == 0


def test_ctrl_c_leaves_the_run_running(commands: Commands, tmp_path: Path) -> None:
    """Ctrl-C while waiting: exit 130, how to come back, and the run goes on until it is cancelled: exit 4."""
    run = unique("interrupted")
    errors = tmp_path / "stderr"
    with (
        errors.open("wb") as stderr,
        commands.background("run", "churn-training", *LONG, "--workflow-id", run, errors=stderr) as waiting,
    ):
        until(lambda: b"Executing" in errors.read_bytes())
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(60) == 130
    assert f"polysync-sagemaker cancel {run}" in errors.read_text()
    with errors.open("wb") as stderr, commands.background("status", run, "--watch", errors=stderr) as watching:
        until(lambda: b"Executing" in errors.read_bytes())
        assert commands("cancel", run, "--reason", "enough").code == 0
        assert watching.wait(15) == 4


def test_follows_an_execution_that_already_runs(commands: Commands) -> None:
    """`--execution-arn` starts nothing, follows, and can be cancelled: exit 4."""
    source = commands.start_long()
    (execution,) = commands.executions(InputData=f"s3://example/{source}")
    follower = commands.start("churn-training", "--execution-arn", execution["execution_arn"])
    ended = commands("cancel", follower, "--wait", "--json")
    assert (ended.code, ended.document["run"]["run_id"]) == (4, execution["execution_arn"])
    assert len(commands.executions(InputData=f"s3://example/{source}")) == 1
