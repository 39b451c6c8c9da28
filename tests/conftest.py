"""Which tests share a process, and how counterexamples are looked for.

`HYPOTHESIS_EXAMPLES=5000 .venv/bin/pytest tests/properties` tries so many examples of each property, others each time;
otherwise they are always the same.
"""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from temporalio.worker._workflow import _WorkflowWorker

from activities.results import settled
from tests.workflows.fixtures import aws_keys, idle_stage, shared_standin, stage, temporal, web_ui_port

# Here and not in each folder, so that all folders share one server: a fixture is one for each place that imports it.
__all__ = ["aws_keys", "idle_stage", "shared_standin", "stage", "temporal", "web_ui_port"]

# An ignored signal stays ignored through exec, a handled one becomes the default: so every process that a test starts
# has default signals, also where a shell started pytest with some of them ignored (as it does for `pytest &`).
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)

# Measured: a sixth of a Temporal server's CPU collects garbage, with Go's default of 100.
os.environ.setdefault("GOGC", "300")

FOLDER: Final = Path(__file__).parent


@pytest.fixture(autouse=True, scope="session")
def steps_settle_soon() -> Iterator[None]:
    """An end that a test forces while steps are running is not waited for as long as AWS's own."""
    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(settled, "PAUSES_SECONDS", tuple(pause / 10 for pause in settled.PAUSES_SECONDS))
        yield


@pytest.fixture(autouse=True, scope="session")
def starving_is_no_deadlock() -> Iterator[None]:
    """Workers in this process share it with the tests, and the machine with the other processes.

    The SDK takes a workflow that gets no processor for two seconds for deadlocked, and fails its task or its query.
    """
    initialise = _WorkflowWorker.__init__

    def initialise_patiently(worker: _WorkflowWorker, *arguments: Any, **options: Any) -> None:
        initialise(worker, *arguments, **options)
        worker._deadlock_timeout_seconds = 60  # noqa: SLF001 — not an option of the SDK's Worker

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(_WorkflowWorker, "__init__", initialise_patiently)
        yield


GROUPS: Final = {
    **dict.fromkeys(("benchmarks", "e2e", "versioning"), "installations of commands"),
    **dict.fromkeys(("faults", "observability", "storm"), "installations with faults"),
    **dict.fromkeys(("encryption/test_commands.py", "encryption/test_web_ui.py"), "encrypted installation"),
    **dict.fromkeys(("discovery/test_command.py", "platform_check/test_doctor.py"), "installations with samples"),
    **dict.fromkeys(("events/test_receiving.py", "events/test_setup.py", "events/test_terraform_module.py"), "moto"),
}
"""By folder or file, the groups of tests whose installations each process would start otherwise; the first two groups,
of whole installations, are about as long as each other."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Let each process begin with another folder: compiled by one of them, a module is read by the others."""
    config = session.config
    if (worker := getattr(config, "workerinput", None)) and [Path(arg).name for arg in config.args] == [FOLDER.name]:
        folders = sorted(str(entry) for entry in FOLDER.iterdir() if entry.is_dir() and entry.name != "__pycache__")
        first = int(worker["workerid"].removeprefix("gw")) * len(folders) // worker["workercount"]
        config.args = [*folders[first:], *folders[:first]]


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the installations of a group follow each other: all at once they starve each other."""
    items.sort(key=lambda item: item.path)  # the same order in all processes
    for item in items:
        place = item.path.relative_to(FOLDER)
        if group := GROUPS.get(place.parts[0]) or GROUPS.get(place.as_posix()):
            item.add_marker(pytest.mark.xdist_group(group))


LONG: Final = os.environ.get("HYPOTHESIS_EXAMPLES")

EXAMPLES: Final = int(LONG or 100)
"""Of each property; where one example takes long or says little, a property has a part or a multiple of them."""

settings.register_profile(
    "alike",
    derandomize=True,
    database=None,
    # A busy machine is no counterexample.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=EXAMPLES,
    stateful_step_count=30,
)
settings.register_profile(
    "long",
    settings.get_profile("alike"),
    derandomize=False,
    print_blob=True,
)
settings.load_profile("long" if LONG else "alike")
