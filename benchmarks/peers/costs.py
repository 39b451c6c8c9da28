import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.pacing import until
from benchmarks.peers.system import System
from benchmarks.usage import KIB, MIB, Usage, usage

_WARM_UP_RUNS: Final = 5
_WARM_UP_INTERVALS: Final = 3
_SETTLING_SECONDS_PER_RUN: Final = 0.1
_SETTLING_INTERVALS: Final = 3
_ENDING_INTERVALS: Final = 4
_ENDS_PER_SECOND: Final = 10.0
"""At most: the development server closes 20 to 60 workflows a second, and its queue would be measured beyond that."""
_LATE_SECONDS: Final = 60.0
_SECONDS_PER_MINUTE: Final = 60.0


@dataclass(frozen=True)
class Load:
    """What every system is given.

    Attributes:
        runs: Executions or jobs followed at once.
        interval: Seconds between two polls of each.
        minutes: How long the steady state is measured, in which none begins or ends.
    """

    runs: int
    interval: float
    minutes: float


@dataclass(frozen=True)
class Costs:
    """What following an execution or a job costs a system; "whole" is from the hand-over to the last report.

    Attributes:
        calls_whole: AWS calls per run.
        calls_per_minute: AWS calls per run-minute in the steady state.
        cpu_ms_whole: CPU milliseconds of the process per run.
        cpu_ms_per_minute: The same per run-minute in the steady state.
        memory_kib: Resident memory per run in KiB: steady state against the warmed-up idle process.
        idle_mib: Resident memory of the warmed-up idle process in MiB.
        latency_seconds: From the stand-in's terminal moment to the report, for each that was reported.
        server_cpu_ms_per_minute: Milliseconds of a server beside the process per run-minute; None without one.
        operations: AWS calls of all runs, by operation.
        reports: How many were reported how.
        unreported: How many were not reported within a minute after the last one's time.
    """

    calls_whole: float
    calls_per_minute: float
    cpu_ms_whole: float
    cpu_ms_per_minute: float
    memory_kib: float
    idle_mib: float
    latency_seconds: Sequence[float]
    server_cpu_ms_per_minute: float | None
    operations: dict[str, int]
    reports: dict[str, int]
    unreported: int


@dataclass(frozen=True)
class _Moment:
    at: float
    calls: int
    used: Usage
    server_used: Usage | None


async def measure(system: System, load: Load) -> Costs:
    """Let a running system follow executions or jobs that all succeed, and measure what that takes.

    They begin before the system hears of them. They run through a time to settle and the steady state, and
    then end one after the other over four intervals or more, so that an end falls anywhere between two polls.
    """
    await _warm_up(system, load.interval)
    idle = usage(system.pid)
    settling = _SETTLING_SECONDS_PER_RUN * load.runs + _SETTLING_INTERVALS * load.interval
    steady = load.minutes * _SECONDS_PER_MINUTE
    ending = max(_ENDING_INTERVALS * load.interval, load.runs / _ENDS_PER_SECOND)
    # A margin of an interval keeps the first end out of the steady state; the first to begin is the last to end.
    longest = settling + steady + load.interval + ending
    arns = system.followed.begin([longest - ending * place / load.runs for place in range(load.runs)])
    system.followed.forget_calls()
    begin = _now(system)
    # A peer that gives up after so many polls must not do so within the measurement.
    await system.follow(arns, load.interval, polls=2 * round(longest / load.interval) + 10)
    await asyncio.sleep(settling)
    steady_begin = _now(system)
    await asyncio.sleep(steady)
    steady_end = _now(system)
    await until(lambda: system.endings.keys() >= set(arns), ending + _LATE_SECONDS)
    return _costs(system, arns, idle, (begin, steady_begin, steady_end, _now(system)))


async def _warm_up(system: System, interval: float) -> None:
    seconds = _WARM_UP_INTERVALS * interval
    arns = system.followed.begin([seconds] * _WARM_UP_RUNS)
    await system.follow(arns, interval)
    await until(lambda: system.endings.keys() >= set(arns), seconds + _LATE_SECONDS)
    await asyncio.sleep(interval)


def _now(system: System) -> _Moment:
    calls = sum(system.followed.calls().values())
    server = system.server_pid
    return _Moment(time.monotonic(), calls, usage(system.pid), None if server is None else usage(server))


def _costs(
    system: System, arns: Sequence[str], idle: Usage, moments: tuple[_Moment, _Moment, _Moment, _Moment]
) -> Costs:
    begin, steady_begin, steady_end, end = moments
    runs = len(arns)
    run_minutes = runs * (steady_end.at - steady_begin.at) / _SECONDS_PER_MINUTE
    server_cpu = None
    if steady_begin.server_used is not None and steady_end.server_used is not None:
        server_cpu = _cpu_ms(steady_begin.server_used, steady_end.server_used) / run_minutes
    reported = [system.endings[arn] for arn in arns if arn in system.endings]
    return Costs(
        calls_whole=(end.calls - begin.calls) / runs,
        calls_per_minute=(steady_end.calls - steady_begin.calls) / run_minutes,
        cpu_ms_whole=_cpu_ms(begin.used, end.used) / runs,
        cpu_ms_per_minute=_cpu_ms(steady_begin.used, steady_end.used) / run_minutes,
        memory_kib=(steady_end.used.rss_bytes - idle.rss_bytes) / KIB / runs,
        idle_mib=idle.rss_bytes / MIB,
        latency_seconds=_latency(system, arns),
        server_cpu_ms_per_minute=server_cpu,
        operations=system.followed.calls(),
        reports=dict(Counter(ending.outcome for ending in reported)),
        unreported=runs - len(reported),
    )


def _cpu_ms(earlier: Usage, later: Usage) -> float:
    return 1_000 * (later.cpu_seconds - earlier.cpu_seconds)


def _latency(system: System, arns: Sequence[str]) -> list[float]:
    ended = system.followed.ended_at()
    return [system.endings[arn].at - ended[arn] for arn in arns if arn in system.endings]
