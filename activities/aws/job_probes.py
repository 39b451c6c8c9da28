"""Checking a platform's permissions for jobs without changing anything: requests about jobs with random names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from activities.aws.job_patterns import names_by_kind
from activities.aws.permission_questions import INVENTED_CHARS, PermissionQuestions, Question, invented
from activities.aws.place import Place
from activities.resources.jobs import KIND_OF_JOB
from activities.resources.kind import NameKey, ResourceKind
from activities.resources.operations import ADD_TAGS, FILTER_LOG_EVENTS, LIST_TAGS, Operation
from contract.platform_check import Check


async def check_jobs(questions: PermissionQuestions, place: Place, patterns: Sequence[str]) -> list[Check]:
    """Ask about each permission.

    Args:
        questions: Asks AWS.
        place: Where the jobs are.
        patterns: The jobs that the permissions are meant for, such as `training` or `processing:nightly-*`.
    """
    wanted = [(KIND_OF_JOB[job], name) for job, names in names_by_kind(patterns).items() for name in names]
    return await questions.check_all(question for kind, name in wanted for question in _questions(kind, place, name))


def _questions(kind: ResourceKind, place: Place, pattern: str) -> Iterator[Question]:
    arn = place.resource(kind.arn_type, pattern)
    yield Question(kind.create, arn, why_not="not asked, because asking could start a job")
    if kind.listing is not None:
        yield Question(kind.listing.operation, "*", {"MaxResults": 1})
    name = _invented(kind, pattern)
    for operation, request in _requests(kind, place, name).items():
        changes = "" if name is not None else f"cannot be asked about {pattern} itself; a pattern with * can be"
        yield Question(operation, arn, request, changes or None)
    if kind.log_group is not None:
        request = {"logGroupName": kind.log_group, "logStreamNamePrefix": invented(), "limit": 1}
        yield Question(FILTER_LOG_EVENTS, place.log_group(f"{kind.log_group}:*"), request)


def _requests(kind: ResourceKind, place: Place, name: str | None) -> Mapping[Operation, dict[str, Any]]:
    """Return requests about a job that does not exist."""
    own: dict[str, Any] = {kind.described_by: name}
    tagged = {"ResourceArn": place.resource(kind.arn_type, (name or "").lower())}
    found = {
        kind.describe: own,
        LIST_TAGS: tagged,
        ADD_TAGS: {**tagged, "Tags": [{"Key": "check", "Value": "check"}]},
    }
    if kind.stop is not None:
        found[kind.stop] = own
    if kind.update is not None:
        found[kind.update] = own
    if kind.children is not None:
        found[kind.children.operation] = {str(kind.children.group): name, "MaxResults": 1}
    return found


def _invented(kind: ResourceKind, pattern: str) -> str | None:
    """Return the name of a job of a pattern that does not exist; None where only a name that may exist would fit."""
    longest = kind.key.max_length if isinstance(kind.key, NameKey) else 0
    if "*" not in pattern or len(pattern) + INVENTED_CHARS > longest:
        return None
    return pattern.replace("*", invented(), 1).replace("*", "x")
