"""Checking a platform's permissions for deployments without changing anything: requests about random names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from activities.aws.permission_questions import PermissionQuestions, Question, invented
from activities.aws.permissions import ALL_PIPELINES
from activities.aws.place import Place
from activities.resources.operations import (
    ADD_TAGS,
    CREATE_PIPELINE,
    DELETE_TAGS,
    LIST_TAGS,
    LIST_VERSIONS,
    UPDATE_PIPELINE,
    UPDATE_PIPELINE_VERSION,
    Operation,
)
from contract.platform_check import Check


async def check_deployments(questions: PermissionQuestions, place: Place, patterns: Sequence[str]) -> list[Check]:
    """Ask about each permission of deployments, beside that of DescribePipeline.

    Args:
        questions: Asks AWS.
        place: Where the pipelines are.
        patterns: The pipelines that the permissions are meant for; none for all.
    """
    patterns = patterns or [ALL_PIPELINES]
    return await questions.check_all(question for pattern in patterns for question in _questions(place, pattern))


def _questions(place: Place, pattern: str) -> Iterator[Question]:
    arn = place.pipeline(pattern.lower())
    yield Question(CREATE_PIPELINE, arn, why_not="not asked, because asking could create a pipeline")
    exact = None if "*" in pattern else f"cannot be asked about {pattern} without changing it; a pattern with * can be"
    name = pattern.replace("*", invented(), 1).replace("*", "x")
    for operation, request in _requests(place, name).items():
        is_reading = operation in {LIST_VERSIONS, LIST_TAGS}
        unknown = "cannot be asked about, because the account is not known" if place.account == "*" else None
        by_arn = "PipelineName" not in request
        yield Question(operation, arn, request, (None if is_reading else exact) or (unknown if by_arn else None))


def _requests(place: Place, name: str) -> Mapping[Operation, dict[str, Any]]:
    """Return requests about a pipeline that does not exist."""
    arn = place.pipeline(name.lower())
    return {
        UPDATE_PIPELINE: {"PipelineName": name, "PipelineDescription": "check"},
        UPDATE_PIPELINE_VERSION: {"PipelineArn": arn, "PipelineVersionId": 1},
        LIST_VERSIONS: {"PipelineName": name, "MaxResults": 1},
        LIST_TAGS: {"ResourceArn": arn},
        ADD_TAGS: {"ResourceArn": arn, "Tags": [{"Key": "check", "Value": "check"}]},
        DELETE_TAGS: {"ResourceArn": arn, "TagKeys": ["check"]},
    }
