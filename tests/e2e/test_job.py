"""`polysync-sagemaker job run`, and the other commands on a job run."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from sagemaker_standin.samples import JOB_SAMPLES
from tests.e2e.command import Commands, unique, until

LONG_SECONDS = 100_000.0
TRAINING = "training-job"


class Jobs:
    """Jobs of one test: a file with the request, and what the stand-in has of them."""

    def __init__(self, commands: Commands, folder: Path) -> None:
        self.commands = commands
        self.name = unique("job")
        self.request: dict[str, Any] = {**JOB_SAMPLES["CreateTrainingJob"], "TrainingJobName": self.name}
        self.file = self.put(folder / "request.json", self.request)

    @staticmethod
    def put(path: Path, document: object) -> str:
        """Write a file."""
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)

    def script(self, kind: str = TRAINING, **script: Any) -> None:
        """Say how the test's jobs go."""
        body = {"kind": kind, "name_prefix": self.name, **script}
        self.commands.stack.standin.control("POST", "/jobs/script", body)

    def all(self, kind: str = TRAINING) -> list[dict[str, Any]]:
        """The test's jobs in the stand-in."""
        found: list[dict[str, Any]] = self.commands.stack.standin.control("GET", f"/jobs?kind={kind}")
        return [job for job in found if job["name"].startswith(self.name)]

    def start(self, *options: str) -> str:
        """Start a run and leave it; its workflow id."""
        run = unique("job-run")
        ended = self.commands("job", "run", "--kind", "training", self.file, "--detach", "--workflow-id", run, *options)
        assert ended.code == 0, ended.err
        return run

    def reaches(self, run: str, phase: str) -> dict[str, Any]:
        """Wait until a run is in a phase; its document."""

        def found() -> dict[str, Any] | None:
            document: dict[str, Any] = self.commands("status", run, "--json").document["run"]
            return document if document["phase"] == phase else None

        return until(found)


@pytest.fixture
def jobs(commands: Commands, tmp_path: Path) -> Jobs:
    """Jobs of a test."""
    return Jobs(commands, tmp_path)


def test_runs_a_training_job_and_shows_each_change(jobs: Jobs) -> None:
    """Exit 0, the changes on stderr with the secondary status, the result on stdout; one job."""
    jobs.script(seconds=600)
    ended = jobs.commands(
        *("job", "run", "--kind", "training", jobs.file, "--tag", "team=search"),
        *("--output", "model=job.ModelArtifacts.S3ModelArtifacts"),
    )
    assert ended.code == 0, ended.err
    (job,) = jobs.all()
    assert job["tags"] == {"team": "search"} | job["tags"]
    assert f"Job               training {job['name']}\n" in ended.out
    assert "model  s3://" in ended.out
    assert "Billable" in ended.out
    assert "Log               https://" in ended.out
    assert "  Progress            " in ended.err
    assert "Run closed as Success" in ended.err


def test_runs_a_pasted_task_state_with_options_beside_it(jobs: Jobs) -> None:
    """From stdin; a failure that its own Catch names completes the run."""
    jobs.script(seconds=60, outcome="Failed", failure_reason="AlgorithmError: no data")
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
        "Parameters": jobs.request,
        "Catch": [{"ErrorEquals": ["SageMaker.AlgorithmError"], "Next": "Notify"}],
        "Next": "Deploy",
    }
    ended = jobs.commands("job", "run", "-", "--timeout", "3600", "--json", stdin=json.dumps({"Train": state}))
    assert ended.code == 1, ended.err
    view = ended.document
    assert (view["workflow_status"], view["run"]["status"]) == ("Completed", "Failed")
    assert view["run"]["caught"]["next"] == "Notify"
    assert len(jobs.all()) == 1
    shown = jobs.commands("status", view["workflow_id"]).out
    assert "goes on with Notify" in shown


def test_a_cancelled_job_is_stopped(jobs: Jobs) -> None:
    """`cancel --wait` ends when the job has ended: exit 4."""
    jobs.script(seconds=LONG_SECONDS)
    run = jobs.start()
    jobs.reaches(run, "Running")
    listed = until(
        lambda: [each for each in jobs.commands("status", "--job", "training", "--json").document
                 if each["workflow_id"] == run and each["job"]["name"]]
    )  # fmt: skip
    assert listed[0]["job"]["kind"] == "training"
    ended = jobs.commands("cancel", run, "--reason", "wrong data", "--wait")
    assert ended.code == 4, ended.err
    (job,) = jobs.all()
    assert (job["status"], job["stops_accepted"]) == ("Stopped", 1)


def test_a_failed_job_waits_and_is_retried_as_another_job(jobs: Jobs) -> None:
    """Its own commands are shown; `resume` is refused; the retry ends well with two jobs."""
    jobs.script(seconds=60, outcome="Failed", failure_reason="ClientError: no data")
    run = jobs.start("--on-failure", "wait")
    jobs.reaches(run, "WaitingForDecision")
    shown = jobs.commands("status", run).out
    assert f"start another job        polysync-sagemaker retry {run}\n" in shown
    assert "--mode" not in shown
    refused = jobs.commands("retry", run, "--mode", "resume")
    assert (refused.code, "a job cannot be resumed" in refused.err) == (2, True)
    jobs.script(seconds=60)
    ended = jobs.commands("retry", run, "--reason", "it is there now", "--wait", "--json")
    assert ended.code == 0, ended.err
    assert [attempt["sagemaker_status"] for attempt in ended.document["run"]["attempts"]] == ["Failed", "Completed"]
    first, second = jobs.all()
    assert first["name"] != second["name"]


def test_a_failed_job_is_given_up(jobs: Jobs) -> None:
    """With the reason, and how to start another run."""
    jobs.script(seconds=60, outcome="Failed", failure_reason="ClientError: no data")
    run = jobs.start("--on-failure", "wait")
    jobs.reaches(run, "WaitingForDecision")
    given_up = jobs.commands("give-up", run)
    assert given_up.code == 0, given_up.err
    assert "no data" in given_up.out
    jobs.reaches(run, "Closed")
    assert "Start a new one: polysync-sagemaker job run …" in jobs.commands("retry", run).err


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def interruption(request: pytest.FixtureRequest) -> signal.Signals:
    """What ends the command while it follows a run."""
    found: signal.Signals = request.param
    return found


def interrupted(jobs: Jobs, errors: Path, *signals: signal.Signals, options: tuple[str, ...] = ()) -> tuple[str, int]:
    """Interrupt a command once its job runs, and again once it says so; the run's workflow id, and the exit code."""
    jobs.script(seconds=LONG_SECONDS)
    run = unique("interrupted")
    arguments = ("job", "run", "--kind", "training", jobs.file, "--workflow-id", run, *options)
    with errors.open("wb") as stderr, jobs.commands.background(*arguments, errors=stderr) as waiting:
        for number, said in zip(signals, (b"InProgress", b"has been asked to stop"), strict=False):
            until(lambda said=said: said in errors.read_bytes())  # type: ignore[misc]
            waiting.send_signal(number)
        code = waiting.wait(40)
    return run, code


def test_an_interrupted_command_leaves_the_job_running(
    jobs: Jobs, tmp_path: Path, interruption: signal.Signals
) -> None:
    """Ctrl-C: exit 130 and how to come back. SIGTERM ends the command alone."""
    errors = tmp_path / "stderr"
    run, code = interrupted(jobs, errors, interruption)
    assert code == (130 if interruption is signal.SIGINT else -signal.SIGTERM)
    if interruption is signal.SIGINT:
        assert f"polysync-sagemaker cancel {run}" in errors.read_text()
    (job,) = jobs.all()
    assert job["stops_accepted"] == 0
    assert jobs.commands("status", run, "--json").document["run"]["phase"] == "Running"
    assert jobs.commands("cancel", run, "--wait").code == 4


def test_the_first_signal_stops_the_run_and_waits_for_its_end(jobs: Jobs, tmp_path: Path) -> None:
    """`--cancel-on-interrupt`: the exit code is the run's outcome. Joining the run afterwards has the same one."""
    errors = tmp_path / "stderr"
    run, code = interrupted(jobs, errors, signal.SIGTERM, options=("--cancel-on-interrupt",))
    assert code == 4
    assert f"The run {run} has been asked to stop; another Ctrl-C or SIGTERM leaves it." in errors.read_text()
    joined = jobs.commands("job", "run", "--kind", "training", jobs.file, "--workflow-id", run, "--join", "--json")
    assert (joined.code, joined.document["workflow_id"]) == (4, run)
    (job,) = jobs.all()
    assert job["stops_accepted"] == 1


def test_the_second_signal_leaves_the_run(jobs: Jobs, tmp_path: Path) -> None:
    """And the run goes on with its stop."""
    errors = tmp_path / "stderr"
    control = jobs.commands.stack.standin.control
    held = control("POST", "/faults", {"operation": "StopTrainingJob", "effect": "throttle"})
    run, code = interrupted(jobs, errors, signal.SIGINT, signal.SIGTERM, options=("--cancel-on-interrupt",))
    assert code == 143
    assert f"The run {run} has been asked to stop.\n  Follow" in errors.read_text()
    control("DELETE", f"/faults/{held['id']}")
    until(lambda: jobs.all()[0]["stops_accepted"])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "Missing argument 'FILE'"),
        (["FILE"], "Missing option '--kind'"),
        (["FILE", "--kind", "training", "--tag", "x"], "--tag 'x' must be KEY=VALUE"),
        (["FILE", "--kind", "training", "--name-mode", "exact", "--retry", "1"], "retry cannot stand beside name"),
        (["/does/not/exist", "--kind", "training"], "FILE: cannot read /does/not/exist"),
    ],
)
def test_refuses_wrong_use(jobs: Jobs, arguments: list[str], why: str) -> None:
    """Before anything is sent: exit 2, nothing on stdout, no traceback."""
    ended = jobs.commands("job", "run", *(jobs.file if word == "FILE" else word for word in arguments), "--json")
    assert (ended.code, ended.out) == (2, "")
    assert why in ended.err
    assert "Traceback" not in ended.err


def test_a_request_that_aws_would_refuse_is_wrong_use_too(jobs: Jobs, tmp_path: Path) -> None:
    """All of its problems at once, from the worker: exit 2, and no job."""
    wrong = {**jobs.request, "RoleArn": 5, "Unknown": "x"}
    file = jobs.put(tmp_path / "wrong.json", wrong)
    ended = jobs.commands("job", "run", "--kind", "training", file)
    assert ended.code == 2
    assert "request.RoleArn: must be a text" in ended.out
    assert "request.Unknown: unknown member" in ended.out
    assert jobs.all() == []


def test_the_schema_of_a_request_is_printed(commands: Commands) -> None:
    """One JSON document, for each kind."""
    schema = commands("job", "schema", "--kind", "processing").document
    assert schema["title"] == "CreateProcessingJob"
    assert {"ProcessingResources", "AppSpecification", "RoleArn"} == set(schema["required"])
