"""What a message of EventBridge says: that something has happened to a resource, and to which; nothing else is read.

The form of the events: "Automating Amazon SageMaker AI with Amazon EventBridge" in SageMaker's developer guide, and for
labeling jobs the event pattern of "Labeling job status events" there. A status in an event is never used: events come
late, twice and out of order, and the queue's policy decides who may send them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from activities.resources.kind import ResourceKind
from activities.resources.table import KINDS, PIPELINE_EXECUTION
from contract.arns import MAX_ARN_CHARS, resource_key

STEP_EVENT: Final = "SageMaker Model Building Pipeline Execution Step Status Change"
ENDPOINT_DEPLOYMENT_EVENT: Final = "SageMaker Endpoint Deployment State Change"

MAX_RESOURCES: Final = 8
"""Of an event, that are considered; AWS's samples have one or two."""

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
    """

    keys: tuple[str, ...]
    is_of_step: bool = False


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
    keys = tuple(dict.fromkeys(_keys(kind, document)))
    return Event(keys, is_of_step=detail_type == STEP_EVENT) if keys else Unusable.UNREADABLE


def _keys(kind: ResourceKind, document: Mapping[str, Any]) -> Iterator[str]:
    """Yield all that may identify the resource: ARNs and names differ in AWS's samples, and some events lack one."""
    detail, resources = document.get("detail"), document.get("resources")
    # Events of pipelines write the members of the API in lower camel case.
    members = {name.casefold(): value for name, value in detail.items()} if isinstance(detail, dict) else {}
    arns = [
        members.get(kind.members.arn.casefold()),
        *(resources[:MAX_RESOURCES] if isinstance(resources, list) else ()),
    ]
    yield from (resource_key(arn) for arn in arns if _is_short_text(arn) and arn.startswith("arn:"))
    # The ARN in the sample of a tuning job has another resource type than the ARNs of tuning jobs.
    name = members.get(kind.members.name.casefold()) if kind.members.name else None
    if _is_short_text(name):
        yield resource_key(f"{kind.arn_type}/{name}")


def _is_short_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_ARN_CHARS
