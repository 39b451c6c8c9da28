"""All receivers of a process: one for each queue."""

import asyncio
from collections import defaultdict

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform
from activities.events.queue import SqsQueue
from activities.events.receiver import Outcome, Receiver
from activities.events.wakeups import WakeUps
from activities.resources.table import KINDS

_KINDS_WITH_EVENTS = tuple(kind.noun for kind in KINDS if kind.event is not None and (kind.job or kind.stop))


async def receive_events(calls: SageMakerCalls, wake_ups: WakeUps) -> None:
    """Receive the events of all platforms that have a queue, until cancelled, which takes effect at once.

    Platforms that name one queue share a receiver, which uses the credentials of the first of them.

    Args:
        calls: Reach AWS, and know the platforms.
        wake_ups: What waits for events.
    """
    platforms_of: defaultdict[str, list[Platform]] = defaultdict(list)
    for platform in calls.platforms:
        if platform.events is not None:
            platforms_of[platform.events.queue_url].append(platform)
    metrics = calls.telemetry.metrics
    for platforms in platforms_of.values():
        for platform in platforms:
            metrics.expect_events(platform.name, Outcome, _KINDS_WITH_EVENTS)
    queues = {url: SqsQueue(calls, platforms[0], url) for url, platforms in platforms_of.items()}
    try:
        async with asyncio.TaskGroup() as receivers:
            for url, platforms in platforms_of.items():
                names = [platform.name for platform in platforms]
                receivers.create_task(Receiver(queues[url], names, wake_ups, metrics).run())
    finally:
        for queue in queues.values():
            queue.close()
        wake_ups.close()
