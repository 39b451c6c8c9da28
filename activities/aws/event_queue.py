"""The queue of a platform's events: where EventBridge sends what SageMaker says of its runs."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field

from activities.aws.configuration import Table
from contract.pipeline_run import MAX_POLL_INTERVAL_SECONDS, MIN_POLL_INTERVAL_SECONDS

DEFAULT_RECONCILE_SECONDS: Final = 300.0

Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$")]
QueueUrl = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/[^\s/?#]+)+$")]

# The forms of AWS's endpoints ("Amazon SQS endpoints and quotas" in the AWS General Reference): today's, FIPS, dual
# stack and VPC endpoints; then the legacy form, which has another protocol than boto3.
_REGION: Final = r"([a-z]{2,}(?:-[a-z]+)+-\d+)"
_TODAYS_HOST: Final = re.compile(rf"(?:^|\.)sqs(?:-fips)?\.{_REGION}\.")
_LEGACY_HOST: Final = re.compile(rf"^{_REGION}\.queue\.")


class EventQueue(Table):
    """An SQS queue that an EventBridge rule sends the events of SageMaker to; the platform's credentials read it."""

    queue_url: QueueUrl = Field(description="URL of the SQS queue that receives SageMaker's events.")
    endpoint_url: Url | None = Field(
        default=None,
        description="SQS endpoint, for a VPC endpoint; otherwise the server in queue_url.",
    )
    region: str | None = Field(
        default=None,
        description="The queue's AWS region; otherwise that in queue_url, else the platform's.",
        min_length=1,
    )
    reconcile_interval: Annotated[float, Field(ge=MIN_POLL_INTERVAL_SECONDS, le=MAX_POLL_INTERVAL_SECONDS)] = Field(
        default=DEFAULT_RECONCILE_SECONDS,
        description="Seconds between two polls of an execution or job while events have proved themselves.",
    )

    @property
    def endpoint(self) -> str | None:
        """Where the queue's API is; None for AWS's own endpoint of the region."""
        if self.endpoint_url is not None or _LEGACY_HOST.search(self._host):
            return self.endpoint_url
        url = urlsplit(self.queue_url)
        return f"{url.scheme}://{url.netloc}"

    @property
    def own_region(self) -> str | None:
        """The region that the table names; None where it is the platform's."""
        found = _TODAYS_HOST.search(self._host) or _LEGACY_HOST.search(self._host)
        return self.region or (found[1] if found else None)

    @property
    def account_and_name(self) -> tuple[str | None, str]:
        """What the last two parts of the URL name; the account is None where the part is no account id."""
        *_, account, name = f"/{urlsplit(self.queue_url).path.strip('/')}".split("/")
        return (account if re.fullmatch(r"[0-9]{12}", account) else None), name

    @property
    def _host(self) -> str:
        return urlsplit(self.queue_url).hostname or ""
