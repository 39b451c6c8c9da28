"""One watch's place in its group."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from activities.events.trust import EventRecord
from activities.models import Observation
from activities.resources.kind import ResourceKind
from activities.resources.observation import mark_of
from activities.resources.replaced import is_outdated, is_replaced, replaced
from activities.results.digests import SeenDigests
from activities.results.reading import Step
from activities.watching.list_trust import ListTrust
from activities.watching.news import AwaitedNews, News
from activities.watching.pace import JITTER, slowed_down, spread
from activities.watching.pages import worth
from activities.watching.progress_turns import ProgressTurns
from activities.watching.sources import Entry
from activities.watching.step_turns import StepTurns
from contract.arns import resource_key
from contract.run import RunStatus


class Seen(NamedTuple):
    """What a watch knows of an execution before it is polled."""

    status: str | None = None
    """The status that is no news."""
    steps: Mapping[str, str] | None = None
    """Marks of the steps that are no news, by key; None if steps are not followed."""
    created_at: datetime | None = None
    """Its creation, which determines the position in lists."""
    progress: ProgressTurns | None = None
    """What is no news of a job's progress; None if progress is not followed."""
    is_recent: bool = True
    """Whether the status was seen just now, and not by a watch whose worker was lost."""
    digests: SeenDigests | None = None
    """What is no news of the details and reasons of steps; None where that is not compared."""


class Subscription:
    """When one execution must be polled next, and what was seen of it. Times are those of the event loop's clock.

    Attributes:
        kind: What is polled.
        arn: Which one, as AWS spelled it when it was started.
        events: How ends come to be known where the execution is; None where no events come.
        event_at: When the last event for it came.
        created_at: Its creation in seconds since the epoch, if known.
        due: When the next poll must have been made.
        describes: Describes in flight.
        sagemaker_status: The status seen last.
        polls: Polls so far, failed ones included.
        answered_polls: Polls so far that AWS answered.
        last_poll: When the status was seen last.
        trouble: Why the last poll failed; None if it did not.
        steps: When its steps are read; None where steps are not followed.
        progress: When a job's progress is returned; None where it is not followed.
        trust: How far lists are believed.
        news: What the watch waits for.
    """

    __slots__ = (
        "_began_at",
        "_interval",
        "_relies_on_events",
        "_unknown_polls",
        "_was_seen_open",
        "answered_polls",
        "arn",
        "created_at",
        "describes",
        "due",
        "event_at",
        "events",
        "kind",
        "last_poll",
        "news",
        "polls",
        "progress",
        "sagemaker_status",
        "steps",
        "trouble",
        "trust",
    )

    def __init__(self, kind: ResourceKind, arn: str, interval: float, seen: Seen, now: float) -> None:
        """Prepare a subscription; `Group.news` lets it be polled.

        Args:
            kind: What to poll.
            arn: Which one.
            interval: Seconds between two polls.
            seen: What is no news.
            now: The time.
        """
        self.kind = kind
        self.arn = arn
        self.created_at = None if seen.created_at is None else seen.created_at.timestamp()
        self.due = math.inf
        self.events: EventRecord | None = None
        self.event_at: float | None = None
        self.describes = 0
        self.sagemaker_status = seen.status
        self.polls = self.answered_polls = 0
        self.last_poll: datetime | None = None
        self.trouble: str | None = None
        self.news = AwaitedNews(seen.status)
        self.trust = ListTrust(now)
        self.steps = None if seen.steps is None else StepTurns(interval, seen.steps, now, seen.digests)
        self.progress = seen.progress
        self._began_at = now
        self._interval = interval
        self._unknown_polls, self._relies_on_events = 0, False
        self._was_seen_open = seen.status is not None and seen.is_recent

    @property
    def key(self) -> str:
        """What identifies the execution in its group."""
        return resource_key(self.arn)

    @property
    def has_ended(self) -> bool:
        """Whether the execution had ended when it was seen last."""
        return self.kind.has_ended(self.sagemaker_status)

    @property
    def poll_interval(self) -> float:
        """Seconds between two polls as the run wants them."""
        return self._interval

    @property
    def interval(self) -> float:
        """Seconds between two polls: longer while events replace polls, and while the status is unknown."""
        # An unknown status may last for ever.
        interval = self._interval
        if self.events is not None and self._relies_on_events:
            interval = self.events.interval(interval)
        return slowed_down(interval, self._unknown_polls) if self._unknown_polls else interval

    def is_due(self, now: float) -> bool:
        """Whether a poll is due that is not in flight."""
        return self.due <= now and not self.describes

    def worth_in_list(self, now: float) -> float:
        """Return how much of a describe a list would save now (`pages.worth`)."""
        if self.describes or not self.trust.is_worth_a_list(now):
            return 0.0
        return worth(self.due - now, self.interval)

    def listed(self, entry: Entry, *, now: float, factor: float) -> bool:
        """Record what a list shows.

        Args:
            entry: The execution in the list.
            now: The time.
            factor: Spreads the next poll; all executions on one page share it, so that they stay together.

        Returns:
            Whether a describe must follow: a list may lag, and shows no reasons.
        """
        if is_outdated(self._named_since, entry.created_at):
            self.not_listed(now)
            return False
        if self.kind.job is None:
            self.created_at = self.created_at or entry.created_at
        if entry.status != self.sagemaker_status or is_replaced(self._named_since, entry.created_at):
            if self.trust.is_doubted and self.trust.is_worth_a_list(now):
                self.trust.contradicted(now, self._interval)
            return not self.trust.is_doubted and not self.describes
        self.trust.confirmed()
        self._answered(now, factor)
        is_further = self.progress is not None and self.progress.is_news(entry.mark, now)
        beside_events = self.events is not None and self.events.replaces_polls
        return (is_further or self.trust.needs_describe(now, beside_events=beside_events)) and not self.describes

    def not_listed(self, now: float) -> None:
        """Record that a list does not show the execution where it should stand."""
        if not self.describes:
            self.trust.contradicted(now, self._interval)

    def described(
        self, observed: Observation, *, now: float, confirms: Entry | None = None, steps: Sequence[Step] | None = None
    ) -> None:
        """Record a describe, and deliver it if it is news.

        Args:
            observed: What AWS answered.
            now: The time.
            confirms: The entry of a list that led to the describe, if one did.
            steps: The changed steps that led to it, if any did.
        """
        if is_replaced(self._named_since, observed.created_at):
            self.news.give_up(replaced(self.arn))
            return
        if is_outdated(self._named_since, observed.created_at):
            self._answered(now, spread())
            return
        if confirms is not None and (
            confirms.status != observed.sagemaker_status or is_replaced(self._named_since, confirms.created_at)
        ):
            self.trust.contradicted(now, self._interval)
        if self.steps is not None:
            self.steps.described(observed.last_modified_at, now)
        self.trust.described(now)
        self._notice_changes(observed, now)
        self.sagemaker_status = observed.sagemaker_status
        if observed.created_at is not None and self.created_at is None:
            self.created_at = observed.created_at.timestamp()
        self._answered(now, spread())
        is_further = self.progress is not None and self.progress.is_news(mark_of(observed), now)
        self.news.offer(News(observed, steps), is_further=is_further)

    @property
    def _named_since(self) -> float | None:
        """Since when the name belongs to it; None if that is not known, or if nothing else can get the name."""
        return None if self.kind.job is None else self.created_at

    def _notice_changes(self, observed: Observation, now: float) -> None:
        if observed.has_ended and self.events is not None:
            self.events.has_ended(self.key)
            if self._was_seen_open and self.news.is_awaited:
                self.events.ended(self.key, self.event_at, watched_for=now - self._began_at)
        self._was_seen_open |= not observed.has_ended

    def failed(self, error: Exception) -> None:
        """Record a poll that failed, and raise the error in the watch, which decides when to poll again."""
        self.polls += 1
        self.due = math.inf
        self.news.fail(error)

    def deferred(self, trouble: str, *, until: float) -> None:
        """Record a list that failed; the watch waits on."""
        self.polls += 1
        self.trouble = trouble
        self.due = until

    def _answered(self, now: float, factor: float) -> None:
        self.polls += 1
        self.answered_polls += 1
        self.last_poll = datetime.now(UTC)
        self.trouble = None
        # An event may have come while no watch was open: one poll at the run's own interval finds out.
        self._relies_on_events |= now >= self._began_at + self._interval * (1 - JITTER)
        is_unknown = self.kind.run_status(self.sagemaker_status) is RunStatus.UNKNOWN
        if is_unknown and self.sagemaker_status == self.news.seen_status:
            self._unknown_polls += 1
        self.due = now + self.interval * factor
