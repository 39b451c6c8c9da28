"""Real processes die at the worst moments: one run still has one execution, and tells its true end."""

import asyncio
from typing import Any

import pytest

from contract.names import CANCEL_SIGNAL
from contract.run_document import RunStatus
from tests.faults.world import RunHandle, World

MAX_EVENTS = 40


async def test_a_worker_killed_between_acceptance_and_completion_starts_no_second_execution(world: World) -> None:
    """AWS accepted the start, its reply is held back, the worker dies: the next worker gets the same execution."""
    held = world.stack.standin.control(
        "POST", "/faults", {"operation": "StartPipelineExecution", "effect": "hold_reply", "times": 1}
    )["id"]
    run = await world.run(120)
    await world.until(lambda: holding(world, held))
    world.stack.worker.kill()
    assert len(world.executions(120)) == 1
    world.stack.standin.control("DELETE", f"/faults/{held}")
    world.stack.worker.start()
    assert (await world.result(run)).status is RunStatus.SUCCESS
    [execution] = world.executions(120)
    assert execution["starts_accepted"] == 2, "the second start was answered by the first execution"
    assert await events(run) <= MAX_EVENTS


async def test_a_cancel_after_such_a_crash_leaves_nothing_running(world: World) -> None:
    """Cancelled while no worker is there and nobody knows the execution: it is found under its token and stopped."""
    held = world.stack.standin.control(
        "POST", "/faults", {"operation": "StartPipelineExecution", "effect": "hold_reply", "times": 1}
    )["id"]
    run = await world.run(36_000)
    await world.until(lambda: holding(world, held))
    world.stack.worker.kill()
    world.stack.standin.control("DELETE", f"/faults/{held}")
    await run.signal(CANCEL_SIGNAL)
    world.stack.worker.start()
    assert (await world.result(run)).status is RunStatus.CANCELLED
    [execution] = world.executions(36_000)
    assert execution["status"] == "Stopped"


async def test_a_worker_killed_during_the_watch_is_replaced(world: World) -> None:
    """The execution goes on in SageMaker, and the next worker takes the watch over."""
    run = await world.run(300)
    await world.until_executing(run)
    world.stack.worker.kill()
    world.stack.worker.start()
    result = await world.result(run)
    assert result.status is RunStatus.SUCCESS
    [execution] = world.executions(300)
    assert execution["starts_accepted"] == 1
    assert await events(run) <= MAX_EVENTS


async def test_a_terminated_worker_hands_its_watches_over_at_once(world: World) -> None:
    """SIGTERM drains: nothing waits for the heartbeat timeout, which is longer than this test."""
    world.stack.worker.stop()
    world.stack.worker = world.worker_with(heartbeat_timeout=3600)
    world.stack.worker.start()
    run = await world.run(240)
    await world.until_executing(run)
    # A watch that is handed out in the very instant of a shutdown is only noticed by its heartbeat timeout
    # (temporalio/temporal#9203), so this one has to have begun.
    await world.until_looked_at(times=3)
    world.stack.worker.restart()
    assert (await world.result(run)).status is RunStatus.SUCCESS
    assert len(world.executions(240)) == 1


async def test_runs_survive_a_restart_of_the_temporal_server(world: World) -> None:
    """The server is killed under a running, a cancelled and a starting run; its database has them all."""
    running = await world.run(480)
    cancelled = await world.run(36_001)
    await asyncio.gather(world.until_executing(running), world.until_executing(cancelled))
    starting = await world.run(61)
    await world.restart_temporal(away_seconds=3)
    await cancelled.signal(CANCEL_SIGNAL)
    results = await asyncio.gather(*(world.result(run) for run in (running, cancelled, starting)))
    assert [result.status for result in results] == [RunStatus.SUCCESS, RunStatus.CANCELLED, RunStatus.SUCCESS]
    assert [len(world.executions(seconds)) for seconds in (480, 36_001, 61)] == [1, 1, 1]


async def test_a_stand_in_outage_is_sat_out(world: World) -> None:
    """The endpoint is gone for a while, connections are refused: the run goes on afterwards."""
    run = await world.run(180)
    await world.until_executing(run)
    world.stack.standin.kill()
    await asyncio.sleep(2)
    world.stack.standin.start()
    assert (await world.result(run)).status is RunStatus.SUCCESS
    assert len(world.executions(180)) == 1


@pytest.mark.parametrize("signal_first", [True, False], ids=["signal", "nothing"])
async def test_a_run_without_any_worker_waits_for_one(world: World, *, signal_first: bool) -> None:
    """Nothing is lost while no worker runs: neither a start nor a cancel."""
    world.stack.worker.stop()
    run = await world.run(62)
    if signal_first:
        await run.signal(CANCEL_SIGNAL)
    world.stack.worker.start()
    result = await world.result(run)
    assert result.status is (RunStatus.CANCELLED if signal_first else RunStatus.SUCCESS)
    assert len(world.executions(62)) == (0 if signal_first else 1)


def holding(world: World, fault_id: str) -> bool:
    """Whether a reply is being held back now."""
    faults: list[dict[str, Any]] = world.stack.standin.control("GET", "/faults")
    return any(fault["id"] == fault_id and fault["holding"] for fault in faults)


async def events(run: RunHandle) -> int:
    """Length of the run's history."""
    return len((await run.fetch_history()).events)
