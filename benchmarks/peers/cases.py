import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import shorten
from typing import Final

from benchmarks.pacing import until
from benchmarks.peers.executions import Executions
from benchmarks.peers.followed import Followed, LostReplies, whole_seconds
from benchmarks.peers.system import System

INTERVAL_SECONDS: Final = 1
"""Between two polls while cases are tried: nothing is measured, and the SDK's 60 polls shall pass within a minute."""

_RUNS: Final = 20
_LATE_SECONDS: Final = 300.0
_WATCH_SECONDS: Final = 75.0
"""Longer than the SDK's 60 polls take."""

_MANY_POLLS: Final = 62
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
    arns = system.followed.begin([before + lasting * place / _RUNS for place in range(1, _RUNS + 1)])
    await system.follow(arns, INTERVAL_SECONDS, polls=round(10 * lasting))
    await asyncio.sleep(before)
    fault = system.followed.arm("throttle")
    await asyncio.sleep(burst_seconds)
    system.followed.lift(fault)
    lifted = time.time()
    await until(lambda: system.endings.keys() >= set(arns), after + _LATE_SECONDS)
    return Seen(_seen(system, arns, lifted), _reports(system, arns))


async def one_expired_token(system: System) -> Seen:
    """One call is answered ExpiredTokenException; the executions succeed."""
    arns = system.followed.begin([5.0] * _RUNS)
    await system.follow(arns, INTERVAL_SECONDS)
    await asyncio.sleep(2 * INTERVAL_SECONDS)
    fault = system.followed.arm("expired_credentials", times=1)
    await until(lambda: system.endings.keys() >= set(arns), _LATE_SECONDS)
    if not system.followed.hits(fault):
        raise RuntimeError("no call was answered ExpiredTokenException")
    system.followed.lift(fault)
    return Seen(_errors(system, arns), _reports(system, arns))


async def one_lost_reply(system: System) -> Seen:
    """The start takes effect, and its connection is closed instead of a reply."""
    return await _start(system, whole_seconds(2.001), times=1)


async def lost_replies(system: System) -> Seen:
    """The same for as long as the client of the first try goes on; then the task is retried."""
    return await _start(system, whole_seconds(2.002), times=None)


async def killed_in_a_start(system: System) -> Seen:
    """AWS accepts the start, and the process is killed before it has the reply."""
    seconds = whole_seconds(2.003)
    fault = system.followed.arm("hold_reply", system.followed.start_operation, times=1)
    went = await system.start_one_and_die(seconds, lambda: bool(system.followed.hits(fault)))
    system.followed.lift(fault)
    count = system.followed.count(seconds)
    return Seen(f"{count} ({_short(went)})", {went: count})


async def killed(system: System) -> Seen:
    """The process that waits is killed; what it followed succeeds while it is away, and afterwards."""
    arns = system.followed.begin([3.0 + 3.0 * place for place in range(_RUNS)])
    await system.follow(arns, INTERVAL_SECONDS)
    await asyncio.sleep(2 * INTERVAL_SECONDS)
    await system.replace_process()
    await until(lambda: system.endings.keys() >= set(arns), 3.0 * _RUNS + _LATE_SECONDS)
    return Seen(_seen(system, arns), _reports(system, arns))


async def long_wait(system: System, interval: float) -> Seen:
    """Something takes 62 polls, which are 31 minutes at the 30 s that Airflow's operators take by default."""
    lasting = _MANY_POLLS * interval
    arns = system.followed.begin([lasting] * _RUNS)
    await system.follow(arns, interval)
    await until(lambda: system.endings.keys() >= set(arns), lasting + _LATE_SECONDS)
    return Seen(_seen(system, arns), _reports(system, arns))


async def completed_with_failures(system: System) -> Seen:
    """An execution ends as CompletedWithFailures, SageMaker's sixth status."""
    return await _end(system, "CompletedWithFailures")


async def stopped(system: System) -> Seen:
    """It is stopped from outside."""
    return await _end(system, "Stopped")


async def _start(system: System, seconds: str, times: int | None) -> Seen:
    replies = LostReplies(system.followed, times)
    went = await system.start_one(seconds, replies)
    replies.come_back()
    count = system.followed.count(seconds)
    return Seen(f"{count} ({_short(went)})", {went: count})


async def _end(system: System, status: str) -> Seen:
    (arn,) = system.followed.begin([10 * _WATCH_SECONDS])
    await system.follow([arn], INTERVAL_SECONDS)
    await asyncio.sleep(2 * INTERVAL_SECONDS)
    system.followed.end(arn, status)
    forced = time.time()
    await until(lambda: arn in system.endings, _WATCH_SECONDS)
    if arn not in system.endings:
        return Seen(f"no end reported within {_WATCH_SECONDS:.0f} s, at a poll every second", {})
    ending = system.endings[arn]
    verdict = f"{_short(ending.outcome)}, {ending.at - forced:.0f} s after the end"
    return Seen(verdict, _reports(system, [arn]))


def _short(outcome: str) -> str:
    return shorten(outcome, _VERDICT_CHARS, placeholder=" …")


def _seen(system: System, arns: Sequence[str], lifted: float | None = None) -> str:
    """How many ended in error, and how long after its end the others were seen, or after a burst that was lifted."""
    ended, endings = system.followed.ended_at(), system.endings
    early = sum(
        ending.is_error and ending.at < ended.get(arn, ending.at + 1) for arn, ending in endings.items() if arn in arns
    )
    verdict = _errors(system, arns) + (f"; {early} of them before its end" if early else "")
    seen = [arn for arn in arns if arn in endings and not endings[arn].is_error]
    if seen:
        late = max(endings[arn].at - max(ended[arn], lifted or 0.0) for arn in seen)
        which = "all" if len(seen) == len(arns) else "the rest"
        verdict += f"; {which} seen at most {late:.0f} s after end{'' if lifted is None else ' and burst'}"
    return verdict


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


def cases(kind: type[Followed], burst_seconds: float, long_interval: float) -> dict[str, Case]:
    """What can be tried, by the option's word.

    Args:
        kind: What is followed.
        burst_seconds: How long every call is throttled.
        long_interval: Seconds between two polls in the case of many polls.
    """
    noun = kind.noun
    # The last ones may leave polls behind that never end, which would meet the faults of the others.
    tried = {
        "throttled": Case(
            f"every call throttled for {burst_seconds:.0f} s, {noun}s succeed",
            partial(throttled, burst_seconds=burst_seconds),
        ),
        "expired": Case(f"one ExpiredTokenException, {noun}s succeed", one_expired_token),
        "lost-reply": Case(f"start, one reply lost: {noun}s", one_lost_reply),
        "lost-replies": Case(f"start, replies lost until the client gives up, task retried: {noun}s", lost_replies),
        "killed-in-a-start": Case(f"process killed during the start, task retried: {noun}s", killed_in_a_start),
        "killed": Case(f"process killed while it waits, {noun}s succeed", killed),
        "long-wait": Case(
            f"{noun}s take {_MANY_POLLS} polls, {long_interval:g} s apart", partial(long_wait, interval=long_interval)
        ),
        "stopped": Case(f"{noun} ends as Stopped", stopped),
    }
    if kind is not Executions:
        return tried
    return {
        **tried,
        "completed-with-failures": Case("execution ends as CompletedWithFailures", completed_with_failures),
    }
