"""Which IAM permissions deployments of pipelines need beside those of runs, which do not include them."""

from collections.abc import Sequence
from typing import Any, Final

from activities.aws.permissions import Feature, Permission, Scope
from activities.resources.operations import (
    ADD_TAGS,
    CREATE_PIPELINE,
    DELETE_TAGS,
    DESCRIBE_PIPELINE,
    LIST_TAGS,
    LIST_VERSIONS,
    UPDATE_PIPELINE,
    UPDATE_PIPELINE_VERSION,
)

_DEPLOYMENTS: Final = frozenset({Feature.DEPLOYMENTS})

# Scopes: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker AI". Creates and
# updates also need iam:PassRole on the pipeline's role.
DEPLOY_PERMISSIONS: Final = tuple(
    Permission(operation.action, Scope.PIPELINE, _DEPLOYMENTS, why)
    for operation, why in (
        (DESCRIBE_PIPELINE, "compares what is deployed with what is wanted"),
        (LIST_VERSIONS, "finds the versions and their aliases, and an update whose reply was lost"),
        (CREATE_PIPELINE, "creates a pipeline"),
        (UPDATE_PIPELINE, "makes a new version, and changes role, names and parallelism"),
        (UPDATE_PIPELINE_VERSION, "moves an alias"),
        (LIST_TAGS, "compares tags"),
        (ADD_TAGS, "creates a pipeline with tags, and adds tags"),
        (DELETE_TAGS, "removes tags that are not wanted any more"),
    )
)


def deploy_statement(pipeline_arns: Sequence[str]) -> dict[str, Any]:
    """Write the statement of a policy that deployments need.

    Args:
        pipeline_arns: The pipelines, or patterns of them.
    """
    return {
        "Sid": "DeployPipelines",
        "Effect": "Allow",
        "Action": [permission.action for permission in DEPLOY_PERMISSIONS],
        "Resource": list(pipeline_arns),
    }
