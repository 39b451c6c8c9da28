"""Watches on one shared poller, in virtual time, and the calls that they cost."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, TypeVar

from activities.models import Observation
from activities.watching.poller import SharedPoller
from activities.watching.subscription import Subscription
from tests.unit.polling.listed_aws import PLATFORM, ListedAws, arn
from tests.unit.virtual_time import in_virtual_time

Found = TypeVar("Found")

INTERVAL = 5.0
LIST, DESCRIBE, STEPS = "list_pipeline_executions", "describe_pipeline_execution", "list_pipeline_execution_steps"


async def observed(subscription: Subscription, after: float) -> Observation:
    """What a subscription's news are."""
    return (await subscription.news(after=after)).observed


class World:
    """Watches on one poller, and AWS."""

    def __init__(self, aws: ListedAws, looks_at_once: int = 16) -> None:
        self.aws = aws
        self.poller = SharedPoller(aws, looks_at_once)
        self._serving = ExitStack()
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
    ) -> None:
        """Begin to watch executions."""
        for number in numbers:
            created_at = datetime.fromtimestamp(number, UTC) if knows_creation else None
            subscription = self.subscribe(number, interval=interval, seen_status=seen, created_at=created_at)
            self.news[number] = self.begin(observed(subscription, interval if after is None else after))

    def subscribe(self, number: int, **wish: Any) -> Subscription:
        """Have an execution looked at, at the usual interval and as executing unless the wish is another."""
        wish = {"interval": INTERVAL, "seen_status": "Executing", **wish}
        subscription = Subscription(arn(number), **wish)
        self._serving.enter_context(self.poller.serving(PLATFORM, subscription))
        self.subscriptions[number] = subscription
        return subscription

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

    def leave(self) -> None:
        """End all watches."""
        for waiting in self._waiting:
            waiting.cancel()
        self._serving.close()


def run(aws: ListedAws, scene: Callable[[World], Awaitable[None]], **options: Any) -> None:
    """Play a scene in virtual time; afterwards nothing of it is left."""

    async def play() -> None:
        # Looks are spread at random; a scene spreads them the same way each time.
        random.seed(0)
        world = World(aws, **options)
        await scene(world)
        world.leave()
        # What was under way ends when it next comes to itself.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert [timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()] == []  # type: ignore[attr-defined]  # noqa: SLF001 — no public way

    in_virtual_time(play())
