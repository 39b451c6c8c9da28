"""AWS's refusals as it writes them, by what they mean; texts are quoted from real traces where there are any."""

import re
from dataclasses import dataclass

from activities.aws.error_kinds import Kind

USER = "arn:aws:sts::111122223333:assumed-role/worker/session"
RESOURCE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/x"
QUOTA = "ml.p3.2xlarge for training job usage"


@dataclass(frozen=True)
class Refusal:
    """One answer of AWS: a fault of the stand-in."""

    code: str
    message: str = "text of AWS"
    http_status: int = 400

    @property
    def fault(self) -> dict[str, object]:
        """What the control API arms."""
        return {"code": self.code, "message": self.message, "http_status": self.http_status}


def _limit(limit: int) -> str:
    return (
        f"The account-level service limit '{QUOTA}' is {limit} Instances, with current utilization of {limit} "
        "Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase."
    )


def not_authorized(action: str) -> Refusal:
    """AccessDenied for an action."""
    return Refusal(
        "AccessDeniedException",
        f"User: {USER} is not authorized to perform: {action} on resource: {RESOURCE} because no identity-based policy "
        f"allows the {action} action",
    )


ANSWERS: dict[Kind, list[Refusal]] = {
    Kind.THROTTLED: [
        Refusal("ThrottlingException", "Rate exceeded"),
        Refusal("RequestLimitExceeded", "Request limit exceeded.", 503),
        Refusal("TooManyRequestsException", "Too many requests", 429),
    ],
    Kind.UNAVAILABLE: [
        Refusal("InternalFailure", "", 500),
        Refusal("InternalServerException", "", 500),
        Refusal("ServiceUnavailable", "", 503),
        Refusal("RequestTimeoutException", "", 408),
    ],
    Kind.CREDENTIALS: [
        Refusal("ExpiredTokenException", "The security token included in the request is expired"),
        Refusal("ExpiredToken", "The security token included in the request is expired"),
        Refusal("InvalidClientTokenId", "The security token included in the request is invalid."),
        Refusal("UnrecognizedClientException", "The security token included in the request is invalid."),
        Refusal("RequestExpired", "Request has expired."),
        Refusal(
            "SignatureDoesNotMatch", "Signature expired: 20260131T120000Z is now earlier than 20260131T121500Z", 403
        ),
    ],
    Kind.ACCESS: [
        not_authorized("sagemaker:StartPipelineExecution"),
        Refusal("AccessDeniedException", "User is not authorized", 403),
    ],
    Kind.INVALID: [
        Refusal(
            "ValidationException",
            "1 validation error detected: Value '' at 'pipelineName' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1",
        )
    ],
    Kind.NOT_FOUND: [Refusal("ResourceNotFound", "Pipeline 'x' does not exist.")],
    Kind.IN_USE: [Refusal("ResourceInUse", "A resource with the given name already exists.")],
    Kind.CONFLICT: [Refusal("ConflictException", "The pipeline is being updated")],
    Kind.QUOTA: [Refusal("ResourceLimitExceeded", _limit(20))],
    Kind.QUOTA_IS_ZERO: [Refusal("ResourceLimitExceeded", _limit(0))],
}
"""Every code of the table of AWS's errors."""


def one_of_each(*kinds: Kind) -> list[Refusal]:
    """All answers of these kinds."""
    return [refusal for kind in kinds for refusal in ANSWERS[kind]]


def assert_told(message: str, refusal: Refusal, operation: str, resource: str, remedy: str) -> None:
    """A message must say what was called, on what, where, what AWS answered under which id, and what to do."""
    assert message.startswith(f"{refusal.code}: {refusal.message}")
    place = re.escape(f"{operation} [{resource}, platform=default, region=us-east-1, request_id=")
    assert re.search(place + "[0-9a-f-]{36}]", message), message
    assert remedy in message
    assert len(message) <= 1400
