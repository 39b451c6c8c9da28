"""What AWS's texts say beyond their codes: the missing permission, the quota, the region without SageMaker.

Nothing is decided by these texts, for AWS changes them; where one cannot be read, the general remedy stands.
"""

import re
from typing import Final

from activities.aws.regions import sagemaker_regions

# `User: arn:… is not authorized to perform: sagemaker:… on resource: arn:… because no identity-based policy allows …`,
# seen in AWS traces.
_NOT_AUTHORIZED: Final = re.compile(
    r"User: (?P<user>arn:\S{1,300}) is not authorized to perform: (?P<action>[a-z0-9\-]{1,40}:[A-Za-z*]{1,80})"
    r"(?: on resource: (?P<resource>\S{1,300}))?(?P<reason>[^\n]{0,200})"
)
# `The account-level service limit 'ml.p3.2xlarge for training job usage' is 20 Instances, …`, seen in AWS traces.
_SERVICE_LIMIT: Final = re.compile(r"service limit '(?P<quota>[^'\n]{1,160})' is (?P<limit>[0-9.,]{1,20})")

_BOUNDARIES: Final = {
    "explicit deny": "an explicit Deny stands in the way; remove it, an Allow alone does not help",
    "service control policy": "ask the administrator of the organization's service control policies",
    "permissions boundary": "the identity's permissions boundary must allow it as well",
    "session policy": "the session policy must allow it as well",
    "VPC endpoint policy": "the VPC endpoint's policy must allow it as well",
}


CREDENTIAL_REMEDIES: Final = {
    **dict.fromkeys(
        ("ExpiredTokenException", "ExpiredToken"),
        "The session that the keys belong to has ended: give new keys, or mend what renews them.",
    ),
    **dict.fromkeys(
        ("InvalidClientTokenId", "UnrecognizedClientException"),
        "AWS does not know the access key id: it was deleted or deactivated, belongs to another partition, or its "
        "session token is missing.",
    ),
    **dict.fromkeys(
        ("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"),
        "Check that the secret access key belongs to the access key id, and that this machine's clock is right.",
    ),
    **dict.fromkeys(
        ("RequestExpired", "RequestTimeTooSkewed"),
        "Check this machine's clock: AWS refuses signatures that are more than five minutes off.",
    ),
}
"""Codes of refused credentials → what to do. Meanings: "Common Errors" of the SageMaker and STS API references."""


def permission_remedy(aws_text: str) -> str | None:
    """Name the missing permission, its resource and the identity, after the text of an AccessDenied."""
    if (found := _NOT_AUTHORIZED.search(aws_text)) is None:
        return None
    resource = f" on {found['resource'].rstrip('.,')}" if found["resource"] else ""
    reason = next((remedy for words, remedy in _BOUNDARIES.items() if words in found["reason"]), None)
    return f"Grant {found['action']}{resource} to {found['user']}{f'; {reason}' if reason else ''}."


def quota_name(aws_text: str) -> str | None:
    """Name the quota that is used up, after the text of a ResourceLimitExceeded."""
    found = _SERVICE_LIMIT.search(aws_text)
    return found["quota"] if found else None


def region_remedy(region: str | None) -> str | None:
    """Return the remedy for a region that is not known to have SageMaker; None if it is, or if no region is given."""
    if region is None or region in sagemaker_regions():
        return None
    return (
        f"The region '{region}' is not known to have SageMaker: correct the platform's region, unless it is newer than "
        "this version's botocore."
    )
