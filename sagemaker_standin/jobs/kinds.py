"""What there is to say about one kind of job."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from sagemaker_standin.jobs.facts import Facts, no_facts
from sagemaker_standin.jobs.job import JobStatus, JobView, Phase
from sagemaker_standin.model import has_operation, longest_value

WORDS: Final = {
    JobStatus.STARTING: "InProgress",
    JobStatus.IN_PROGRESS: "InProgress",
    JobStatus.STOPPING: "Stopping",
    JobStatus.COMPLETED: "Completed",
    JobStatus.FAILED: "Failed",
    JobStatus.STOPPED: "Stopped",
}
"""The words of most kinds."""

Code = Literal["ValidationException", "ResourceNotFound"]


@dataclass(frozen=True)
class JobKind:
    """One kind of job. What has the default of `prefix` follows from it.

    Attributes:
        resource: the resource part of its ARNs.
        noun: what AWS's texts call it.
        prefix: of its operations and members, e.g. `TrainingJob`.
        seconds: simulated seconds that a job takes if nothing says otherwise.
        versions: endings of its Create and Describe operations, where there are several of them.
        own_prefix: of the members that name it and its ARN, if another.
        status: the member of its status, if another.
        words: its words for the statuses.
        phases: its secondary statuses, each with its share of the time.
        ignores_case: whether names that differ in case only are one name.
        times: the members of its start and its end.
        absent: AWS's code for a job that does not exist; None where it is not published.
        absent_text: AWS's text for it.
        taken_text: AWS's text for a name that is taken.
        order: the sort key and the direction of its lists, if the request names none.
        overrun: how MaxRuntimeInSeconds ends it.
        log_group: in CloudWatch Logs, if it writes any.
        streams: the pattern of its log streams behind the job's name.
        facts: members of its description beside the ones that all kinds share.
    """

    resource: str
    noun: str
    prefix: str
    seconds: float = 60.0
    versions: tuple[str, ...] = ("",)
    own_prefix: str = ""
    status: str = ""
    words: Mapping[JobStatus, str] = field(default_factory=lambda: WORDS)
    phases: tuple[tuple[str, float], ...] = (("Starting", 0.1), ("Running", 0.9))
    ignores_case: bool = False
    times: tuple[str | None, str | None] = (None, None)
    absent: Code | None = None
    absent_text: str = "The requested {noun} {name} does not exist."
    taken_text: str = (
        "{Noun} names must be unique within an AWS account and region, and a {noun} with this name already exists "
        "({arn})"
    )
    order: tuple[str, str] = ("CreationTime", "Ascending")
    overrun: JobStatus = JobStatus.STOPPED
    log_group: str | None = None
    streams: str = ""
    facts: Facts = no_facts

    @property
    def name_member(self) -> str:
        """The member that names a job, in requests and replies."""
        return f"{self.own_prefix or self.prefix}Name"

    @property
    def arn_member(self) -> str:
        """The member of its ARN."""
        return f"{self.own_prefix or self.prefix}Arn"

    @property
    def status_member(self) -> str:
        """The member of its status."""
        return self.status or f"{self.prefix}Status"

    @property
    def longest_name(self) -> int:
        """The most characters of a name."""
        return longest_value(self.operations("Create")[0], self.name_member)

    def operations(self, verb: str) -> tuple[str, ...]:
        """AWS's operations for `Create`, `Describe`, `Stop`, `Delete`, `Update` or `List`, as far as there are any."""
        stems = [self.prefix + version for version in (*self.versions, "")] if verb in {"Create", "Describe"} else []
        names = dict.fromkeys(f"{verb}{stem}" for stem in stems or [self.prefix])
        plural = "s" if verb == "List" else ""
        return tuple(name + plural for name in names if has_operation(name + plural))

    def key(self, name: str) -> str:
        """What has to be unique about a name."""
        return name.lower() if self.ignores_case else name

    def word(self, view: JobView) -> str:
        """The status of a job in the kind's own words; most kinds have none for a deletion."""
        return self.words.get(view.status) or self.words[view.status_before_deletion]

    def phases_within(self, seconds: float) -> tuple[Phase, ...]:
        """Its phases, for a job that takes so many simulated seconds."""
        return tuple(Phase(word, share * seconds) for word, share in self.phases)
