"""Records the histories that `test_replay` replays: `python -m tests.replay.record [SHAPE …]`, all shapes by default.

It plays the shapes on an embedded Temporal server and the stand-in, which takes a good minute because of the wait
for a quota, and writes each history to `histories/<shape>.json`, or `histories/<shape>-<n>.json` where a run was
continued as new. Identities are set and stack traces left out, so that nothing tells of the machine. Beside each
stands `<shape>.commands`, in which a review sees what a new recording changed.

A recorded history stands for the runs that are open when a new version is rolled out. So when the workflow's commands
change behind a `workflow.patched`, first keep the histories without it under `<shape>.before-<patch>.json`, and then
record anew.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

import pytest
from temporalio.client import Client, WorkflowHistory

from contract.names import DEFAULT_TASK_QUEUE
from tests.replay.fingerprint import fingerprint
from tests.replay.server import embedded_server
from tests.replay.shapes import CONTINUED, SHAPES, Shape
from tests.standin.process import Standin
from tests.workflows.stage import Run, Stage

HISTORIES: Final = Path(__file__).parent / "histories"
COMMANDS_SUFFIX: Final = ".commands"
IDENTITY: Final = "recorder"
EVENTS_BEFORE_A_NEW_RUN: Final = 8


async def record(names: set[str]) -> None:
    """Play the named shapes and write their histories.

    Raises:
        AssertionError: A shape took another course than it should.
    """
    standin = Standin("--clock-scale", "300")
    try:
        os.environ["AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"] = standin.url
        async with (
            embedded_server(identity=IDENTITY) as ordinary,
            embedded_server(identity=IDENTITY, continue_as_new_after_events=EVENTS_BEFORE_A_NEW_RUN) as impatient,
        ):
            await asyncio.gather(
                _play(ordinary, standin, {name: shape for name, shape in SHAPES.items() if name in names}),
                _play(impatient, standin, {name: shape for name, shape in CONTINUED.items() if name in names}),
            )
    finally:
        standin.close()


async def _play(client: Client, standin: Standin, shapes: dict[str, Shape]) -> None:
    stage = Stage(client, standin)
    stage.task_queue = DEFAULT_TASK_QUEUE
    async with stage.worker():
        await asyncio.gather(*(_play_one(stage, name, shape) for name, shape in shapes.items()))


async def _play_one(stage: Stage, name: str, shape: Shape) -> None:
    histories = await _histories(stage.client, await shape(stage))
    for outdated in [*HISTORIES.glob(f"{name}.[jc]*"), *HISTORIES.glob(f"{name}-*")]:
        outdated.unlink()
    for number, history in enumerate(histories, start=1):
        file = HISTORIES / (f"{name}-{number}.json" if len(histories) > 1 else f"{name}.json")
        text = json.dumps(without_stack_traces(history.to_json_dict()), indent=1)
        file.write_text(f"{text}\n", encoding="utf-8")
        file.with_suffix(COMMANDS_SUFFIX).write_text(fingerprint(history), encoding="utf-8")


async def _histories(client: Client, run: Run) -> list[WorkflowHistory]:
    """Fetch the history of each run behind the workflow id, the first one first."""
    histories: list[WorkflowHistory] = []
    run_id: str | None = (await run.handle.describe()).run_id
    while run_id:
        history = await client.get_workflow_handle(run.handle.id, run_id=run_id).fetch_history()
        histories.insert(0, history)
        run_id = history.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return histories


def without_stack_traces(node: Any) -> Any:
    """Leave stack traces out of a history: they hold the paths of the machine, and a replay does not read them."""
    if isinstance(node, dict):
        return {key: without_stack_traces(value) for key, value in node.items() if key != "stackTrace"}
    return [without_stack_traces(item) for item in node] if isinstance(node, list) else node


if __name__ == "__main__":
    known = SHAPES.keys() | CONTINUED.keys()
    wanted = set(sys.argv[1:]) or known
    if wanted - known:
        sys.exit(f"no such shape: {', '.join(sorted(wanted - known))}; known: {', '.join(sorted(known))}")
    HISTORIES.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(key, "test")
        asyncio.run(record(wanted))
