"""Lets everything of a schedule break in time, and mends it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPException

from tests.faults.installation import has_ended
from tests.storm.schedule import Blow, Schedule, Target
from worker.local.process import Process
from worker.local.stack import Stack
from worker.local.worker_process import WorkerProcess


class Weather:
    """What breaks; processes are killed one after the other, and each is up again before it is hit once more."""

    def __init__(self, stack: Stack, workers: list[WorkerProcess], say: Callable[[str], None]) -> None:
        self._stack = stack
        self._workers = workers
        self._say = say
        self._locks: Mapping[Process, asyncio.Lock] = {
            process: asyncio.Lock() for process in (stack.temporal, stack.standin, *workers)
        }
        self.blows: Counter[Target] = Counter()

    async def rage(self, schedule: Schedule) -> None:
        """Do everything that is planned, and come to rest with every process up and no fault left."""
        self._seed(schedule.seed)
        beginning = asyncio.get_running_loop().time()

        async def strike(blow: Blow) -> None:
            await asyncio.sleep(beginning + blow.at - asyncio.get_running_loop().time())
            self._say(str(blow))
            self.blows[blow.target] += 1
            await self._strike(blow, schedule.seed)

        await asyncio.gather(*(strike(blow) for blow in schedule.blows))
        self._stack.standin.control("DELETE", "/faults")

    async def _strike(self, blow: Blow, seed: int) -> None:
        match blow.target:
            case Target.WORKER_KILLED:
                worker = self._workers[blow.worker]
                await self._replace(worker, worker.kill, blow.lasts)
            case Target.WORKER_TERMINATED:
                await self._replace(self._workers[blow.worker], self._workers[blow.worker].terminate, blow.lasts)
            case Target.TEMPORAL_KILLED:
                await self._replace(self._stack.temporal, self._stack.temporal.kill, blow.lasts)
            case Target.SAGEMAKER_KILLED:
                await self._replace(self._stack.standin, self._stack.standin.kill, blow.lasts)
                with suppress(OSError, HTTPException):
                    self._seed(seed)
            case Target.SAGEMAKER_FAULT:
                await self._break(dict(blow.fault or {}), blow.lasts)

    async def _replace(self, process: Process, end: Callable[[], None], seconds: float) -> None:
        async with self._locks[process]:
            end()
            await has_ended(process)
            await asyncio.sleep(seconds)
            # A worker that waits for a Temporal server that was killed meanwhile is up once that one is.
            if isinstance(process, WorkerProcess):
                async with self._locks[self._stack.temporal]:
                    await process.start_meanwhile()
            else:
                await process.start_meanwhile()

    async def _break(self, fault: dict[str, object], seconds: float) -> None:
        # While the endpoint is gone there is nothing to break; after its return it knows of no fault.
        with suppress(OSError, HTTPException):
            armed = self._stack.standin.control("POST", "/faults", fault)["id"]
            await asyncio.sleep(seconds)
            self._stack.standin.control("DELETE", f"/faults/{armed}")

    def _seed(self, seed: int) -> None:
        self._stack.standin.control("POST", "/seed", {"seed": seed})
