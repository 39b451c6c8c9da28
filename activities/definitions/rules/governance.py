"""Rules on what an organisation requires: isolation, networks, keys, places, and no secrets."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from activities.definitions.paths import Path, Place, walk
from activities.definitions.rules.requests import Request, requests
from activities.definitions.rules.rule import Problem, Subject, number
from activities.definitions.secrets import secret_in

_ISOLATION: Final = {
    "Training": "EnableNetworkIsolation",
    "Processing": "NetworkConfig.EnableNetworkIsolation",
    "Model": "EnableNetworkIsolation",
}
_NETWORK: Final = {
    "Training": "VpcConfig",
    "Processing": "NetworkConfig.VpcConfig",
    "AutoML": "AutoMLJobConfig.SecurityConfig.VpcConfig",
    "Model": "VpcConfig",
}
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "Training": ("ResourceConfig.VolumeKmsKeyId", "OutputDataConfig.KmsKeyId"),
    "Processing": ("ProcessingResources.ClusterConfig.VolumeKmsKeyId", "ProcessingOutputConfig.KmsKeyId"),
    "Transform": ("TransformResources.VolumeKmsKeyId", "TransformOutput.KmsKeyId"),
    "AutoML": ("OutputDataConfig.KmsKeyId",),
}
_VOLUME_KEY: Final = "VolumeKmsKeyId"
_WITH_LOCAL_DISKS: Final = re.compile(
    r"ml\.(g4dn|g5|g6e?|gr6|p3dn|p4de?|p5e?n?|p6\w*|trn\d\w*|i\d\w*|[cmrx]\d+[a-z]*d[a-z]*)\."
)
"""Instance types whose disks are encrypted by their hardware; AWS refuses a VolumeKmsKeyId for them."""

_TRAFFIC: Final = "EnableInterContainerTrafficEncryption"
_OUTPUT_MEMBERS: Final = frozenset({"S3OutputPath", "S3OutputLocation"})
_OUTPUT_PARTS: Final = frozenset({"ProcessingOutputConfig", "CheckpointConfig"})


def _requests(subject: Subject) -> Iterator[Request]:
    return (request for step in subject.steps for request in requests(step))


def isolation(subject: Subject) -> Iterator[Problem]:
    """Find containers that may reach the internet."""
    for request in _requests(subject):
        member = _ISOLATION.get(request.kind)
        if member and not _is_set(subject, request.get(member)):
            yield request.problem(member, f"{member} is not true: the container may call out")


def vpc(subject: Subject) -> Iterator[Problem]:
    """Find jobs outside a VPC."""
    for request in _requests(subject):
        member = _NETWORK.get(request.kind)
        if member and not request.get(member):
            yield request.problem(member, f"{member} is missing: the job runs outside your VPC")


def encryption(subject: Subject) -> Iterator[Problem]:
    """Find disks, results and traffic without a key of one's own."""
    for request in _requests(subject):
        for member in _KEYS.get(request.kind, ()):
            if not request.get(member) and not (member.endswith(_VOLUME_KEY) and _has_local_disks(subject, request)):
                yield request.problem(member, f"{member} is missing: AWS's default key is used")
        is_alone = request.kind != "Training" or _instances(subject, request) <= 1
        if not is_alone and not _is_set(subject, request.get(_TRAFFIC)):
            yield request.problem(_TRAFFIC, f"{_TRAFFIC} is not true: the instances exchange data in clear")


def _is_set(subject: Subject, value: Any) -> bool:
    """Whether a switch is on. A parameter without a default counts as on: every start must give its value."""
    found = subject.resolved(value)
    return found in (True, "true", "True") or (found is None and value is not None)


def _instances(subject: Subject, request: Request) -> float:
    return number(subject.resolved(request.get("ResourceConfig.InstanceCount"))) or 1


def _has_local_disks(subject: Subject, request: Request) -> bool:
    of_kind = {"Training": "ResourceConfig", "Processing": "ProcessingResources.ClusterConfig"}
    found = subject.resolved(request.get(f"{of_kind.get(request.kind, 'TransformResources')}.InstanceType"))
    return isinstance(found, str) and _WITH_LOCAL_DISKS.match(found) is not None


def prefix(subject: Subject) -> Iterator[Problem]:
    """Find artifacts outside the place where they belong."""
    wanted = subject.artifact_prefix
    if wanted is None:
        return
    inside = wanted.rstrip("/") + "/"
    for step in subject.steps:
        for place, value in walk(step.own, step.path):
            if not _is_output(place):
                continue
            begins, is_whole = _beginning(subject, value)
            fits = (begins.rstrip("/") + "/" if is_whole else begins).startswith(inside)
            # A place that is only known in part may still turn out to be the right one.
            if begins and not fits and not (not is_whole and inside.startswith(begins)):
                yield Problem(
                    place.path, f"the artifacts of the step go to {_cut(begins)}, outside {wanted}", step.name
                )


def _is_output(place: Place) -> bool:
    return place.name in _OUTPUT_MEMBERS or (place.name == "S3Uri" and not _OUTPUT_PARTS.isdisjoint(place.path))


def _beginning(subject: Subject, value: Any) -> tuple[str, bool]:
    """Return as much of a text as is known before an execution, and whether that is all of it."""
    found = subject.resolved(value)
    match found:
        case str():
            return found, True
        case {"Std:Join": {"On": str(on), "Values": list(values)}}:
            known: list[str] = []
            for each in values:
                part = subject.resolved(each)
                if not isinstance(part, str | int) or isinstance(part, bool):
                    return on.join([*known, ""]) if known else "", False
                known.append(str(part))
            return on.join(known), True
        case _:
            return "", False


def _cut(text: str) -> str:
    return text if len(text) <= 100 else text[:99] + "…"  # noqa: PLR2004 — a line


def secret(subject: Subject) -> Iterator[Problem]:
    """Find values that are or may be secrets; the values are quoted nowhere."""
    owners = {step.path: step.name for step in subject.steps}
    for place, value in walk(subject.definition.document):
        if kind := secret_in(place, value):
            path = place.path
            yield Problem(path, f"{kind} stands in the definition in clear", _owner(path, owners))


def _owner(path: Path, owners: Mapping[Path, str]) -> str | None:
    """Return the innermost step around a place."""
    while path and path not in owners:
        path = path[:-1]
    return owners.get(path)
