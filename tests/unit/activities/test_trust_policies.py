"""Trust policies, each pinned to who may assume the role."""

import pytest

from activities.aws.trust_policies import Compute, assume_role_trust, instance_profile_trust, web_identity_trust
from tests.unit.activities.policy_linter import lint

ACCOUNT = "111122223333"


@pytest.mark.parametrize(
    ("issuer", "provider"),
    [
        (
            "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE",
            "oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE",
        ),
        ("https://login.microsoftonline.com/t-1/v2.0", "login.microsoftonline.com/t-1/v2.0"),
        ("https://sts.windows.net/t-1/", "sts.windows.net/t-1/"),
    ],
)
def test_a_web_identity_is_pinned_to_audience_and_subject(issuer: str, provider: str) -> None:
    """The keys are named after the issuer, exactly, with the last slash that Entra's v1 issuer has."""
    policy = web_identity_trust(partition="aws", account=ACCOUNT, issuer=issuer, audience="aud-1", subject="sub-1")
    assert policy["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider}"},
            "Action": ["sts:AssumeRoleWithWebIdentity"],
            "Condition": {"StringEquals": {f"{provider}:aud": "aud-1", f"{provider}:sub": "sub-1"}},
        }
    ]
    assert lint(policy) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"issuer": "http://issuer"}, "an https address"),
        ({"issuer": "issuer"}, "an https address"),
        ({"audience": ""}, "the audience must be"),
        ({"subject": "system:serviceaccount:*"}, "the subject must be the token's own, without wildcards"),
    ],
)
def test_what_would_trust_more_than_one_is_refused(wrong: dict[str, str], told: str) -> None:
    """A policy without a subject trusts every identity of the issuer."""
    right = {"partition": "aws", "account": ACCOUNT, "issuer": "https://issuer", "audience": "a", "subject": "s"}
    with pytest.raises(ValueError, match=told):
        web_identity_trust(**{**right, **wrong})


def test_an_assumed_role_asks_for_the_external_id() -> None:
    """Only the bootstrap user, and only with the id."""
    user = f"arn:aws:iam::{ACCOUNT}:user/polysync"
    policy = assume_role_trust(principal_arn=user, external_id="e-4711")
    assert policy["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": user},
            "Action": ["sts:AssumeRole"],
            "Condition": {"StringEquals": {"sts:ExternalId": "e-4711"}},
        }
    ]
    assert lint(policy) == []
    assert "Condition" not in assume_role_trust(principal_arn=user, external_id=None)["Statement"][0]


@pytest.mark.parametrize(
    ("compute", "partition", "service", "condition"),
    [
        (Compute.EC2, "aws", "ec2.amazonaws.com", None),
        (Compute.EC2, "aws-cn", "ec2.amazonaws.com.cn", None),
        (
            Compute.ECS,
            "aws",
            "ecs-tasks.amazonaws.com",
            {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": "arn:aws:ecs:*"}},
        ),
        (
            Compute.EKS,
            "aws",
            "pods.eks.amazonaws.com",
            {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": "arn:aws:ecs:*"}},
        ),
    ],
)
def test_a_machines_role_trusts_its_service(
    compute: Compute, partition: str, service: str, condition: dict[str, object] | None
) -> None:
    """Pods need sts:TagSession as well; EC2 tells no account that could be asked for."""
    policy = instance_profile_trust(compute, partition=partition, account=ACCOUNT, source_arn="arn:aws:ecs:*")
    statement = policy["Statement"][0]
    assert statement["Principal"] == {"Service": service}
    assert statement.get("Condition") == condition
    assert ("sts:TagSession" in statement["Action"]) == (compute is Compute.EKS)
    assert lint(policy) == []
