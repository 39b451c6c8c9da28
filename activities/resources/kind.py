"""The form of a row: everything that the worker knows of one kind of SageMaker resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from activities.resources.members import first_text, text
from activities.resources.operations import Operation
from contract.job_kinds import OUT_OF_TIME, JobKind
from contract.run import ENDS, RunStatus

Answer = Mapping[str, Any]
"""A response of AWS as boto3 returns it, or one entry of a list in it."""


@dataclass(frozen=True)
class TokenKey:
    """AWS deduplicates a create by a client token."""

    member: str
    min_length: int
    max_length: int


@dataclass(frozen=True)
class NameKey:
    """AWS deduplicates a create by the resource's name: a second create under the name is refused."""

    member: str
    max_length: int


@dataclass(frozen=True)
class Refusal:
    """How AWS words a refusal: its code, and where the code has several meanings, a part of the text."""

    code: str
    text: str = ""

    def matches(self, error: ClientError) -> bool:
        """Return whether AWS answered with this refusal."""
        answered = error.response.get("Error", {})
        return answered.get("Code") == self.code and self.text in str(answered.get("Message", ""))


LEAST_SECONDS_BETWEEN_LISTS: Final = 5.0
"""ListTrainingJobs has 2 calls a second for all clients of an account and region, and the quota is not adjustable
(aws-solutions/deepracer-on-aws#87)."""


@dataclass(frozen=True)
class Listing:
    """The operation that lists resources of a kind.

    Attributes:
        operation: Such as `ListTrainingJobs`.
        entries: The member of the response that holds the summaries.
        created: The member of a summary that holds the creation time.
        group: The member of the request that names what the list is of, such as the pipeline of executions; None where
            the list is of the account and region.
        group_of: What that member holds, by the ARN of a resource.
        least_seconds: How long the next list must wait after one.
    """

    operation: Operation
    entries: str
    created: str = "CreationTime"
    group: str | None = None
    group_of: Callable[[str], str] = str
    least_seconds: float = LEAST_SECONDS_BETWEEN_LISTS


@dataclass(frozen=True)
class Members:
    """Where the facts stand in the response of the Describe operation; summaries in lists spell most of them alike.

    Attributes:
        arn: Also the member of the create's response.
        name: None where the resource is known by its ARN only.
        status: None for resources that have none.
        status_detail: A second status, which says of an end whether it was a time limit.
        secondary_status: A second status that people read, such as `Downloading` of a training job.
        counters: Structures of whole numbers that say how far it is.
        best: What a tuning or AutoML job has found so far.
        reasons: Why it failed; the first that is not empty counts.
        created: The creation time.
        started: When it began to work.
        ended: When it came to its end.
        modified: The last change.
        billable_seconds: The seconds that AWS bills.
    """

    arn: str
    name: str | None = None
    status: str | None = None
    status_detail: str | None = None
    secondary_status: str | None = None
    counters: tuple[str, ...] = ()
    best: str | None = None
    reasons: tuple[str, ...] = ("FailureReason",)
    created: str = "CreationTime"
    started: str | None = None
    ended: str | None = None
    modified: str | None = "LastModifiedTime"
    billable_seconds: str | None = None


@dataclass(frozen=True)
class ResourceKind:
    """One kind of resource.

    Attributes:
        noun: What people call it, such as `training job`.
        arn_type: The first half of the resource part of its ARNs, such as `training-job`.
        create: The operation that creates or starts one.
        describe: The operation that describes one.
        described_by: The member of the Describe and Stop requests that names the resource.
        members: Where the facts stand in responses.
        key: What makes a create idempotent; None where nothing does.
        stop: The operation that stops one; None for kinds that cannot be stopped.
        listing: How resources of the kind are listed; None where no list is known.
        is_described_by_arn: Whether `described_by` takes the ARN instead of the name.
        statuses: AWS's status → status of a run. A status that is missing here is unknown, and is no end.
        is_judged_by_workflow: Whether the workflow decides what a status means, and not the observation of it.
        already_there: Refusals of a create whose key is taken.
        not_there: Refusals of a Describe or Stop of what does not exist.
        log_group: In CloudWatch Logs; `{name}` stands for the resource's name.
        log_stream_prefix: The beginning of the names of its log streams.
        console_page: The page of the AWS console: its path, `#`, and the fragment.
        event: EventBridge's detail-type of a change of status; None where no event is documented.
        passes_role: Whether a create needs iam:PassRole for the role in its request.
        job: What a job run calls this kind; None for what is no job.
        children: How the jobs that a job of this kind starts are listed; None where it starts none.
        children_are: The kind of those jobs.
        update: The operation that ends a warm pool; None for kinds without one.
        propagation: Refusals of a create because a new role or bucket is not known everywhere yet.
    """

    noun: str
    arn_type: str
    create: Operation
    describe: Operation
    described_by: str
    members: Members
    key: TokenKey | NameKey | None = None
    stop: Operation | None = None
    listing: Listing | None = None
    is_described_by_arn: bool = False
    statuses: Mapping[str, RunStatus] | None = None
    is_judged_by_workflow: bool = False
    already_there: tuple[Refusal, ...] = ()
    not_there: tuple[Refusal, ...] = ()
    log_group: str | None = None
    log_stream_prefix: str = "{name}/"
    console_page: str | None = None
    event: str | None = None
    passes_role: bool = False
    job: JobKind | None = None
    children: Listing | None = None
    children_are: JobKind | None = None
    update: Operation | None = None
    propagation: tuple[Refusal, ...] = ()

    def raw_status(self, answer: Answer) -> str | None:
        """Return AWS's status as it is."""
        return text(answer, self.members.status)

    def status(self, answer: Answer) -> str | None:
        """Return AWS's status; where a second status says that a time limit ended the resource, that one.

        Args:
            answer: A Describe response, or a summary.
        """
        status, detail = self.raw_status(answer), text(answer, self.members.status_detail)
        # What is not over by its own status is open, whatever a second one says.
        return detail if detail in OUT_OF_TIME and self.has_ended(status) else status

    def run_status(self, status: str | None) -> RunStatus:
        """Map AWS's status; one that is not in the table is `Unknown`, never `Success`."""
        return (self.statuses or {}).get(status or "", RunStatus.UNKNOWN)

    def has_ended(self, status: str | None) -> bool:
        """Return whether AWS's status is terminal."""
        return self.run_status(status) in ENDS

    def reason(self, answer: Answer) -> str | None:
        """Return why it failed, in AWS's words; None where AWS gives no reason."""
        return first_text(answer, self.members.reasons)

    def is_already_there(self, error: Exception) -> bool:
        """Return whether a create was refused because its key is taken."""
        return isinstance(error, ClientError) and any(refusal.matches(error) for refusal in self.already_there)

    def is_not_there(self, error: Exception) -> bool:
        """Return whether a Describe or Stop was refused because the resource does not exist."""
        return isinstance(error, ClientError) and any(refusal.matches(error) for refusal in self.not_there)

    def is_propagation(self, error: Exception) -> bool:
        """Return whether a create was refused because a new role or bucket is not known everywhere yet."""
        return isinstance(error, ClientError) and any(refusal.matches(error) for refusal in self.propagation)

    def request_about(self, arn: str) -> dict[str, Any]:
        """Return what names a resource in a Describe or Stop request.

        For kinds that are described by name this says nothing of the ARN's region and account: an ARN that did not come
        from the platform's own AWS must be compared with that in the answer (`activities.starting.job_admission`).
        """
        return {self.described_by: arn if self.is_described_by_arn else arn.rpartition("/")[2]}
