"""What a describe of a resource says of it."""

from activities.models import Observation
from activities.resources.kind import Answer, ResourceKind
from activities.resources.members import moment, number, text


def observation_of(kind: ResourceKind, answer: Answer) -> Observation:
    """Return what the response of a Describe operation says; a member of an undocumented type counts as missing."""
    return Observation(
        sagemaker_status=kind.status(answer),
        failure_reason=kind.reason(answer),
        description=text(answer, "PipelineExecutionDescription"),
        created_at=moment(answer, kind.members.created),
        last_modified_at=moment(answer, kind.members.modified),
        pipeline_version_id=number(answer, "PipelineVersionId"),
    )
