"""What a message of EventBridge says: that something has happened to a resource, and to which; nothing else is read.

The form of the events: "Automating Amazon SageMaker AI with Amazon EventBridge" in SageMaker's developer guide, and for
labeling jobs the event pattern of "Labeling job status events" there. A status in an event is never used: events come
late, twice and out of order, and the queue's policy decides who may send them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeGuard

from activities.events.owners import owner_key
from activities.resources.kind import ResourceKind
from activities.resources.table import KINDS, PIPELINE_EXECUTION
from contract.arns import MAX_ARN_CHARS, resource_key

STEP_EVENT: Final = "SageMaker Model Building Pipeline Execution Step Status Change"
ENDPOINT_DEPLOYMENT_EVENT: Final = "SageMaker Endpoint Deployment State Change"

MAX_RESOURCES: Final = 8
"""Of an event, that are considered; AWS's samples have one or two."""

_EXECUTION_TAG: Final = "sagemaker:pipeline-execution-arn"
"""Of what the step of a pipeline has started (read so by the SageMaker Python SDK, `sagemaker.lineage.artifact`)."""

# SageMaker names jobs `pipelines-{execution id}-{step}-{random}`, without the first word where names are short.
_JOB_OF_STEP: Final = re.compile(r"[a-z-]+-job/(?P<prefix>pipelines-)?(?P<execution>[a-z0-9]{12})-")

_KIND_OF_EVENT: Final[Mapping[str, ResourceKind]] = {
    **{kind.event: kind for kind in KINDS if kind.event},
    STEP_EVENT: PIPELINE_EXECUTION,
    ENDPOINT_DEPLOYMENT_EVENT: next(kind for kind in KINDS if kind.arn_type == "endpoint"),
}


class Unusable(StrEnum):
    """Why a message wakes nothing."""

    UNREADABLE = "unreadable"
    """It is not an event of EventBridge, or names no resource."""
    UNKNOWN = "unknown"
    """It is an event of another type."""


@dataclass(frozen=True)
class Event:
    """Something has happened to a resource.

    Attributes:
        keys: Under which the resource may be known (`contract.arns.resource_key`).
        is_of_step: Whether it has happened to a step of the pipeline execution.
        owners: To what a job may belong (`activities.events.owners.owner_key`).
        is_owned: Whether it belongs to one of them for certain; a job without any may have a name like a step's job.
    """

    keys: tuple[str, ...]
    is_of_step: bool = False
    owners: tuple[str, ...] = ()
    is_owned: bool = False


def read_event(body: str) -> Event | Unusable:
    """Read the body of a message; anything at all may stand there."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):  # the latter for what is nested thousands of levels deep
        return Unusable.UNREADABLE
    detail_type = document.get("detail-type") if isinstance(document, dict) else None
    if not isinstance(detail_type, str):
        return Unusable.UNREADABLE
    kind = _KIND_OF_EVENT.get(detail_type)
    if kind is None:
        return Unusable.UNKNOWN
    detail, resources = document.get("detail"), document.get("resources")
    # Events of pipelines write the members of the API in lower camel case.
    members = {name.casefold(): value for name, value in detail.items()} if isinstance(detail, dict) else {}
    keys = tuple(dict.fromkeys(_keys(kind, members, resources)))
    if not keys:
        return Unusable.UNREADABLE
    if not kind.job:
        return Event(keys, detail_type == STEP_EVENT)
    stated = tuple(_stated_owners(members))
    named = {f"execution/{found['execution']}": found["prefix"] for key in keys if (found := _JOB_OF_STEP.match(key))}
    return Event(keys, owners=tuple(dict.fromkeys((*stated, *named))), is_owned=bool(stated) or any(named.values()))


def _keys(kind: ResourceKind, members: Mapping[str, Any], resources: Any) -> Iterator[str]:
    """Yield all that may identify the resource: ARNs and names differ in AWS's samples, and some events lack one."""
    arns = [
        members.get(kind.members.arn.casefold()),
        *(resources[:MAX_RESOURCES] if isinstance(resources, list) else ()),
    ]
    yield from (resource_key(arn) for arn in arns if _is_short_text(arn) and arn.startswith("arn:"))
    # The ARN in the sample of a tuning job has another resource type than the ARNs of tuning jobs.
    name = members.get(kind.members.name.casefold()) if kind.members.name else None
    if _is_short_text(name):
        yield resource_key(f"{kind.arn_type}/{name}")


def _stated_owners(members: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the event says that a job belongs to; tags may be missing."""
    tags = members.get("tags")
    arns = [tags.get(_EXECUTION_TAG) if isinstance(tags, dict) else None, members.get("tuningjobarn")]
    yield from (owner_key(arn) for arn in arns if _is_short_text(arn))


def _is_short_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= MAX_ARN_CHARS
