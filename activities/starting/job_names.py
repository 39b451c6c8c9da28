"""Names of jobs, which are their idempotency keys, and the tag that says whose job it is."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from activities.resources.kind import NameKey, ResourceKind
from activities.starting.job_request import input_shape
from contract.job_run import NameMode

OWNER_TAG: Final = "polysync:run"


def key_of(kind: ResourceKind) -> NameKey:
    """Return the name key of a kind of job."""
    if not isinstance(kind.key, NameKey):
        raise TypeError(f"the key of a {kind.noun} is no name")
    return kind.key


def with_name(
    kind: ResourceKind, request: Mapping[str, Any], mode: NameMode, suffix: str, name_if_none: str
) -> dict[str, Any]:
    """Return a request with the name that is sent.

    Args:
        kind: The kind of job.
        request: The request as a caller wrote it, with or without a name.
        mode: What the name is made of.
        suffix: The end of a unique name.
        name_if_none: The beginning of a unique name where the request has no name.

    Returns:
        The request, in which an exact name is as it was given, missing or malformed too: reading the request says so.
    """
    key = key_of(kind)
    small = key.member[:1].lower() + key.member[1:]
    others = {member: value for member, value in request.items() if member not in (key.member, small)}
    given = request.get(key.member) if request.get(key.member) is not None else request.get(small)
    if mode is NameMode.EXACT:
        return {**others, key.member: given}
    if given is None:
        given = re.sub(r"[^a-zA-Z0-9]+", "-", name_if_none).strip("-")
    if not isinstance(given, str):
        return {**others, key.member: given}
    kept = given[: key.max_length - len(suffix) - 1].rstrip("-")
    return {**others, key.member: f"{kept}-{suffix}" if kept else suffix}


def with_tags(
    kind: ResourceKind, request: Mapping[str, Any], tags: Mapping[str, str], owner: str | None
) -> dict[str, Any]:
    """Return a request with the tags of platform and run, before it is read: AWS bounds their number.

    Args:
        kind: The kind of job.
        request: The request as a caller wrote it.
        tags: Of the platform and the run.
        owner: The value of the tag that says whose job it is; None to send none.
    """
    spelling = next((name for name in ("Tags", "tags") if request.get(name) is not None), "Tags")
    given = [] if request.get(spelling) is None else request[spelling]
    is_readable = isinstance(given, list) and all(isinstance(tag, dict) for tag in given)
    if "Tags" not in input_shape(kind.create).members or not is_readable:
        return dict(request)  # reading the request says what is wrong
    all_tags = tags_of(given, tags, {OWNER_TAG: owner} if owner else {})
    others = {name: value for name, value in request.items() if name != spelling}
    return {**others, "Tags": all_tags} if all_tags else others


def tags_of(
    given: Sequence[Mapping[str, Any]], tags: Mapping[str, str], owner: Mapping[str, str]
) -> list[Mapping[str, Any]]:
    """Return the tags of a request with others.

    Args:
        given: The request's own tags, which count more than `tags`; malformed ones stay, so that reading finds them.
        tags: Of the platform and the run.
        owner: The tag that says whose job it is, which counts most: a request may be copied from another job's.
    """
    keys = [str(tag.get("Key", tag.get("key"))) for tag in given]
    kept = [tag for tag, key in zip(given, keys, strict=True) if key not in owner]
    others = {key: value for key, value in tags.items() if key not in {*keys, *owner}}
    return [*_written(others), *kept, *_written(owner)]


def _written(tags: Mapping[str, str]) -> list[Mapping[str, Any]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def respelled(arn: str, name: str) -> str:
    """Return an ARN with a job's name as it was given: AWS writes names in ARNs in lower case (seen in real ARNs)."""
    beginning, _, end = arn.rpartition("/")
    return f"{beginning}/{name}" if end.casefold() == name.casefold() else arn
