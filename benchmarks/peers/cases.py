import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import shorten
from typing import Final

from benchmarks.pacing import until
from benchmarks.peers.executions import LostReplies, whole_seconds
from benchmarks.peers.system import System

INTERVAL_SECONDS: Final = 1
"""Between two polls while cases are tried: nothing is measured, and the SDK's 60 polls shall pass within a minute."""

_RUNS: Final = 20
_LATE_SECONDS: Final = 300.0
_WATCH_SECONDS: Final = 75.0
"""Longer than the SDK's 60 polls take."""

_VERDICT_CHARS: Final = 200


@dataclass(frozen=True)
class Seen:
    """What a system did in a case.

    Attributes:
        verdict: In short, as the table shows it.
        reports: How many executions were reported how.
    """

    verdict: str
    reports: dict[str, int]


@dataclass(frozen=True)
class Case:
    """Something that happens.

    Attributes:
        title: What happens, in the words of the table.
        attempt: Lets it happen to a running system, and returns what that did.
    """

    title: str
    attempt: Callable[[System], Awaitable[Seen]]


async def throttled(system: System, burst_seconds: float) -> Seen:
    """Every call is throttled for a while; the executions succeed during that time and after it.

    boto's own retries outlast some 15 seconds.
    """
    before, after = 5.0, 15.0
    lasting = burst_seconds + after
    arns = system.executions.begin([before + lasting * place / _RUNS for place in range(1, _RUNS + 1)])
    await system.follow(arns, INTERVAL_SECONDS, polls=round(10 * lasting))
    await asyncio.sleep(before)
    fault = system.executions.arm("throttle")
    await asyncio.sleep(burst_seconds)
    system.executions.lift(fault)
    lifted = time.time()
    await until(lambda: system.endings.keys() >= set(arns), after + _LATE_SECONDS)
    ended, endings = system.executions.ended_at(), system.endings
    seen = [arn for arn in arns if arn in endings and not endings[arn].is_error]
    verdict = _errors(system, arns)
    if seen:
        late = max(endings[arn].at - max(ended[arn], lifted) for arn in seen)
        which = "all" if len(seen) == len(arns) else "the rest"
        verdict += f"; {which} seen at most {late:.0f} s after end and burst"
    return Seen(verdict, _reports(system, arns))


async def one_expired_token(system: System) -> Seen:
    """One call is answered ExpiredTokenException; the executions succeed."""
    arns = system.executions.begin([5.0] * _RUNS)
    await system.follow(arns, INTERVAL_SECONDS)
    await asyncio.sleep(2 * INTERVAL_SECONDS)
    fault = system.executions.arm("expired_credentials", times=1)
    await until(lambda: system.endings.keys() >= set(arns), _LATE_SECONDS)
    if not system.executions.hits(fault):
        raise RuntimeError("no call was answered ExpiredTokenException")
    system.executions.lift(fault)
    return Seen(_errors(system, arns), _reports(system, arns))


async def one_lost_reply(system: System) -> Seen:
    """The start takes effect, and its connection is closed instead of a reply."""
    return await _start(system, whole_seconds(2.001), times=1)


async def lost_replies(system: System) -> Seen:
    """The same for as long as the client of the first try goes on; then the task is retried."""
    return await _start(system, whole_seconds(2.002), times=None)


async def completed_with_failures(system: System) -> Seen:
    """An execution ends as CompletedWithFailures, SageMaker's sixth status."""
    return await _end(system, "CompletedWithFailures")


async def stopped(system: System) -> Seen:
    """An execution is stopped from outside."""
    return await _end(system, "Stopped")


async def _start(system: System, seconds: str, times: int | None) -> Seen:
    replies = LostReplies(system.executions, times)
    went = await system.start_execution({"Seconds": seconds}, replies)
    replies.come_back()
    count = system.executions.count(seconds)
    return Seen(f"{count} ({_short(went)})", {went: count})


async def _end(system: System, status: str) -> Seen:
    (arn,) = system.executions.begin([10 * _WATCH_SECONDS])
    await system.follow([arn], INTERVAL_SECONDS)
    await asyncio.sleep(2 * INTERVAL_SECONDS)
    system.executions.force(arn, status)
    forced = time.time()
    await until(lambda: arn in system.endings, _WATCH_SECONDS)
    if arn not in system.endings:
        return Seen(f"no end reported within {_WATCH_SECONDS:.0f} s, at a poll every second", {})
    ending = system.endings[arn]
    verdict = f"{_short(ending.outcome)}, {ending.at - forced:.0f} s after the end"
    return Seen(verdict, _reports(system, [arn]))


def _short(outcome: str) -> str:
    return shorten(outcome, _VERDICT_CHARS, placeholder=" …")


def _errors(system: System, arns: Sequence[str]) -> str:
    errors = [ending for arn in arns if (ending := system.endings.get(arn)) is not None and ending.is_error]
    open_runs = sum(arn not in system.endings for arn in arns)
    verdict = f"{len(errors)} of {len(arns)} ended in error"
    if errors:
        kind = Counter(ending.outcome for ending in errors).most_common(1)[0][0]
        verdict += f": {_short(kind)}"
    return verdict + (f"; {open_runs} not reported" if open_runs else "")


def _reports(system: System, arns: Sequence[str]) -> dict[str, int]:
    return dict(Counter(system.endings[arn].outcome for arn in arns if arn in system.endings))


def cases(burst_seconds: float) -> dict[str, Case]:
    """What can be tried, by the option's word.

    Args:
        burst_seconds: How long every call is throttled.
    """
    # The last ones may leave polls behind that never end, which would meet the faults of the others.
    return {
        "throttled": Case(
            f"every call throttled for {burst_seconds:.0f} s, executions succeed",
            partial(throttled, burst_seconds=burst_seconds),
        ),
        "expired": Case("one ExpiredTokenException, executions succeed", one_expired_token),
        "lost-reply": Case("start, one reply lost: executions", one_lost_reply),
        "lost-replies": Case("start, replies lost until the client gives up, task retried: executions", lost_replies),
        "stopped": Case("execution ends as Stopped", stopped),
        "completed-with-failures": Case("execution ends as CompletedWithFailures", completed_with_failures),
    }
