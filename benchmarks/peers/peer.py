import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.pacing import until
from benchmarks.peers.followed import CLOCK_SCALE, Followed, LostReplies
from benchmarks.peers.system import Ending
from worker.local.standin_process import StandinProcess
from worker.local.worker_process import embedded_environment

DRIVERS: Final = Path(__file__).parent / "drivers"
_START_SECONDS: Final = 300.0
_CALL_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 10.0
# A person's own settings of the peers.
_KEPT_OUT: Final = ("AIRFLOW", "SAGEMAKER_")


@dataclass(frozen=True)
class Driver:
    """How a peer is driven: a script in an environment of its own.

    Attributes:
        name: What people call the peer.
        python: Interpreter of the peer's environment.
        script: Speaks JSON lines, as documented in `drivers/airflow_triggers.py`.
    """

    name: str
    python: Path
    script: Path


class PeerError(Exception):
    """A peer's process does not do what it was asked to."""


class Peer:
    """Another system, in one process of its own that receives what to follow and reports what it found."""

    server_pid: int | None = None

    def __init__(self, driver: Driver, folder: Path, kind: type[Followed]) -> None:
        """Prepare the stand-in and the peer's process.

        Args:
            driver: Of the peer.
            folder: For logs and the peer's home.
            kind: What is followed.
        """
        self.name = driver.name
        self.version = driver.name
        self.endings: dict[str, Ending] = {}
        self._driver = driver
        self._folder = folder
        self._standin = StandinProcess(folder / "logs" / "standin.log", clock_scale=CLOCK_SCALE)
        self.followed = kind(self._standin)
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._starts: asyncio.Queue[Mapping[str, str]] = asyncio.Queue()
        self._given: list[tuple[Sequence[str], float, int]] = []

    @property
    def pid(self) -> int:
        """See `System`: the peer's process."""
        return self._running().pid

    async def start(self) -> None:
        """See `System`.

        Raises:
            PeerError: The peer was not ready after five minutes.
        """
        self._standin.start()
        await self._launch()

    async def _launch(self) -> None:
        self._ready.clear()
        with (self._folder / "logs" / "peer.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "worker.local.tether", self._driver.python, self._driver.script),
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                env=self._environment(),
            )
        self._reading = asyncio.create_task(self._read())
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({ready, self._reading}, timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if not self._ready.is_set():
            await self.stop()
            raise PeerError(f"{self.name} does not start; see {self._folder / 'logs' / 'peer.log'}")

    async def stop(self) -> None:
        """See `System`."""
        await self._kill()
        self._standin.stop()

    async def replace_process(self) -> None:
        """See `System`: what a peer has not reported is given to it again, as its own database would."""
        await self._kill()
        await self._launch()
        for arns, interval, polls in self._given:
            await self._follow([arn for arn in arns if arn not in self.endings], interval, polls)

    async def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._reading is not None:
            await asyncio.wait_for(self._reading, _STOP_SECONDS)

    async def follow(self, arns: Sequence[str], interval: float, *, polls: int = 0) -> None:
        """See `System`."""
        self._given.append((arns, interval, polls))
        await self._follow(arns, interval, polls)

    async def _follow(self, arns: Sequence[str], interval: float, polls: int) -> None:
        await self._send({"follow": list(arns), "interval": interval, "polls": polls})

    async def start_one(self, seconds: str, replies: LostReplies) -> str:
        """See `System`: a start that fails is done once more, as a retried task does."""
        first = await self._start_once(seconds)
        replies.come_back()
        if "error" not in first:
            return "started at the first try"
        again = await self._start_once(seconds)
        return f"{first['error']}; the retried task: {again.get('error', 'started')}"

    async def start_one_and_die(self, seconds: str, until_sent: Callable[[], bool]) -> str:
        """See `System`: the task is done once more, as the scheduler does with one whose process is gone."""
        await self._send(self.followed.start_command(seconds))
        await until(until_sent, _CALL_SECONDS)
        await self.replace_process()
        again = await self._start_once(seconds)
        return f"the retried task: {again.get('error', 'started')}"

    async def _start_once(self, seconds: str) -> Mapping[str, str]:
        await self._send(self.followed.start_command(seconds))
        return await asyncio.wait_for(self._starts.get(), _CALL_SECONDS)

    async def _send(self, command: Mapping[str, Any]) -> None:
        stdin = self._running().stdin
        if stdin is None:
            raise PeerError(f"{self.name} takes no input any more")
        stdin.write(json.dumps(command).encode() + b"\n")
        await stdin.drain()

    async def _read(self) -> None:
        stdout = self._running().stdout
        while stdout is not None and (line := await stdout.readline()):
            event = json.loads(line)
            match event["event"]:
                case "ready":
                    self.version = event["version"]
                    self._ready.set()
                case "ended":
                    outcome = event.get("error") or event["outcome"]
                    self.endings[event["arn"]] = Ending(event["at"], outcome, is_error="error" in event)
                case "started":
                    self._starts.put_nowait(event)
                case unknown:
                    raise PeerError(f"{self.name} reported something unknown: {unknown}")

    def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            raise PeerError(f"{self.name} does not run; see {self._folder / 'logs' / 'peer.log'}")
        return self._process

    def _environment(self) -> dict[str, str]:
        # There is no Temporal in this world; its variables mean nothing to a peer.
        worker = embedded_environment("", self._standin.endpoint_url, {})
        kept = {name: value for name, value in worker.items() if not name.startswith(_KEPT_OUT)}
        home = self._folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        return kept | {"AWS_ENDPOINT_URL": self._standin.endpoint_url, "AIRFLOW_HOME": str(home), "HOME": str(home)}
