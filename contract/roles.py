"""Execution roles, as callers name them."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator

from contract.arns import MAX_ARN_CHARS

# The shape RoleArn of SageMaker's service model.
_ROLE_ARN: Final = re.compile(r"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+")

PLATFORM_ROLE: Final = "platform"
"""Instead of a role's ARN: the default role of the run's platform."""


def read_role_arn(arn: str) -> str:
    """Check the ARN of an IAM role.

    Raises:
        ValueError: If it is not one.
    """
    if _ROLE_ARN.fullmatch(arn) and len(arn) <= MAX_ARN_CHARS:
        return arn
    raise ValueError("must be an IAM role's ARN, arn:aws:iam::<account>:role/<name>")


def _role(arn: str) -> str:
    return arn if arn == PLATFORM_ROLE else read_role_arn(arn)


Role = Annotated[str, AfterValidator(_role)]
"""The ARN of a role, or `platform`."""
