"""A watch's standing wish to be told when its execution is no longer what it was."""

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from activities.models import Observation
from activities.results.changes import has_changes
from activities.results.reading import Step
from activities.watching.intervals import jittered, slowed_down, spread
from activities.watching.pages import worth
from activities.watching.step_turns import StepTurns
from contract.run_document import RunStatus, run_status

LONGEST_WITHOUT_DESCRIBE_SECONDS: Final = 1800.0
"""Lists that show an end late are made up for by their own delay; one that never shows it, by this."""


class News(NamedTuple):
    """What a watch has waited for."""

    observed: Observation
    steps: Sequence[Step] | None = None
    """All steps that have started, if they are the news."""


class Subscription:
    """One watch's place at the poller. Times are those of the event loop's clock, in seconds.

    Attributes:
        execution_arn: What is looked at.
        created_at: The execution's creation, in seconds since the epoch, as far as it is known.
        due: When the next look must have come.
        describes: Describes under way.
        sagemaker_status: Status last seen.
        polls: Looks so far, those that failed included.
        good_looks: Looks so far to which AWS gave an answer.
        last_poll: When the status was last seen.
        trouble: Why the last look failed; None if it did not.
        steps_trouble: Why the last reading of the steps failed; None if it did not.
        steps_under_way: Whether they are being read.
        reschedule: Told when a look is due, in the loop's time; the poller sets it.
    """

    __slots__ = (
        "_doubts",
        "_given_up",
        "_interval",
        "_news",
        "_seen_status",
        "_seen_steps",
        "_step_turns",
        "_trusts_lists_from",
        "_unknown_looks",
        "created_at",
        "describe_due",
        "describes",
        "due",
        "execution_arn",
        "good_looks",
        "last_poll",
        "polls",
        "reschedule",
        "sagemaker_status",
        "steps_trouble",
        "steps_under_way",
        "trouble",
    )

    def __init__(
        self,
        execution_arn: str,
        *,
        interval: float,
        seen_status: str | None,
        created_at: datetime | None = None,
        seen_steps: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare to be served by a poller.

        Args:
            execution_arn: What to look at.
            interval: Seconds between two looks.
            seen_status: The status that is no news.
            created_at: The execution's creation, if it is known; it tells how far down it stands in lists.
            seen_steps: Marks of the steps that are no news, by key; None if no step ever is.
        """
        self.execution_arn = execution_arn
        self.created_at = None if created_at is None else created_at.timestamp()
        self.due = math.inf
        self.describe_due = math.inf
        self.describes = 0
        self.sagemaker_status = seen_status
        self.polls = self.good_looks = 0
        self.last_poll: datetime | None = None
        self.trouble: str | None = None
        self._interval = interval
        self._seen_status = seen_status
        self.reschedule: Callable[[float], None] = lambda _: None
        self._seen_steps = seen_steps
        self._step_turns: StepTurns | None = None
        self.steps_trouble: str | None = None
        self.steps_under_way = False
        self._news: asyncio.Future[News] | None = None
        self._given_up: Exception | None = None
        self._unknown_looks = 0
        self._doubts = 0
        self._trusts_lists_from = 0.0

    async def news(self, *, after: float) -> News:
        """Wait until the execution has another status than the one seen, or other steps, or has ended.

        Args:
            after: Seconds until the first look; the others follow at the interval.

        Raises:
            botocore.exceptions.ClientError: AWS answered a look with an error.
            botocore.exceptions.BotoCoreError: A look could not be made, or no answer came.
            Exception: What `give_up` was given.
        """
        if self._given_up is not None:
            raise self._given_up
        loop = asyncio.get_running_loop()
        self._news = loop.create_future()
        self.due = loop.time() + after
        if self.describe_due == math.inf:
            self.describe_due = loop.time() + LONGEST_WITHOUT_DESCRIBE_SECONDS * spread()
            if self._seen_steps is not None:
                self._step_turns = StepTurns(self._interval, self._seen_steps, loop.time())
        self.reschedule(self.due)
        return await self._news

    @property
    def interval(self) -> float:
        """Seconds between two looks: longer while AWS says a status that nobody knows, for that may last for ever."""
        return slowed_down(self._interval, self._unknown_looks)

    def is_due(self, now: float) -> bool:
        """Whether a look must be made that is not under way."""
        return self.due <= now and not self.describes

    def worth_in_list(self, now: float) -> float:
        """Tell how much of a describe a list would save now (`pages.worth`)."""
        if self.describes or (self._doubts and now < self._trusts_lists_from):
            return 0.0
        return worth(self.due - now, self.interval)

    def listed(self, status: str | None, created_at: float | None, *, now: float, factor: float) -> bool:
        """Take note of what a list shows.

        Args:
            status: The execution's status there.
            created_at: Its creation there, in seconds since the epoch.
            now: When.
            factor: Spreads the next look; the same for all that one list shows, so that they stay together.

        Returns:
            Whether a describe must tell the truth now: for a list may lag, and has no reasons. Once a describe has
            disagreed with the list, the run is described at its own interval until the two agree.
        """
        self.created_at = created_at or self.created_at
        if status != self.sagemaker_status:
            if self._doubts and now >= self._trusts_lists_from:
                self.doubt_lists(now)
            return not self._doubts and not self.describes
        self._doubts = 0
        self._seen_again(now, factor)
        return now >= self.describe_due and not self.describes

    def doubt_lists(self, now: float) -> None:
        """Leave this run out of the reasons to read a list for a while: lists show it wrongly, or not at all."""
        self._doubts += 1
        self._trusts_lists_from = now + slowed_down(self._interval, self._doubts)

    def wants_steps(self, now: float) -> bool:
        """Whether its steps are worth reading now.

        Not while a describe is under way, which may tell the end, and not once there is news: an end has its steps
        read after it, and after other news the next watch reads them.
        """
        if self._step_turns is None or self._news is None or self._news.done():
            return False
        return not self.describes and not self.steps_under_way and self._step_turns.are_due(now)

    @property
    def wants_first_steps(self) -> bool:
        """Whether its steps were never read."""
        return self._step_turns is not None and self._step_turns.is_first

    @property
    def waits_for_steps_since(self) -> float:
        """When its steps were read last."""
        return -math.inf if self._step_turns is None else self._step_turns.waits_since

    def reads_steps(self, now: float) -> None:
        """Take note that a reading of its steps begins."""
        self.steps_under_way = True
        if self._step_turns is not None:
            self._step_turns.read(now)

    def has_news_in(self, steps: Sequence[Step]) -> bool:
        """Whether these steps are not those that were seen."""
        return self._seen_steps is not None and has_changes(steps, self._seen_steps)

    def described(self, observed: Observation, *, now: float, steps: Sequence[Step] | None = None) -> None:
        """Take note of what a describe says, and wake the watch if that is news; `steps` are, if given."""
        if self._step_turns is not None:
            self._step_turns.described(observed.last_modified_at, now)
        self.describe_due = now + jittered(LONGEST_WITHOUT_DESCRIBE_SECONDS)
        self.sagemaker_status = observed.sagemaker_status
        if observed.created_at is not None and self.created_at is None:
            self.created_at = observed.created_at.timestamp()
        is_news = steps is not None or observed.has_ended or observed.sagemaker_status != self._seen_status
        self._seen_again(now, spread())
        if is_news and self._news is not None and not self._news.done():
            self._news.set_result(News(observed, steps))

    def failed(self, error: Exception) -> None:
        """Take note of a look that failed, and wake the watch, which says when to look again."""
        self.polls += 1
        self.due = math.inf
        if self._news is not None and not self._news.done():
            self._news.set_exception(error)

    def put_off(self, trouble: str, *, until: float) -> None:
        """Take note of a list that failed; the watch waits on."""
        self.polls += 1
        self.trouble = trouble
        self.due = until

    def give_up(self, error: Exception) -> None:
        """End the waiting for good."""
        self._given_up = error
        if self._news is not None and not self._news.done():
            self._news.set_exception(error)

    def _seen_again(self, now: float, factor: float) -> None:
        self.polls += 1
        self.good_looks += 1
        self.last_poll = datetime.now(UTC)
        self.trouble = None
        if run_status(self.sagemaker_status) is RunStatus.UNKNOWN and self.sagemaker_status == self._seen_status:
            self._unknown_looks += 1
        self.due = now + self.interval * factor
