"""Checking a platform's permissions for answers without answering anything: requests about random model packages."""

from typing import Any

from activities.aws.gate_permissions import GATE_PERMISSIONS
from activities.aws.permission_questions import PermissionQuestions, Question, invented
from activities.aws.place import Place
from activities.resources.operations import DESCRIBE_PACKAGE, LIST_PACKAGES, UPDATE_PACKAGE, Operation
from contract.platform_check import Check


async def check_gates(questions: PermissionQuestions, place: Place) -> list[Check]:
    """Ask about each permission of answers.

    Args:
        questions: Asks AWS.
        place: Where the model packages are.
    """
    group = f"check-{invented()}"
    arn = place.resource("model-package", f"{group}/1")
    requests: dict[str, dict[str, Any]] = {
        DESCRIBE_PACKAGE.name: {"ModelPackageName": arn},
        LIST_PACKAGES.name: {"ModelPackageGroupName": group, "MaxResults": 1},
        UPDATE_PACKAGE.name: {"ModelPackageArn": arn, "ModelApprovalStatus": "PendingManualApproval"},
    }
    checks = []
    for permission in GATE_PERMISSIONS:
        request = requests.get(permission.operation)
        why_not = "cannot be asked about without the callback token of a step that waits" if request is None else None
        if request is not None and place.account == "*":
            why_not = "cannot be asked about, because the account is not known"
        question = Question(
            Operation(permission.operation), place.resource("model-package", "*"), request or {}, why_not
        )
        checks.append(await questions.check(permission.action, [question]))
    return checks
