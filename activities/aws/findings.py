"""What two calls show of a platform: credentials, reachability, clock, and the listing itself."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from activities.aws.errors import AwsError, Kind
from activities.aws.platforms import Platform
from contract.platform_check import Check

CREDENTIALS: Final = "AWS credentials"
SAGEMAKER: Final = "SageMaker"
CLOCK: Final = "clock"
LISTING: Final = "sagemaker:ListPipelines"

MAX_CLOCK_SKEW: Final = timedelta(minutes=1)
"""AWS refuses signatures that are more than five minutes old or early (IAM user guide, Signature Version 4); a clock
that is a minute off is on its way there."""


@dataclass(frozen=True)
class Answer:
    """What became of one call."""

    region: str | None
    came_at: datetime
    seconds: float
    response: dict[str, Any] = field(default_factory=dict)
    error: AwsError | None = None

    @property
    def kind(self) -> Kind | None:
        """What its error means; None if there was none."""
        return self.error.kind if self.error is not None else None

    @property
    def came_from_aws(self) -> bool:
        """Whether AWS itself answered, be it with a refusal."""
        return self.error is None or (self.error.is_answer and self.kind is not Kind.UNAVAILABLE)

    @property
    def lacks_credentials(self) -> bool:
        """Whether it failed for want of valid credentials."""
        return self.error is not None and self.error.rule.lacks_credentials

    @property
    def problem(self) -> str:
        """What was called and what came back instead of a response."""
        return str(self.error or "")

    @property
    def remedy(self) -> str | None:
        """What a person can do about the error."""
        return self.error.remedy if self.error is not None else None

    @property
    def skew(self) -> timedelta | None:
        """How far this machine's clock is ahead of AWS's, to about a second; None without an answer of AWS."""
        response = self.error.response if self.error is not None else self.response
        text = response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        try:
            return self.came_at - parsedate_to_datetime(text) if text and self.came_from_aws else None
        except (TypeError, ValueError):
            return None


def check_credentials(platform: Platform, identity: Answer, listed: Answer, expires_at: datetime | None) -> Check:
    """Check whether credentials were obtained, how, whose they are, and until when.

    Args:
        platform: Whose credentials.
        identity: Answer to STS's GetCallerIdentity.
        listed: Answer to ListPipelines.
        expires_at: When the keys end, if they do.
    """
    for answer in (identity, listed):
        if answer.lacks_credentials:
            return Check(name=CREDENTIALS, ok=False, detail=answer.problem, remedy=answer.remedy)
    method = f"method {platform.auth.method}"
    end = f", keys end at {expires_at:%Y-%m-%d %H:%M:%S} UTC" if expires_at else ""
    if identity.error is None:
        who = f"{identity.response.get('Arn')} in account {identity.response.get('Account')}"
        return Check(name=CREDENTIALS, ok=True, detail=f"{method}, {who}{end}")
    return Check(
        name=CREDENTIALS,
        ok=True if listed.came_from_aws else None,
        detail=f"{method}{end}; whose they are is not known: {identity.problem}",
        remedy="If identity and account matter, let the worker reach STS, or give the platform its sts_endpoint_url.",
    )


def check_sagemaker(platform: Platform, listed: Answer) -> Check:
    """Check whether SageMaker answers in the platform's region."""
    if listed.came_from_aws:
        at = f" at {platform.endpoint_url}" if platform.endpoint_url else ""
        detail = f"answers in {listed.region}{at} within {listed.seconds * 1000:.0f} ms"
        return Check(name=SAGEMAKER, ok=True, detail=detail)
    if listed.lacks_credentials:
        return Check(name=SAGEMAKER, ok=None, detail="not asked, because there are no credentials to ask with")
    if listed.kind is Kind.THROTTLED:
        return Check(name=SAGEMAKER, ok=None, detail=f"not asked: {listed.problem}", remedy=listed.remedy)
    return Check(name=SAGEMAKER, ok=False, detail=listed.problem, remedy=listed.remedy)


def check_clock(*answers: Answer) -> Check:
    """Compare this machine's clock with AWS's, by the first answer that has a date."""
    skew = next((answer.skew for answer in answers if answer.skew is not None), None)
    if skew is None:
        return Check(name=CLOCK, ok=None, detail="not checked, because AWS gave no answer with a date")
    if abs(skew) <= MAX_CLOCK_SKEW:
        return Check(name=CLOCK, ok=True, detail=f"agrees with AWS's to {MAX_CLOCK_SKEW.total_seconds():.0f} s")
    side = "ahead of" if skew > timedelta(0) else "behind"
    return Check(
        name=CLOCK,
        ok=False,
        detail=f"this machine's clock is {abs(skew.total_seconds()):.0f} s {side} AWS's",
        remedy="Synchronise the clock (NTP): AWS refuses signatures that are more than five minutes off.",
    )


def check_listing(listed: Answer) -> Check:
    """Check whether pipelines can be found."""
    match listed.kind:
        case None:
            return Check(name=LISTING, ok=True, detail="allowed")
        case Kind.ACCESS:
            remedy = "Grant sagemaker:ListPipelines on *, for discovery; runs do not need it."
            return Check(name=LISTING, ok=False, detail=listed.problem, remedy=remedy)
        case _ if listed.came_from_aws and not listed.lacks_credentials:
            return Check(name=LISTING, ok=None, detail=listed.problem, remedy=listed.remedy)
        case _:
            return Check(name=LISTING, ok=None, detail="not checked, because SageMaker could not be asked")
