"""Which IAM permissions answers to gates need beside those of runs, which do not include them."""

from collections.abc import Sequence
from typing import Any, Final

from activities.aws.permissions import Feature, Permission, Scope
from activities.aws.place import Place
from activities.resources.operations import ANSWER_STEP, DESCRIBE_PACKAGE, FAIL_STEP, LIST_PACKAGES, UPDATE_PACKAGE

_APPROVALS: Final = frozenset({Feature.APPROVALS})

# Scopes: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker AI".
STEP_PERMISSIONS: Final = (
    Permission(ANSWER_STEP.action, Scope.EXECUTION, _APPROVALS, "answers a Callback step"),
    Permission(FAIL_STEP.action, Scope.EXECUTION, _APPROVALS, "fails a Callback step, also one that holds up a stop"),
)
PACKAGE_PERMISSIONS: Final = (
    Permission(DESCRIBE_PACKAGE.action, Scope.STEP_RESULT, _APPROVALS, "sees whether a model package is approved"),
    Permission(
        LIST_PACKAGES.action,
        Scope.STEP_RESULT,
        _APPROVALS,
        "follows many packages of a group with one call; without it each is described on its own",
    ),
    Permission(UPDATE_PACKAGE.action, Scope.STEP_RESULT, _APPROVALS, "approves or rejects a model package"),
)
GATE_PERMISSIONS: Final = (*STEP_PERMISSIONS, *PACKAGE_PERMISSIONS)


def gate_statements(place: Place, pipeline_arns: Sequence[str]) -> list[dict[str, Any]]:
    """Write the statements of a policy that answers need.

    Args:
        place: Where pipelines and model packages are.
        pipeline_arns: The pipelines, or patterns of them; which packages they register is their own affair.
    """
    return [
        {
            "Sid": "AnswerCallbackSteps",
            "Effect": "Allow",
            "Action": [permission.action for permission in STEP_PERMISSIONS],
            "Resource": [f"{arn}/execution/*" for arn in pipeline_arns],
        },
        {
            "Sid": "ApproveModelPackages",
            "Effect": "Allow",
            "Action": [permission.action for permission in PACKAGE_PERMISSIONS],
            "Resource": [place.resource("model-package", "*")],
        },
    ]
