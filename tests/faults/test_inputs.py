"""The largest input, inputs that are too large, garbage, and runs that cannot work beside those that do."""

import asyncio
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.service import RPCError

from contract.run import RunStatus
from tests.faults.concurrency import concurrent
from tests.faults.evidence import assert_discreet, assert_sound
from tests.faults.installation import FOR_EVER, Installation
from tests.standin.definitions import job, parameter

MEGABYTE = 1024 * 1024
UNREADABLE = Payload(metadata={"encoding": b"json/plain"}, data=b"{pipeline")
POISONS: tuple[Any, ...] = (
    None,
    5,
    [],
    {"pipeline_name": 5},
    {"pipeline_name": "a", "timeout": {}},
    RawValue(UNREADABLE),
)


@concurrent
async def test_two_hundred_parameters_of_maximal_size(installation: Installation) -> None:
    """Four bytes a character: the most that AWS takes is a run like any other."""
    names = [f"{number:03}".ljust(256, "x") for number in range(200)]
    values = dict.fromkeys(names, "😀" * 1024)
    pipeline = installation.standin.create([job("Train", seconds=60)], [parameter(name) for name in names])
    run = await installation.calm.run(pipeline, parameters=values)
    execution = await assert_sound(installation, run)
    assert execution["parameters"] == values


@concurrent
async def test_an_input_of_two_or_five_megabytes_is_refused_at_once(installation: Installation) -> None:
    """By the worker where Temporal still takes it, with the field's name; else by Temporal, before there is a run."""
    taken = await installation.calm.run("a", description="x" * (2 * MEGABYTE - 1000))
    ending = await taken.ending()
    assert ending.failure is not None
    assert ending.failure.type == "InvalidInput"
    assert ending.failure.message.startswith("Invalid input: description: ")
    await assert_discreet(installation, taken)
    for megabytes, refusal in ((2, "Blob data size exceeds limit"), (5, "received message .*larger than max")):
        with pytest.raises(RPCError, match=refusal):
            await installation.calm.run("a", description="x" * megabytes * MEGABYTE)


@concurrent
async def test_signals_with_garbage_do_no_harm(installation: Installation) -> None:
    """A signal that nobody knows is ignored, whatever it carries; a cancel counts, whatever it carries."""
    runs = [await installation.calm.run(installation.pipeline(seconds=seconds)) for seconds in (600, FOR_EVER)]
    for run in runs:
        await run.executes()
        await run.handle.signal("pause", args=["x" * 100_000, {"a": [None]}, RawValue(UNREADABLE)])
    await runs[1].signal_cancel("x" * 100_000, {"a": [None]}, RawValue(UNREADABLE))
    await assert_sound(installation, runs[0])
    await assert_sound(installation, runs[1], RunStatus.CANCELLED)


@concurrent
async def test_poison_runs_beside_healthy_ones(installation: Installation) -> None:
    """Inputs that are none fail by themselves, a pipeline whose answers are no answers waits; the others go on."""
    sick = installation.pipeline()
    fault = installation.standin.fault("*", "html_5xx", pipeline=sick)
    waiting = await installation.calm.run(sick)
    await asyncio.gather(*(poison(installation, argument) for argument in POISONS))
    for run in [await installation.calm.run(installation.pipeline()) for _ in range(5)]:
        await assert_sound(installation, run)
    assert installation.standin.executions(sick) == []
    installation.lift(fault)
    await assert_sound(installation, waiting)
    stuck = f'TaskQueue = "{installation.calm.task_queue}" AND TemporalReportedProblems IS NOT NULL'
    assert (await installation.client.count_workflows(stuck)).count == 0


async def poison(installation: Installation, argument: object) -> None:
    """Start a run that must fail because of its input."""
    run = await installation.calm.start(argument)
    ending = await run.ending()
    assert ending.failure is not None
    assert ending.failure.type == "InvalidInput"
    await assert_discreet(installation, run)
