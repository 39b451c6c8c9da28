"""What a run sees of its execution through the shared poller, and when it must have seen it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from activities.aws.errors import AwsError
from activities.models import Observation
from activities.resources.table import PIPELINE_EXECUTION
from activities.watching.group import Group
from activities.watching.pace import JITTER, LONGEST_INTERVAL_SECONDS
from activities.watching.poller import SharedPoller
from activities.watching.subscription import Seen, Subscription
from contract.pipeline_document import TERMINAL_STATUSES, run_status
from contract.run import RunStatus
from tests.properties.simulated_aws import LONGEST_LATENCY_SECONDS, PLATFORM, Execution, now

CALLS_SECONDS: Final = 10 * LONGEST_LATENCY_SECONDS
"""For what one poll may need: some pages, and the describe that confirms what they show."""


@dataclass(eq=False)
class Watch:
    """What a run sees of its execution: one subscription after the other, as its workflow makes them."""

    execution: Execution
    interval: float
    seen: str | None
    deadline: Callable[["Watch"], float]
    returned: list[str | None] = field(default_factory=list)
    begun_at: float = 0.0

    async def follow(self, poller: SharedPoller) -> None:
        """Watch to the end."""
        while self.seen not in TERMINAL_STATUSES:
            self.begun_at, execution = now(), self.execution
            seen = Seen(self.seen, None, execution.created_at)
            subscription = Subscription(PIPELINE_EXECUTION, execution.arn, self.interval, seen, self.begun_at)
            with poller.serving(PLATFORM, subscription) as group:
                observed = await self._news(group, subscription)
            news = observed.sagemaker_status
            assert news != self.seen, "no news"
            assert execution.had(news, self.begun_at, now()), f"{news} is not true, or no more"
            late = now() - self.deadline(self)
            assert late <= 0, f"{news} is returned {late} s late to {self}"
            self.seen = news
            self.returned.append(news)

    async def _news(self, group: Group, subscription: Subscription) -> Observation:
        after = self.interval if self.seen else 0.0
        while True:
            try:
                return (await group.news(subscription, after=after)).observed
            except AwsError:
                after = self.interval

    def must_know_by(self, lag: float) -> float:
        """When the present status must have been returned, if AWS answers all calls.

        Args:
            lag: Seconds by which lists are behind.
        """
        unknown = run_status(self.seen) is RunStatus.UNKNOWN and self.seen is not None
        interval = max(self.interval, LONGEST_INTERVAL_SECONDS) if unknown else self.interval
        poll = interval * (1 + JITTER) + self.interval * JITTER + CALLS_SECONDS
        return max(self.execution.since + lag, self.execution.visible_from, self.begun_at) + poll
