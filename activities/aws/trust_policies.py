"""Trust policies: who may assume the role of a platform, pinned as narrowly as each method allows."""

from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit


class Compute(StrEnum):
    """What runs the worker inside AWS."""

    EC2 = "ec2"
    ECS = "ecs"
    EKS = "eks"


# User guides of EC2 (instance profiles), ECS (task roles) and EKS (Pod Identity).
_SERVICES: Final = {
    Compute.EC2: "ec2.amazonaws.com",
    Compute.ECS: "ecs-tasks.amazonaws.com",
    Compute.EKS: "pods.eks.amazonaws.com",
}
_EC2_IN_CHINA: Final = "ec2.amazonaws.com.cn"


def web_identity_trust(*, partition: str, account: str, issuer: str, audience: str, subject: str) -> dict[str, Any]:
    """Trust the tokens of one issuer that are meant for one audience and name one subject.

    Args:
        partition: AWS partition of the role.
        account: Account of the role and of its IAM OIDC identity provider.
        issuer: The token's `iss`, exactly: an https address.
        audience: The token's `aud`.
        subject: The token's `sub`; without it every identity of that issuer could assume the role.

    Raises:
        ValueError: The issuer is not an https address, or audience or subject would match more than one.
    """
    parts = urlsplit(issuer)
    if parts.scheme != "https" or not parts.netloc:
        raise ValueError("the issuer must be the token's iss exactly, an https address")
    for name, value in (("audience", audience), ("subject", subject)):
        if not value or set("*?") & set(value):
            raise ValueError(f"the {name} must be the token's own, without wildcards")
    # The provider's name, and with it the condition keys, is the issuer without its scheme; a path's last slash stays.
    provider = issuer.removeprefix("https://")
    return _trust(
        {"Federated": f"arn:{partition}:iam::{account}:oidc-provider/{provider}"},
        ["sts:AssumeRoleWithWebIdentity"],
        {"StringEquals": {f"{provider}:aud": audience, f"{provider}:sub": subject}},
    )


def assume_role_trust(*, principal_arn: str, external_id: str | None) -> dict[str, Any]:
    """Trust one user or role, and with an external id only if one is given."""
    condition = {"StringEquals": {"sts:ExternalId": external_id}} if external_id else None
    return _trust({"AWS": principal_arn}, ["sts:AssumeRole"], condition)


def instance_profile_trust(
    compute: Compute, *, partition: str, account: str | None = None, source_arn: str | None = None
) -> dict[str, Any]:
    """Trust the service that hands the role to machines, tasks or pods.

    Args:
        compute: Which service.
        partition: AWS partition of the role.
        account: Only for tasks and pods of this account; EC2 does not give its account.
        source_arn: Only for this cluster, or tasks that match the pattern.
    """
    service = _EC2_IN_CHINA if compute is Compute.EC2 and partition == "aws-cn" else _SERVICES[compute]
    actions = ["sts:AssumeRole", *(["sts:TagSession"] if compute is Compute.EKS else [])]
    condition: dict[str, Any] = {}
    if compute is not Compute.EC2:
        if account:
            condition["StringEquals"] = {"aws:SourceAccount": account}
        if source_arn:
            condition["ArnLike"] = {"aws:SourceArn": source_arn}
    return _trust({"Service": service}, actions, condition or None)


def _trust(principal: dict[str, str], actions: list[str], condition: dict[str, Any] | None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": actions}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}
