"""Runs that are open when a new version is rolled out go on in it: their recorded histories replay."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from contract.json_walk import MAX_VALUES
from tests.replay.changed_run import RestsBetween, StartsNothing, TellsLate, TellsNoExecution, WaitsFirst, WaitsLast
from tests.replay.fingerprint import fingerprint
from tests.replay.record import COMMANDS_SUFFIX, HISTORIES, IDENTITY
from tests.replay.shapes import CONTINUED, SHAPES
from worker.workflow_runner import WORKFLOW_RUNNER
from workflows.job_run import SageMakerJobRun
from workflows.payloads import data_converter
from workflows.pipeline_deployment import SageMakerPipelineDeployment
from workflows.pipeline_discovery import SageMakerPipelineDiscovery
from workflows.pipeline_run import SageMakerPipelineRun
from workflows.platform_check import SageMakerPlatformCheck

FILES = sorted(HISTORIES.glob("*.json"))
OF_A_MACHINE = re.compile(r'stackTrace|site-packages|\.py"|"/|/home/|/tmp/|localhost|127\.0\.0\.1|\d+@')
"""What would tell of the machine that recorded."""


def replayer(*workflows: type[Any]) -> Replayer:
    """A replayer as the worker is configured."""
    return Replayer(
        workflows=workflows, data_converter=data_converter, namespace="default", workflow_runner=WORKFLOW_RUNNER
    )


def recorded(file: Path) -> WorkflowHistory:
    """A recorded history."""
    return WorkflowHistory.from_json(file.stem, file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
async def test_a_recorded_history_replays(file: Path) -> None:
    """The workflow still gives the commands that it gave then, or has a patch for the change."""
    workflows = (
        SageMakerPipelineRun,
        SageMakerJobRun,
        SageMakerPipelineDiscovery,
        SageMakerPlatformCheck,
        SageMakerPipelineDeployment,
    )
    await replayer(*workflows).replay_workflow(recorded(file))


@pytest.mark.parametrize(
    "fields",
    [
        {"poll_interval": 0.1},
        {"platform": "a\u202eb"},
        {"outputs": {"deep": "|".join("a" * 60)}},
        {"pipeline_name": "arn:aws:sagemaker:us-east-1:111122223333:pipeline/a/execution/b"},
    ],
    ids=str,
)
async def test_a_run_that_was_admitted_before_a_limit_goes_on(fields: dict[str, Any]) -> None:
    """Validation runs again at each replay: a limit that came later must not end the run."""
    history = recorded(HISTORIES / "cancel_by_signal.json")
    [argument] = history.events[0].workflow_execution_started_event_attributes.input.payloads
    argument.data = json.dumps(json.loads(argument.data) | fields).encode()
    await replayer(SageMakerPipelineRun).replay_workflow(history)


async def test_a_job_with_more_values_than_are_taken_now_goes_on() -> None:
    """That limit counts for new runs alone as well, although it is applied before the validation."""
    history = recorded(HISTORIES / "job_success.json")
    [argument] = history.events[0].workflow_execution_started_event_attributes.input.payloads
    given = json.loads(argument.data)
    given["request"]["Environment"] = [1] * (MAX_VALUES + 1)
    argument.data = json.dumps(given).encode()
    await replayer(SageMakerJobRun).replay_workflow(history)


@pytest.mark.parametrize("outputs", [{"rows": "two\nlines"}, {"": "17"}], ids=str)
async def test_an_answer_that_was_taken_before_a_limit_is_taken_again(outputs: dict[str, str]) -> None:
    """The handler of an update validates its argument again at each replay, without the validator before it."""
    history = recorded(HISTORIES / "answered_steps.json")
    updates = (event.workflow_execution_update_accepted_event_attributes for event in history.events)
    [argument] = next(
        update.accepted_request.input.args.payloads for update in updates if update.HasField("accepted_request")
    )
    argument.data = json.dumps(json.loads(argument.data) | {"outputs": outputs}).encode()
    await replayer(SageMakerPipelineRun).replay_workflow(history)


@pytest.mark.parametrize("changed", [WaitsFirst, RestsBetween, WaitsLast, StartsNothing, TellsLate, TellsNoExecution])
async def test_a_change_of_commands_without_a_patch_is_found(changed: type[SageMakerPipelineRun]) -> None:
    """The replays above can fail."""
    with pytest.raises(NondeterminismError):
        await replayer(changed).replay_workflow(recorded(HISTORIES / "cancel_by_signal.json"))


def test_every_shape_has_a_history() -> None:
    """A shape that was never recorded protects nobody."""
    assert {re.split(r"[-.]", file.stem)[0] for file in FILES} == SHAPES.keys() | CONTINUED.keys()


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_recording_shows_its_commands_to_a_review(file: Path) -> None:
    """What a new recording changed stands in a few lines beside it."""
    assert file.with_suffix(COMMANDS_SUFFIX).read_text(encoding="utf-8") == fingerprint(recorded(file))


def test_every_list_of_commands_has_its_history() -> None:
    """And nothing is left of an old one."""
    assert {file.stem for file in HISTORIES.glob(f"*{COMMANDS_SUFFIX}")} == {file.stem for file in FILES}


@pytest.mark.parametrize("shape", CONTINUED)
def test_a_continued_run_has_a_history_for_each_run(shape: str) -> None:
    """The first run ends in a continue-as-new and the last one begins with what it handed on."""
    files = [file for file in FILES if file.stem.startswith(f"{shape}-")]
    assert len(files) > 1
    assert "WORKFLOW_EXECUTION_CONTINUED_AS_NEW" in files[0].read_text(encoding="utf-8")
    started = recorded(files[-1]).events[0].workflow_execution_started_event_attributes
    assert b"handed_on_by" in started.input.payloads[0].data


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_history_tells_nothing_of_the_machine(file: Path) -> None:
    """Identities, paths and addresses of whoever recorded have no place in the repository."""
    text = file.read_text(encoding="utf-8")
    payloads = [base64.b64decode(data).decode() for data in re.findall(r'"data": "([^"]+)"', text)]
    assert payloads
    assert [found for part in (text, *payloads) for found in OF_A_MACHINE.findall(part)] == []
    identities = set(re.findall(r'"identity": "(?!temporal-scheduler-default-nightly-)([^"]*)"', text))
    assert identities <= {IDENTITY, "history-service"}
