"""What a group asks of AWS: one list call that serves all of its executions or jobs, and a describe for each."""

from typing import Any, NamedTuple, Protocol

from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.metrics import Metrics
from activities.models import Observation
from activities.resources.kind import Answer, Listing, ResourceKind
from activities.resources.members import entries, moment, text
from activities.resources.observation import mark_of_summary, observation_of
from activities.resources.operations import Operation
from activities.watching.pages import PAGE_SIZE
from contract.arns import resource_key


class PollingCalls(Protocol):
    """What reaches AWS (`activities.aws.calls.SageMakerCalls`)."""

    async def poll(
        self,
        platform: Platform,
        operation: Operation,
        *,
        priority: Priority = Priority.POLL,
        resource: str | None = None,
        **request: Any,
    ) -> Any:
        """Call an operation."""


class Entry(NamedTuple):
    """One execution or job as a list shows it."""

    key: str
    status: str | None
    created_at: float | None
    """Seconds since the epoch."""
    mark: str | None = None
    """Of a job's progress, as far as lists show it."""


class Page(NamedTuple):
    """One page of a list."""

    entries: list[Entry]
    next_token: str | None


class Source:
    """The polling calls of one group.

    Their number in flight is bounded by the platform's threads (`activities.aws.calls`).
    """

    def __init__(
        self, calls: PollingCalls, platform: Platform, kind: ResourceKind, listed_under: str, metrics: Metrics
    ) -> None:
        """Prepare the calls.

        Args:
            calls: Reaches AWS.
            platform: Where the executions or jobs run.
            kind: What they are.
            listed_under: What their list is of, such as the ARN of a pipeline; empty where it is of the account.
            metrics: Counts the polls.
        """
        self.calls = calls
        self.platform = platform
        self._kind = kind
        self.listed_under = listed_under
        self._metrics = metrics

    async def describe(self, arn: str, *, woken: bool = False) -> Observation:
        """Describe an execution or job.

        Args:
            arn: Which one.
            woken: Whether this answers a wake-up, whose calls overtake ordinary polls.

        Raises:
            AwsError: AWS refused, or could not be asked.
        """
        try:
            answer = await self.calls.poll(
                self.platform,
                self._kind.describe,
                priority=Priority.WAKE if woken else Priority.POLL,
                **self._kind.request_about(arn),
            )
        except AwsError as error:
            if self._kind.is_not_there(error.cause):
                raise AwsError(error.call, error.cause, Kind.NOT_FOUND) from None
            raise
        self.count_polls(1)
        return observation_of(self._kind, answer)

    async def page(self, token: str | None, *, woken: bool = False) -> Page:
        """Read a page of the list, newest first; it raises what `describe` raises.

        Args:
            token: `next_token` of the page before; None for the first page.
            woken: Whether this answers wake-ups, whose calls overtake ordinary polls.
        """
        listing = self._listing
        request: dict[str, Any] = {"SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": PAGE_SIZE}
        if listing.group:
            request[listing.group] = self.listed_under
        if token:
            request["NextToken"] = token
        priority = Priority.WAKE if woken else Priority.POLL
        answer = await self.calls.poll(self.platform, listing.operation, priority=priority, **request)
        found = [self._entry(summary) for summary in entries(answer, listing.entries)]
        # Empty pages with a token were seen to lead a client on until AWS throttled it (aws/aws-sdk#486).
        return Page(found, text(answer, "NextToken") if found else None)

    def count_polls(self, polls: int) -> None:
        """Count polls that AWS answered: one page is as many as it shows watched executions."""
        self._metrics.polled(self.platform.name, polls)

    @property
    def least_seconds_between_lists(self) -> float:
        """How long the next list must wait after one."""
        return self._listing.least_seconds

    @property
    def _listing(self) -> Listing:
        if self._kind.listing is None:
            raise LookupError(f"no list shows {self._kind.noun}s")
        return self._kind.listing

    def _entry(self, summary: Answer) -> Entry:
        created_at = moment(summary, self._listing.created)
        return Entry(
            resource_key(text(summary, self._kind.members.arn) or ""),
            self._kind.raw_status(summary),
            None if created_at is None else created_at.timestamp(),
            None if self._kind.job is None else mark_of_summary(self._kind, summary),
        )
