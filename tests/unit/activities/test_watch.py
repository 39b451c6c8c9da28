"""The watch: when it looks, what it puts up with, and what it returns."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities import watch
from activities.aws.calls import SageMakerCalls
from activities.aws.errors import Kind
from activities.aws.platforms import Platform
from activities.models import Observation, WatchRequest
from activities.watch import (
    PATIENCE,
    Progress,
    Trouble,
    WatchActivities,
    first_delay,
    jittered,
    slowed_down,
)
from tests.unit.activities.attempt import attempt, beats_of
from tests.unit.activities.scripted_aws import ARN
from tests.workflows.stage import until

INTERVAL = 10.0
EXECUTING, PAUSED, SUCCEEDED = (Observation(sagemaker_status=status) for status in ("Executing", "Paused", "Succeeded"))


def error(code: str) -> ClientError:
    """A refusal of a look."""
    return ClientError({"Error": {"Code": code, "Message": "text of AWS"}}, "DescribePipelineExecution")


class Clock:
    """Time that passes only in a test's own words."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        """As `time.monotonic`."""
        return self.now


class ScriptedPoller:
    """Gives looks as a script has them: what is seen, AWS's code of a refusal, or nothing ever at its end."""

    def __init__(self, clock: Clock, *script: Observation | str) -> None:
        self._clock = clock
        self._script = list(script)
        self.delays: list[float] = []

    async def look(self, platform: Platform, execution_arn: str, *, after: float) -> Observation:
        """Let the delay pass on the test's clock."""
        assert (platform.name, execution_arn) == ("default", ARN)
        self.delays.append(after)
        self._clock.now += after
        await asyncio.sleep(0)
        if not self._script:
            await asyncio.Event().wait()
        seen = self._script.pop(0)
        if isinstance(seen, str):
            raise error(seen)
        return seen

    def wake(self, execution_arn: str) -> None:
        """Nobody is woken here."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The watch's clock, with the jitter taken out."""
    clock = Clock()
    monkeypatch.setattr(watch, "time", clock)
    monkeypatch.setattr(watch, "random", SimpleNamespace(uniform=lambda low, high: (low + high) / 2))
    return clock


Watching = Callable[..., Any]


@pytest.fixture
def watching(calls: SageMakerCalls) -> Watching:
    """Runs a watch on a scripted poller."""

    async def run(
        poller: ScriptedPoller, seen: str | None = "Executing", environment: ActivityEnvironment | None = None
    ) -> Observation:
        activities = WatchActivities(calls, poller)
        request = WatchRequest(platform="default", execution_arn=ARN, seen_status=seen, poll_interval=INTERVAL)
        environment = environment or attempt()
        return await asyncio.wait_for(environment.run(activities.watch_pipeline_execution, request), 5)

    return run


@pytest.mark.parametrize(
    ("seen", "script", "returned"),
    [
        ("Executing", [EXECUTING, EXECUTING, SUCCEEDED], SUCCEEDED),
        ("Executing", [EXECUTING, PAUSED, SUCCEEDED], PAUSED),
        ("Paused", [PAUSED, PAUSED, EXECUTING], EXECUTING),
        (None, [EXECUTING], EXECUTING),
        ("Succeeded", [SUCCEEDED], SUCCEEDED),
        ("Executing", [Observation(), EXECUTING], Observation()),
    ],
    ids=["end", "unknown", "back from unknown", "first look", "ended already", "no status"],
)
async def test_it_returns_when_something_changed_or_the_execution_ended(
    clock: Clock, watching: Watching, seen: str | None, script: list[Observation], returned: Observation
) -> None:
    """Looks without a change cost the history nothing."""
    assert await watching(ScriptedPoller(clock, *script), seen) == returned


async def test_it_looks_at_its_interval(clock: Clock, watching: Watching) -> None:
    """As long as all is well."""
    poller = ScriptedPoller(clock, *[EXECUTING] * 3, SUCCEEDED)
    await watching(poller)
    assert poller.delays == [INTERVAL] * 4


async def test_it_looks_slower_at_a_status_that_nobody_knows(clock: Clock, watching: Watching) -> None:
    """It may be AWS's next terminal one, and then looking has no end."""
    poller = ScriptedPoller(clock, *[PAUSED] * 7, SUCCEEDED)
    await watching(poller, "Paused")
    assert poller.delays == [INTERVAL, 20, 40, 80, 160, 300, 300, 300]


async def test_it_slows_down_while_there_is_trouble_and_recovers(clock: Clock, watching: Watching) -> None:
    """Each kind of trouble counts by itself, and one good look ends it."""
    throttled, down = "ThrottlingException", "InternalFailure"
    poller = ScriptedPoller(clock, throttled, throttled, throttled, down, EXECUTING, throttled, SUCCEEDED)
    await watching(poller)
    assert poller.delays == [INTERVAL, INTERVAL, 20, 40, INTERVAL, INTERVAL, INTERVAL]


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "ConflictException"])
async def test_what_says_nothing_about_the_execution_is_sat_out_for_ever(
    clock: Clock, watching: Watching, code: str
) -> None:
    """A day of it is no reason to lose a run."""
    poller = ScriptedPoller(clock, *[code] * 300, SUCCEEDED)
    assert await watching(poller) == SUCCEEDED
    assert clock.now > 24 * 3600


@pytest.mark.parametrize(
    ("code", "failure_type", "patience"),
    [
        ("ResourceNotFound", "ExecutionNotFound", 60),
        ("AccessDeniedException", "AccessDenied", 3600),
        ("ValidationException", "InvalidInput", 3600),
        ("ExpiredTokenException", "CredentialsUnavailable", 3600),
        ("NobodyKnowsThisException", "AwsRefused", 3600),
    ],
)
async def test_trouble_that_lasts_ends_the_watch(
    clock: Clock, watching: Watching, code: str, failure_type: str, patience: float
) -> None:
    """Not before its patience, not long after it, and saying how to go on."""
    with pytest.raises(ApplicationError) as raised:
        await watching(ScriptedPoller(clock, *[code] * 100))
    assert patience <= clock.now - INTERVAL <= patience + 300
    assert (raised.value.type, raised.value.non_retryable) == (failure_type, True)
    assert raised.value.message.startswith(f"{code}: text of AWS — DescribePipelineExecution [execution={ARN}")
    assert raised.value.message.endswith('follow it with "execution_arn" in the input of a new run.')


async def test_a_missing_execution_that_shows_up_is_no_trouble(clock: Clock, watching: Watching) -> None:
    """Right after a start it may be hidden, and the patience starts anew with each series."""
    series = ["ResourceNotFound"] * 3 + [EXECUTING]
    assert await watching(ScriptedPoller(clock, *series * 10, SUCCEEDED)) == SUCCEEDED


@pytest.mark.parametrize("kind", Kind)
def test_trouble_is_hopeless_after_its_patience_and_some_looks(clock: Clock, kind: Kind) -> None:
    """Neither time alone nor looks alone are enough, and some kinds are never hopeless."""
    patience = PATIENCE.get(kind)
    seconds = patience.total_seconds() if patience else 10**9
    slow, fast, patient = Trouble(), Trouble(), Trouble()
    assert not slow.is_hopeless
    for _ in range(100):
        fast.met(kind)
    for trouble in (slow, patient):
        trouble.met(kind)
    clock.now = seconds - 1
    for trouble in (patient, patient):
        trouble.met(kind)
    assert not fast.is_hopeless
    assert not patient.is_hopeless
    clock.now = seconds
    slow.met(kind)
    assert not slow.is_hopeless
    assert [fast.is_hopeless, patient.is_hopeless] == [patience is not None] * 2
    patient.met(Kind.THROTTLED if kind is not Kind.THROTTLED else Kind.UNAVAILABLE)
    assert not patient.is_hopeless
    assert patient.looks == 1


async def test_a_worker_that_shuts_down_hands_the_watch_over_at_once(clock: Clock, watching: Watching) -> None:
    """Without an alarm, and long before the next look."""
    environment = attempt()
    running = asyncio.create_task(watching(ScriptedPoller(clock), environment=environment))
    await asyncio.sleep(0.01)
    environment.worker_shutdown()
    with pytest.raises(ApplicationError) as raised:
        await asyncio.wait_for(running, 5)
    assert (raised.value.type, raised.value.non_retryable) == ("WorkerShutdown", False)
    assert raised.value.category is ApplicationErrorCategory.BENIGN
    assert raised.value.next_retry_delay is not None
    assert raised.value.next_retry_delay.total_seconds() < 1


async def test_heartbeats_show_what_the_watch_sees(clock: Clock, watching: Watching) -> None:
    """The Web UI shows them on the pending activity."""
    environment = attempt(heartbeat_timeout=0.003)
    beats = beats_of(environment)
    poller = ScriptedPoller(clock, "ThrottlingException", "ThrottlingException")
    running = asyncio.create_task(watching(poller, environment=environment))
    await until(lambda: [beat for beat in beats if beat.polls > 2])
    running.cancel()
    await asyncio.wait([running])
    assert beats[0] == Progress(sagemaker_status="Executing")
    assert beats[-1].sagemaker_status == "Executing"
    assert beats[-1].trouble.startswith("ThrottlingException: text of AWS")


def request_after(seen: str | None) -> WatchRequest:
    """A request whose interval is an hour."""
    return WatchRequest(platform="default", execution_arn=ARN, seen_status=seen, poll_interval=3600)


@pytest.mark.parametrize(
    ("number", "seen", "least", "longest"),
    [(1, None, 0, 1), (2, "Executing", 0, 1), (1, "Executing", 3240, 3960)],
    ids=["nothing is known", "a worker was lost", "just seen"],
)
def test_the_first_look_comes_when_there_may_be_news(
    number: int, seen: str | None, least: float, longest: float
) -> None:
    """What was seen a moment ago needs no look now."""
    delays = [attempt(number).run(first_delay, request_after(seen)) for _ in range(100)]
    assert all(least <= delay <= longest for delay in delays)
    assert len(set(delays)) > 1


@pytest.mark.parametrize(
    ("interval", "times", "slower"),
    [
        (10, 0, 10),
        (10, 1, 20),
        (10, 4, 160),
        (10, 5, 300),
        (10, 10**9, 300),
        (0.1, 3, 0.8),
        (900, 0, 900),
        (900, 5, 900),
    ],
)
def test_an_interval_doubles_up_to_five_minutes(interval: float, times: int, slower: float) -> None:
    """A longer one was somebody's wish and stays."""
    assert slowed_down(interval, times) == pytest.approx(slower)


def test_the_jitter_is_a_tenth_and_right_on_average() -> None:
    """Watches that were started together do not march in step."""
    delays = [jittered(100.0) for _ in range(2000)]
    assert 90 <= min(delays) < 92
    assert 108 < max(delays) <= 110
    assert sum(delays) / len(delays) == pytest.approx(100, abs=1)
