"""The poller that the watches of a worker share."""

from collections.abc import Iterator
from contextlib import contextmanager

from activities.aws.platforms import Platform
from activities.metrics import Metrics
from activities.watching.looks import LookingCalls, Looks
from activities.watching.pipeline import PipelinePoller
from activities.watching.subscription import Subscription
from contract.arns import pipeline_arn


class SharedPoller:
    """Looks at executions for all watches of a process, with as few calls as can be."""

    def __init__(self, calls: LookingCalls, looks_at_once: int, metrics: Metrics | None = None) -> None:
        """Prepare a poller that nobody uses yet.

        Args:
            calls: Reaches AWS.
            looks_at_once: Calls under way at once on each platform.
            metrics: Counts the looks; nobody does if left out.
        """
        self._calls = calls
        self._metrics = metrics or Metrics()
        self._looks_at_once = looks_at_once
        self._looks: dict[str, Looks] = {}
        self._pipelines: dict[str, dict[str, PipelinePoller]] = {}

    @contextmanager
    def serving(self, platform: Platform, subscription: Subscription) -> Iterator[None]:
        """Look at a subscription's execution for as long as the block runs.

        Args:
            platform: Where the execution runs.
            subscription: The watch's wish; told what is seen.
        """
        arn = pipeline_arn(subscription.execution_arn)
        pollers = self._pipelines.setdefault(platform.name, {})
        if arn not in pollers:
            pollers[arn] = PipelinePoller(self._looks_of(platform), arn)
        poller = pollers[arn]
        poller.add(subscription)
        try:
            yield
        finally:
            poller.remove(subscription)
            if poller.is_empty:
                del pollers[arn]

    def wake(self, execution_arn: str) -> None:
        """Look at an execution now: something just happened to it. If nobody here watches it, nothing is done."""
        for pollers in self._pipelines.values():
            if poller := pollers.get(pipeline_arn(execution_arn)):
                poller.wake(execution_arn)

    def _looks_of(self, platform: Platform) -> Looks:
        if platform.name not in self._looks:
            self._looks[platform.name] = Looks(self._calls, platform, self._looks_at_once, self._metrics)
        return self._looks[platform.name]
