"""`polysync-sagemaker doctor` as people call it: through the worker, without one, and without Temporal."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.e2e.command import Commands, Ended
from tests.platform_check.checks import ALL_NAMES, NAMES
from worker.local.stack import Stack

ALL_RIGHT = dict.fromkeys(ALL_NAMES, True)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An embedded stack."""
    with Stack(tmp_path_factory.mktemp("stack"), settings={"poll_interval": 1}) as running:
        yield running.start()


@pytest.fixture
def commands(stack: Stack) -> Iterator[Commands]:
    """The commands, connected to the stack."""
    yield Commands(stack)
    stack.standin.control("DELETE", "/faults")


def here(stack: Stack) -> Mapping[str, str]:
    """AWS's variables, by which this machine itself reaches the stack's stand-in."""
    keys = {"AWS_ACCESS_KEY_ID": "standin", "AWS_SECRET_ACCESS_KEY": "standin"}
    return {**keys, "AWS_ENDPOINT_URL": stack.standin.endpoint_url, "AWS_DEFAULT_REGION": "us-east-1"}


def verdicts(ended: Ended) -> dict[str, Any]:
    """Each check's outcome."""
    return {check["name"]: check["ok"] for check in ended.document["checks"]}


def test_a_good_platform(commands: Commands) -> None:
    """Exit code 0, a mark for each check, and the same as one JSON document."""
    shown, document = commands("doctor"), commands("doctor", "--json")
    assert (shown.code, document.code) == (0, 0), shown.err
    assert [line[:1] for line in shown.out.splitlines() if line[1:3] == "  "] == ["✓"] * len(ALL_NAMES)
    assert verdicts(document) == ALL_RIGHT
    assert document.document["checked_by"] == "worker"
    assert "Nothing is wrong." in shown.out


def test_a_missing_permission(commands: Commands) -> None:
    """Exit code 1, a cross, and the remedy below it."""
    commands.stack.standin.control("POST", "/faults", {"operation": "StopPipelineExecution", "effect": "access_denied"})
    ended = commands("doctor")
    assert ended.code == 1
    lines = ended.out.splitlines()
    cross = next(number for number, line in enumerate(lines) if line.startswith("✗"))
    assert "sagemaker:StopPipelineExecution" in lines[cross]
    assert "→ Grant sagemaker:StopPipelineExecution on arn:aws:sagemaker:us-east-1:" in lines[cross + 1]


def test_without_a_worker_this_machine_checks_and_says_so(commands: Commands) -> None:
    """The AWS side is still checked, with what this machine has."""
    queue = ("--task-queue", "nobody")
    ended = commands("doctor", *queue, "--json", environment=here(commands.stack))
    assert ended.code == 1
    assert verdicts(ended) == {**ALL_RIGHT, "worker": False}
    assert ended.document["checked_by"] == "this machine"
    shown = commands("doctor", *queue, environment=here(commands.stack)).out
    assert "AWS was checked from this machine" in shown
    assert "→ Start a worker with 'polysync-sagemaker worker --task-queue nobody'" in shown


def test_without_temporal_everything_else_is_still_checked(commands: Commands) -> None:
    """A dead Temporal is a cross like any other, and not the end."""
    environment = {**here(commands.stack), "TEMPORAL_ADDRESS": "127.0.0.1:9"}
    ended = commands("doctor", "--json", environment=environment)
    assert ended.code == 1
    assert verdicts(ended) == {"Temporal": False, "worker": None, **dict.fromkeys(NAMES, True)}
    assert "set TEMPORAL_ADDRESS" in ended.document["checks"][0]["remedy"]


def test_a_namespace_that_is_not_there(commands: Commands) -> None:
    """The command that looks for it stands in the remedy."""
    ended = commands("doctor", "--namespace", "nowhere", "--json", environment=here(commands.stack))
    assert ended.code == 1
    assert verdicts(ended) == {**ALL_RIGHT, "search attributes": False, "schedules": None, "worker": False}


@pytest.mark.parametrize("queue", ["sagemaker", "nobody"])
def test_an_unknown_platform(commands: Commands, queue: str) -> None:
    """The platforms that there are stand in the text, whoever checks."""
    ended = commands("doctor", "--platform", "nope", "--task-queue", queue, "--json", environment=here(commands.stack))
    assert ended.code == 1
    platform = next(check for check in ended.document["checks"] if check["name"] == "platform")
    assert platform["ok"] is False
    assert "no platform 'nope'; it has: default" in platform["detail"]
    assert platform["remedy"]


def test_settings_that_cannot_be_used(commands: Commands) -> None:
    """Without a worker they are this machine's, and what is wrong with them is a check as well."""
    queue = ("--task-queue", "nobody", "--json")
    wrong = commands("doctor", *queue, environment={"POLYSYNC_SAGEMAKER_POLL_INTERVAL": "soon"})
    assert "POLYSYNC_SAGEMAKER_POLL_INTERVAL: " in wrong.document["checks"][-1]["detail"]
    both = {"POLYSYNC_SAGEMAKER_PLATFORMS_FILE": "p.toml", "POLYSYNC_SAGEMAKER_REGION": "eu-west-1"}
    assert "POLYSYNC_SAGEMAKER_REGION belongs" in commands("doctor", *queue, environment=both).out
    missing = commands("doctor", *queue, environment={"POLYSYNC_SAGEMAKER_PLATFORMS_FILE": "no-such-file.toml"})
    assert "no-such-file.toml cannot be read" in missing.document["checks"][-1]["detail"]
    assert (wrong.code, missing.code) == (1, 1)


def test_a_wrong_pattern_is_a_wrong_use(commands: Commands) -> None:
    """Exit code 2, before anything is asked."""
    ended = commands("doctor", "--pipelines", "a b")
    assert ended.code == 2
    assert "must be a pipeline's name or a pattern such as churn-*" in ended.err
