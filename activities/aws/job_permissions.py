"""Which IAM permissions job runs need, made of the rows of the kinds of jobs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from activities.aws.job_patterns import names_by_kind
from activities.aws.permissions import Feature, Permission, Scope
from activities.aws.place import Place, in_both_spellings
from activities.resources.jobs import KIND_OF_JOB
from activities.resources.kind import ResourceKind
from activities.resources.operations import ADD_TAGS, FILTER_LOG_EVENTS, LIST_TAGS
from contract.job_kinds import JobKind

_JOBS: Final = frozenset({Feature.JOBS})

Statement = dict[str, Any]


def job_permissions(kind: ResourceKind) -> list[Permission]:
    """Return what the runs of a kind of jobs need, beside the reading of logs and the passing of roles."""
    noun = kind.noun
    found = [
        Permission(kind.create.action, Scope.JOB, _JOBS, f"starts a {noun}"),
        # AWS asks for it at a create with tags (Service Authorization Reference); runs do not call the operation.
        Permission(ADD_TAGS.action, Scope.JOB, _JOBS, f"starts a {noun} with tags, such as the one of an exact name"),
        Permission(kind.describe.action, Scope.JOB, _JOBS, f"follows a {noun}, and finds it after a lost reply"),
        Permission(LIST_TAGS.action, Scope.JOB, _JOBS, "finds out whose job an exact name belongs to"),
    ]
    if kind.stop is not None:
        found.append(Permission(kind.stop.action, Scope.JOB, _JOBS, f"stops a cancelled {noun}"))
    if kind.update is not None:
        found.append(Permission(kind.update.action, Scope.JOB, _JOBS, "ends the warm pool of a job that was stopped"))
    if kind.children is not None:
        found.append(
            Permission(kind.children.operation.action, Scope.JOB, _JOBS, f"finds what a {noun} started: cost, causes")
        )
    if kind.listing is not None:
        found.append(
            Permission(
                kind.listing.operation.action,
                Scope.ALL,
                _JOBS,
                "follows many jobs with one call; without it each is described on its own",
            )
        )
    return found


JOB_PERMISSIONS: Final[Mapping[JobKind, Sequence[Permission]]] = {
    job: tuple(job_permissions(kind)) for job, kind in KIND_OF_JOB.items()
}


def roles_needed_by(patterns: Sequence[str]) -> list[str]:
    """Return what people call the kinds of jobs whose requests name an execution role, which the identity must pass."""
    kinds = [KIND_OF_JOB[job] for job in names_by_kind(patterns)]
    return list(dict.fromkeys(kind.noun for kind in kinds if kind.passes_role))


def job_statements(place: Place, patterns: Sequence[str], *, with_logs: bool) -> list[Statement]:
    """Write the statements of a policy that runs of jobs need.

    Args:
        place: Where the jobs are.
        patterns: Such as `training` or `processing:nightly-*`.
        with_logs: Whether to allow the reading of the jobs' logs; not where all logs of SageMaker may be read anyway.
    """
    names = names_by_kind(patterns)
    listing = [item.action for job in names for item in JOB_PERMISSIONS[job] if item.scope is Scope.ALL]
    statements = [_statement("ListJobs", listing, ["*"])]
    own: dict[str, Statement] = {}
    for job, of_names in names.items():
        kind = KIND_OF_JOB[job]
        actions = [item.action for item in JOB_PERMISSIONS[job] if item.scope is Scope.JOB]
        arns = _arns(place, kind, of_names)
        # Both versions of AutoML create jobs of one type.
        before = own.get(kind.arn_type)
        own[kind.arn_type] = _statement(
            f"Run{_in_one_word(kind.noun)}s",
            [*(before["Action"] if before else []), *actions],
            [*(before["Resource"] if before else []), *arns],
        )
    statements += own.values()
    children = _children(names)
    if children:
        describe = list(dict.fromkeys(kind.describe.action for kind, _ in children))
        arns = [arn for kind, of_names in children for arn in _arns(place, kind, of_names)]
        statements.append(_statement("ReadWhatJobsStarted", describe, arns))
    groups = [kind.log_group for kind in [*map(KIND_OF_JOB.__getitem__, names), *(kind for kind, _ in children)]]
    if with_logs and any(groups):
        arns = [place.log_group(f"{group}:*") for group in groups if group]
        statements.append(_statement("ReadLogsOfJobs", [FILTER_LOG_EVENTS.action], arns))
    return [statement for statement in statements if statement["Action"]]


def _children(names: Mapping[JobKind, Sequence[str]]) -> list[tuple[ResourceKind, list[str]]]:
    """Return the kinds of the jobs that jobs start, whose names begin with the name of the job that started them."""
    found = []
    for job, of_names in names.items():
        children = KIND_OF_JOB[job].children_are
        if children is not None:
            found.append((KIND_OF_JOB[children], [name if name.endswith("*") else f"{name}-*" for name in of_names]))
    return found


def _arns(place: Place, kind: ResourceKind, names: Iterable[str]) -> list[str]:
    return [place.resource(kind.arn_type, spelled) for name in names for spelled in in_both_spellings(name)]


def _statement(sid: str, actions: Iterable[str], resources: Iterable[str]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(dict.fromkeys(actions)),
        "Resource": list(dict.fromkeys(resources)),
    }


def _in_one_word(noun: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in noun.split())
