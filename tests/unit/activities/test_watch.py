"""The watch: when it polls, what it waits out, and what it returns."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.aws.calls import SageMakerCalls
from activities.aws.error_kinds import Kind
from activities.aws.error_rules import RULES
from activities.aws.platforms import Platform
from activities.models import Observation, WatchRequest
from activities.resources.operations import DESCRIBE_EXECUTION, Operation
from activities.results.observing import StepsObserver
from activities.watching import pace
from activities.watching.group import Group
from activities.watching.patience import Trouble
from activities.watching.poller import SharedPoller
from activities.watching.watch import WatchActivities
from activities.watching.watcher import Progress, first_delay
from tests.unit.activities.attempt import attempt, beats_of
from tests.unit.activities.scripted_aws import ARN
from tests.unit.polling.listed_aws import refusal
from tests.unit.virtual_time import in_virtual_time

INTERVAL = 10.0
EXECUTING, PAUSED, SUCCEEDED = (Observation(sagemaker_status=status) for status in ("Executing", "Paused", "Succeeded"))


class ScriptedPolls:
    """Answers polls as a script has it: what is seen, AWS's code of a refusal, or nothing ever at its end."""

    def __init__(self, *script: Observation | str) -> None:
        self._script = list(script)
        self._last = 0.0
        self.delays: list[float] = []

    async def poll(self, platform: Platform, operation: Operation, **request: Any) -> Any:
        """As `SageMakerCalls.poll`; records the time since the poll before."""
        assert (platform.name, request["PipelineExecutionArn"]) == ("default", ARN)
        if operation != DESCRIBE_EXECUTION:
            return {}
        now = asyncio.get_running_loop().time()
        self.delays.append(now - self._last)
        self._last = now
        if not self._script:
            await asyncio.Event().wait()
        seen = self._script.pop(0)
        if isinstance(seen, str):
            raise refusal(seen, operation, **request)
        return {"PipelineExecutionStatus": seen.sagemaker_status} if seen.sagemaker_status else {}

    async def call(self, platform: Platform, operation: Operation, **request: Any) -> Any:
        """As `SageMakerCalls.call`."""
        return await self.poll(platform, operation, **request)

    @property
    def seconds(self) -> float:
        """How long the polls took, from the watch's begin."""
        return sum(self.delays)


def activities_on(polls: ScriptedPolls, calls: SageMakerCalls) -> WatchActivities:
    """The watch on scripted polls; executions have no steps."""
    return WatchActivities(calls, SharedPoller(polls), StepsObserver(polls))


Watching = Callable[..., Observation]


@pytest.fixture
def watching(calls: SageMakerCalls, monkeypatch: pytest.MonkeyPatch) -> Watching:
    """Runs a watch on scripted polls, in virtual time and without jitter."""
    middle = SimpleNamespace(uniform=lambda low, high: (low + high) / 2)
    monkeypatch.setattr(pace, "random", middle)

    def run(polls: ScriptedPolls, seen: str | None = "Executing", interval: float = INTERVAL) -> Observation:
        wanted = request(seen, interval)
        observed = in_virtual_time(attempt().run(activities_on(polls, calls).watch_pipeline_execution, wanted))
        assert (observed.results is not None) == observed.has_ended
        return observed.model_copy(update={"results": None, "progress": None})

    return run


def request(seen: str | None, interval: float = INTERVAL) -> WatchRequest:
    """A request for the scripted execution."""
    return WatchRequest(platform="default", execution_arn=ARN, seen_status=seen, poll_interval=interval)


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
    ids=["end", "unknown", "back from unknown", "first poll", "ended already", "no status"],
)
def test_it_returns_when_something_changed_or_the_execution_ended(
    watching: Watching, seen: str | None, script: list[Observation], returned: Observation
) -> None:
    """Looks without a change cost the history nothing."""
    assert watching(ScriptedPolls(*script), seen) == returned


def test_it_polls_at_its_interval(watching: Watching) -> None:
    """As long as all is well."""
    polls = ScriptedPolls(*[EXECUTING] * 3, SUCCEEDED)
    watching(polls)
    assert polls.delays == [INTERVAL] * 4


def test_it_polls_an_unknown_status_more_slowly(watching: Watching) -> None:
    """It may be AWS's next terminal one, and then polling has no end."""
    polls = ScriptedPolls(*[PAUSED] * 7, SUCCEEDED)
    watching(polls, "Paused")
    assert polls.delays == [INTERVAL, 20, 40, 80, 160, 300, 300, 300]


def test_it_slows_down_while_there_is_trouble_and_recovers(watching: Watching) -> None:
    """Each kind of trouble counts by itself, and one answered poll ends it."""
    throttled, down = "ThrottlingException", "InternalFailure"
    polls = ScriptedPolls(throttled, throttled, throttled, down, EXECUTING, throttled, SUCCEEDED)
    watching(polls)
    assert polls.delays == [INTERVAL, INTERVAL, 20, 40, INTERVAL, INTERVAL, INTERVAL]


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "ConflictException"])
def test_what_says_nothing_about_the_execution_is_waited_out_for_ever(watching: Watching, code: str) -> None:
    """A day of it is no reason to lose a run."""
    polls = ScriptedPolls(*[code] * 2000, SUCCEEDED)
    assert watching(polls) == SUCCEEDED
    assert polls.seconds > 24 * 3600


@pytest.mark.parametrize(
    ("code", "failure_type", "patience"),
    [
        ("ResourceNotFound", "ExecutionNotFound", 60),
        ("AccessDeniedException", "AccessDenied", 3600),
        ("ValidationException", "InvalidInput", 3600),
        ("ExpiredTokenException", "CredentialsUnavailable", 3600),
        ("UnknownException", "AwsRefused", 3600),
    ],
)
def test_trouble_that_lasts_ends_the_watch(watching: Watching, code: str, failure_type: str, patience: float) -> None:
    """Not before its patience, not long after it, and saying how to go on."""
    polls = ScriptedPolls(*[code] * 100)
    with pytest.raises(ApplicationError) as raised:
        watching(polls)
    assert patience <= polls.seconds - INTERVAL <= patience + 300
    assert (raised.value.type, raised.value.non_retryable) == (failure_type, True)
    assert raised.value.message.startswith(f"{code}: text of AWS — DescribePipelineExecution [execution={ARN}")
    assert raised.value.message.endswith('follow it with "execution_arn" in the input of a new run.')


def test_a_missing_execution_that_shows_up_is_no_trouble(watching: Watching) -> None:
    """Right after a start it may be hidden, and the patience begins again with each series."""
    series = ["ResourceNotFound"] * 3 + [EXECUTING]
    assert watching(ScriptedPolls(*series * 10, SUCCEEDED)) == SUCCEEDED


def test_throttling_is_tried_again_within_a_minute_however_long_it_lasts(watching: Watching) -> None:
    """When a storm ends, all runs are seen again soon."""
    polls = ScriptedPolls(*["ThrottlingException"] * 20, SUCCEEDED)
    watching(polls)
    assert max(polls.delays) == 45


def test_answered_polls_between_two_errors_make_two_series_of_them(watching: Watching) -> None:
    """Though the watch itself sleeps through polls without news."""
    script: list[Observation | str] = ["ResourceNotFound", EXECUTING]
    polls = ScriptedPolls(*script * 50, SUCCEEDED)
    assert watching(polls) == SUCCEEDED


@pytest.mark.parametrize("kind", Kind)
def test_trouble_is_hopeless_after_its_patience_and_some_polls(kind: Kind) -> None:
    """Neither time alone nor polls alone are enough, and some kinds are never hopeless."""
    patience = RULES[kind].patience
    seconds = patience.total_seconds() if patience else 10**9
    slow, fast, patient = Trouble(), Trouble(), Trouble()
    assert not slow.is_hopeless(seconds)
    for _ in range(100):
        fast.met(kind, now=0)
    for trouble in (slow, patient):
        trouble.met(kind, now=0)
    for trouble in (patient, patient):
        trouble.met(kind, now=seconds - 1)
    assert not fast.is_hopeless(seconds - 1)
    assert not patient.is_hopeless(seconds - 1)
    slow.met(kind, now=seconds)
    assert not slow.is_hopeless(seconds)
    assert [fast.is_hopeless(seconds), patient.is_hopeless(seconds)] == [patience is not None] * 2
    fast.met(kind, now=seconds, answered_polls=1)
    patient.met(Kind.THROTTLED if kind is not Kind.THROTTLED else Kind.UNAVAILABLE, now=seconds)
    assert [fast.polls, patient.polls] == [1, 1]
    assert not fast.is_hopeless(seconds)
    assert not patient.is_hopeless(seconds)


def test_a_worker_that_shuts_down_hands_its_watches_over_at_once(calls: SageMakerCalls) -> None:
    """Without an alarm, long before the next poll, and also one that begins only now."""
    activities = activities_on(ScriptedPolls(), calls)

    async def shut_down() -> list[BaseException | Observation]:
        environment = attempt()

        def begin() -> asyncio.Task[Observation]:
            watching = environment.run(activities.watch_pipeline_execution, request("Executing"))
            return asyncio.create_task(watching)

        running = [begin(), begin()]
        await asyncio.sleep(1)
        environment.worker_shutdown()
        await asyncio.sleep(0)
        running.append(begin())
        ends = await asyncio.gather(*running, return_exceptions=True)
        assert asyncio.get_running_loop().time() < INTERVAL / 2
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return ends

    for error in in_virtual_time(shut_down()):
        assert isinstance(error, ApplicationError)
        assert (error.type, error.non_retryable) == ("WorkerShutdown", False)
        assert error.category is ApplicationErrorCategory.BENIGN
        assert error.next_retry_delay is not None
        assert error.next_retry_delay.total_seconds() < 1


def test_heartbeats_show_what_the_watch_sees(calls: SageMakerCalls) -> None:
    """The Web UI shows them on the pending activity."""
    environment = attempt(heartbeat_timeout=4)
    beats = beats_of(environment)
    activities = activities_on(ScriptedPolls(EXECUTING, "ThrottlingException"), calls)

    async def watch_for_a_while() -> None:
        running = asyncio.create_task(environment.run(activities.watch_pipeline_execution, request("Executing")))
        await asyncio.sleep(2.5 * INTERVAL)
        running.cancel()
        await asyncio.wait([running])
        assert asyncio.all_tasks() == {asyncio.current_task()}

    in_virtual_time(watch_for_a_while())
    assert len(beats) == 2.5 * INTERVAL // 2
    assert beats[0] == Progress(sagemaker_status="Executing")
    seen = next(beat for beat in beats if beat.polls == 1)
    assert (seen.sagemaker_status, seen.trouble) == ("Executing", None)
    assert seen.last_poll is not None
    assert (beats[-1].sagemaker_status, beats[-1].polls, beats[-1].last_poll) == ("Executing", 2, seen.last_poll)
    assert beats[-1].trouble.startswith("ThrottlingException: text of AWS")


def test_a_watch_whose_poll_was_lost_fails_instead_of_heartbeating_on(
    calls: SageMakerCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Temporal tries it again, in a fresh attempt."""
    monkeypatch.setattr(Group, "_poll", lambda *_: None)
    environment = attempt(heartbeat_timeout=60)
    activities = activities_on(ScriptedPolls(), calls)

    async def watch_for_a_while() -> float:
        with pytest.raises(ApplicationError) as raised:
            async with asyncio.timeout(3600):
                await environment.run(activities.watch_pipeline_execution, request("Executing"))
        assert (raised.value.type, raised.value.non_retryable) == ("PollingStalled", False)
        assert ARN in raised.value.message
        return asyncio.get_running_loop().time()

    assert 300 <= in_virtual_time(watch_for_a_while()) <= 300 + 1.1 * INTERVAL + 60


def test_a_poll_interval_from_before_the_floor_is_raised_to_it(watching: Watching) -> None:
    """A run that was started with 1e-9 made 390 calls a second."""
    polls = ScriptedPolls(*[EXECUTING] * 3, SUCCEEDED)
    watching(polls, interval=1e-9)
    assert polls.delays == [1.0] * 4


@pytest.mark.parametrize(
    ("number", "seen", "least", "longest"),
    [(1, None, 0, 1), (2, "Executing", 0, 3600), (2, None, 0, 3600), (1, "Executing", 3240, 3960)],
    ids=["nothing is known", "a worker was lost", "and had seen nothing", "just seen"],
)
def test_the_first_poll_comes_when_there_may_be_news(
    number: int, seen: str | None, least: float, longest: float
) -> None:
    """What was seen a moment ago needs no poll now."""
    delays = [attempt(number).run(first_delay, 3600, seen) for _ in range(100)]
    assert all(least <= delay <= longest for delay in delays)
    assert len(set(delays)) > 1
