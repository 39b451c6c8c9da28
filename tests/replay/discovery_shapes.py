"""The courses that a discovery can take, each played on a real server so that its history can be recorded."""

import asyncio

import pytest
from temporalio.client import WorkflowFailureError

from tests.discovery.finder import Finder, Handle
from tests.standin.definitions import parameter
from tests.workflows.stage import Run, Stage, until


async def discovery(stage: Stage) -> Run:
    """Two pipelines found, one of them without permission to describe it."""
    finder = Finder(stage, "found-")
    finder.create("one", [parameter("InputData")])
    stage.standin.fault("DescribePipeline", "access_denied", pipeline=finder.create("two"))
    handle = await finder.start({"NamePrefix": finder.prefix})
    assert len((await handle.result()).problems) == 1
    return _run(stage, handle)


async def cancelled_discovery(stage: Stage) -> Run:
    """Cancelled natively while AWS had not answered."""
    finder = Finder(stage, "cancelled-")
    held = stage.standin.fault("DescribePipeline", "hold_reply", pipeline=finder.create("one"))
    handle = await finder.start({"name_prefix": finder.prefix})
    await until(lambda: stage.standin.fault_state(held)["holding"])
    await handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await asyncio.wait_for(handle.result(), 5)
    stage.standin.control("DELETE", f"/faults/{held}")
    return _run(stage, handle)


async def refused_discovery(stage: Stage) -> Run:
    """Failed because there is no such platform."""
    handle = await Finder(stage, "").start({"platform": "prod"})
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    return _run(stage, handle)


def _run(stage: Stage, handle: Handle) -> Run:
    return Run(stage.client.get_workflow_handle(handle.id))
