"""Watches on one shared poller, in virtual time, and the calls that they cost."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, TypeVar

from activities.events.wakeups import WakeUps
from activities.models import Observation
from activities.resources.table import PIPELINE_EXECUTION
from activities.watching.news import News
from activities.watching.poller import SharedPoller
from activities.watching.subscription import Seen, Subscription
from tests.unit.polling.listed_aws import PIPELINE, ListedAws, arn
from tests.unit.virtual_time import in_virtual_time

Found = TypeVar("Found")

INTERVAL = 5.0
LIST, DESCRIBE, STEPS = "list_pipeline_executions", "describe_pipeline_execution", "list_pipeline_execution_steps"


async def observed(news: Awaitable[News]) -> Observation:
    """What was observed when there was news."""
    return (await news).observed


class World:
    """Watches on one poller, and AWS."""

    def __init__(self, aws: ListedAws) -> None:
        self.aws = aws
        self.platform = aws.platform
        self.wake_ups = WakeUps()
        self.poller = SharedPoller(aws, wake_ups=self.wake_ups)
        self._serving: dict[Subscription, ExitStack] = {}
        self._waiting: list[asyncio.Task[Any]] = []
        self.news: dict[int, asyncio.Task[Observation]] = {}
        self.subscriptions: dict[int, Subscription] = {}

    def watch(
        self,
        *numbers: int,
        interval: float = INTERVAL,
        seen: str | None = "Executing",
        after: float | None = None,
        knows_creation: bool = True,
        pipeline: str = PIPELINE,
    ) -> None:
        """Begin to watch executions."""
        for number in numbers:
            created_at = datetime.fromtimestamp(number, UTC) if knows_creation else None
            news = self.subscribe(number, Seen(seen, None, created_at), interval, after, pipeline)
            self.news[number] = self.begin(observed(news))

    def subscribe(
        self,
        number: int,
        seen: Seen,
        interval: float = INTERVAL,
        after: float | None = None,
        pipeline: str = PIPELINE,
    ) -> Coroutine[Any, Any, News]:
        """Subscribe to an execution; returns what waits for its news."""
        now = asyncio.get_running_loop().time()
        subscription = Subscription(PIPELINE_EXECUTION, arn(number, pipeline), interval, seen, now)
        serving = self._serving[subscription] = ExitStack()
        group = serving.enter_context(self.poller.serving(self.platform, subscription))
        self.subscriptions[number] = subscription
        return group.news(subscription, after=interval if after is None else after)

    def begin(self, news: Coroutine[Any, Any, Found]) -> asyncio.Task[Found]:
        """Wait for news in the background, until the scene ends."""
        waiting = asyncio.create_task(news)
        self._waiting.append(waiting)
        return waiting

    async def calls_in(self, seconds: float) -> Counter[str]:
        """The calls of so many virtual seconds."""
        before = self.aws.count()
        await asyncio.sleep(seconds)
        return self.aws.count() - before

    def unsubscribe(self, number: int) -> None:
        """End the watch of an execution, as it does when it has returned its news."""
        self._serving.pop(self.subscriptions[number]).close()

    def leave(self) -> None:
        """End all watches."""
        for waiting in self._waiting:
            waiting.cancel()
        for serving in self._serving.values():
            serving.close()
        self.wake_ups.close()


def run(aws: ListedAws, scene: Callable[[World], Awaitable[None]]) -> None:
    """Play a scene in virtual time; afterwards nothing of it is left."""

    async def play() -> None:
        # Polls are spread at random; a scene spreads them the same way each time.
        random.seed(0)
        world = World(aws)
        await scene(world)
        world.leave()
        # What was under way ends when it next comes to itself.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert [timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()] == []  # type: ignore[attr-defined]  # noqa: SLF001 — no public way

    in_virtual_time(play())
