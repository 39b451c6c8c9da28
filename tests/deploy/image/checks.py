"""What is seen of the images and of the stack: each function is one statement, and raises where it does not hold."""

import json
import time
from pathlib import Path
from typing import Any, Final

from tests.deploy.image.commands import FailedError, report, run, until
from tests.deploy.image.stack import NAMESPACE, Stack

LOADED_RUNS: Final = 20
USER: Final = "10001"
LIMITS: Final = {"worker": (1 << 30, 1536), "standin": (1 << 29, 64)}
"""Bytes of memory and number of processes that docker-compose.yml allows."""

_FOLDER: Final = Path(__file__).parent
_CANCELLED: Final = 4
_STANDIN: Final = ("--platform", "standin")


def expect(found: Any, expected: Any, what: str) -> None:
    """Compare a value.

    Raises:
        FailedError: They differ.
    """
    if found != expected:
        raise FailedError(f"{what}: {found!r} instead of {expected!r}")


def expect_in(part: str, text: str, what: str) -> None:
    """Find a text.

    Raises:
        FailedError: It is not there.
    """
    if part not in text:
        raise FailedError(f"{what}: {part!r} is not in {text[-1000:]!r}")


def a_clone_under_umask_077_ends_with_a_message(stack: Stack, clone: Path) -> None:
    """The stack stops before Temporal starts, and names the files and the remedy; after the remedy it may start."""
    printed = stack.compose("up", "--build", "--detach", expected=1)
    expect_in("readable-files", printed, "why compose failed")
    lines = stack.log("readable-files")
    expect(lines[1:3], ["./deploy/temporal", "./platforms.toml"], "the unreadable files")
    expect_in("chmod -R go+rX deploy", lines[-1], "the remedy")
    started = [name for name in ("temporal", "worker") if stack.container(name).get("State", {}).get("Running")]
    expect(started, [], "services that run all the same")
    run(["chmod", "-R", "go+rX", str(clone / "deploy")])
    report("images built; a clone under umask 077 ends with its message")


def the_stack_comes_up(stack: Stack) -> None:
    """In its order, to the end, with what `docker compose up` gives; the namespace is made by the stack's script."""
    stack.compose("up", "--detach")
    stack.until_healthy("temporal", "standin", "worker")
    printed = "\n".join(stack.log("temporal-namespace"))
    expect_in(f"Namespace {NAMESPACE} successfully registered", printed, "the namespace's script")
    report("the stack is up and healthy")


def our_containers_have_no_rights(stack: Stack, service: str) -> None:
    """User, capabilities, privileges, root file system and limits, as the container and the engine show them."""
    status = dict(
        line.split(":\t", 1)
        for line in stack.compose("exec", "-T", service, "cat", "/proc/1/status").splitlines()
        if ":\t" in line
    )
    expect(status["Uid"].split(), [USER] * 4, f"{service}: user")
    expect((int(status["CapEff"], 16), int(status["CapBnd"], 16)), (0, 0), f"{service}: capabilities")
    expect(status["NoNewPrivs"].strip(), "1", f"{service}: no new privileges")
    writing = 'for path in / /opt /tmp; do touch "$path/written" 2>/dev/null && echo "$path"; done; true'
    written = stack.compose("exec", "-T", service, "sh", "-c", writing).split()
    expect(written, ["/tmp"], f"{service}: what can be written to")  # noqa: S108 — the container's
    host = stack.container(service)["HostConfig"]
    expect((host["Memory"], host["PidsLimit"]), LIMITS[service], f"{service}: memory and processes")
    report(f"{service}: user {USER}, no capabilities, read-only, limited")


def the_platform_is_checked(stack: Stack) -> None:
    """`doctor` reaches the stand-in with the platform's credentials."""
    stack.polysync("doctor", *_STANDIN)
    report("doctor: ok")


def a_run_succeeds(stack: Stack) -> None:
    """From the command line in the worker's container, to the end."""
    printed = stack.polysync("run", "churn-training", *_STANDIN)
    expect_in("Success", printed, "the run's status")
    report("a run: Success")


def a_run_is_cancelled(stack: Stack) -> None:
    """The execution is stopped, and the command's exit code says so."""
    start_a_long_run(stack, "to-cancel", training_seconds=100_000)
    stack.polysync("cancel", "to-cancel", "--reason", "not today", "--wait", expected=_CANCELLED)
    report("a cancel: Cancelled")


def a_batch_job_stops_its_run_on_sigterm(stack: Stack) -> None:
    """The image as AWS Batch runs it: its exit code after SIGTERM is what became of the run."""
    name = "batch-job"
    job = ["run", "churn-training", *_STANDIN, "-p", "TrainingSeconds=100000", "--workflow-id", name]
    stack.compose("run", "--detach", f"--name={name}", "worker", *job, "--cancel-on-interrupt", "--join")
    until_it_runs(stack, name)
    stack.engine.docker("stop", "--time=30", name)
    [found] = json.loads(stack.engine.docker("inspect", name))
    expect(found["State"]["ExitCode"], _CANCELLED, "the exit code of a Batch job after SIGTERM")
    stack.engine.docker("rm", name)
    report("SIGTERM to a container that runs a pipeline as a Batch job does: its run is Cancelled, exit code 4")


def the_standin_is_restarted(stack: Stack) -> None:
    """It has its samples again: the runs that follow reach it."""
    stack.compose("restart", "standin")
    stack.until_healthy("standin")
    report("the stand-in is restarted")


def open_runs_outlive_sigterm_and_restarts(stack: Stack) -> None:
    """Temporal is restarted; the worker ends within its grace period, with exit code 0; the next one ends all runs."""
    script = (_FOLDER / "load.py").read_text(encoding="utf-8")
    stack.python(script, "start", "loaded", str(LOADED_RUNS))
    stack.compose("restart", "temporal")
    stack.until_healthy("temporal")
    began = time.monotonic()
    stack.compose("stop", "worker")
    seconds = time.monotonic() - began
    state = stack.container("worker")["State"]
    expect((state["ExitCode"], state["OOMKilled"]), (0, False), "the worker's exit code")
    stack.compose("start", "worker")
    restarted = time.monotonic()
    found = json.loads(stack.python(script, "finish", "loaded", str(LOADED_RUNS)))
    whole = {"open": LOADED_RUNS, "statuses": ["Success"], "executions": LOADED_RUNS, "followed": LOADED_RUNS}
    expect(found, whole, "the runs that were open at SIGTERM")
    report(
        f"{LOADED_RUNS} open runs: Temporal is restarted; SIGTERM to the worker, exit code 0 after {seconds:.1f} s; "
        f"Success of all with one execution each, {time.monotonic() - restarted:.1f} s after the next worker's start"
    )


def the_stack_goes_down(stack: Stack) -> None:
    """Containers, networks and volumes are removed."""
    stack.compose("down", "--volumes", "--timeout=50")
    expect(stack.engine.docker("ps", "--all", "--quiet"), "", "containers that are left")
    report("the stack is down")


def start_a_long_run(stack: Stack, identifier: str, *, training_seconds: int) -> None:
    """Start a run and wait until its execution is running."""
    parameter = f"TrainingSeconds={training_seconds}"
    stack.polysync("run", "churn-training", *_STANDIN, "-p", parameter, "--workflow-id", identifier, "--detach")
    until_it_runs(stack, identifier)


def until_it_runs(stack: Stack, identifier: str) -> None:
    """Wait until a run has its execution; it need not be there yet."""

    def has_begun() -> bool:
        printed = stack.polysync("status", identifier, "--json", expected=None)
        return printed.startswith("{") and json.loads(printed)["run"]["run_id"] is not None

    until(has_begun, 30, f"{identifier} has its execution")
