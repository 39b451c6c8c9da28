"""The metadata endpoints of a machine: EC2's IMDSv2, and the container credentials of ECS and EKS."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.credentials.http_server import Reply, Request, serving

CONTAINER_PATH = "/v2/credentials/worker"
CONTAINER_AUTHORIZATION = "PLANTEDcontainerauthorization"
_ROLES = "/latest/meta-data/iam/security-credentials/"
_IMDS_TOKEN = "PLANTEDimdstoken=="


@dataclass
class Metadata:
    """Both endpoints at one address."""

    url: str = ""
    key_id: str = "ASIAMACHINE00000001"
    secret: str = "PLANTEDmachinesecret"
    lifetime: timedelta = timedelta(hours=6)
    without_role: bool = False
    without_v2: bool = False
    """Answers the token request as an IMDS does that is too many hops away: with 403."""
    places: list[str] = field(default_factory=list)
    """What was asked, by path."""
    tokenless: int = 0
    """Requests in the manner of IMDSv1."""

    def answer(self, request: Request) -> Reply:
        """Answer one request."""
        self.places.append(request.place)
        headers = {name.lower(): value for name, value in request.headers.items()}
        if request.place == CONTAINER_PATH:
            if headers.get("authorization") != CONTAINER_AUTHORIZATION:
                return Reply("{}", 403)
            return Reply(self._credentials())
        if request.place == "/latest/api/token" and request.method == "PUT":
            return Reply("", 403) if self.without_v2 else Reply(_IMDS_TOKEN, content_type="text/plain")
        if headers.get("x-aws-ec2-metadata-token") != _IMDS_TOKEN:
            self.tokenless += 1
            return Reply("", 401)
        if request.place == _ROLES:
            return Reply("", 404) if self.without_role else Reply("worker-role", content_type="text/plain")
        return Reply(self._credentials())

    def _credentials(self) -> str:
        expiration = datetime.now(UTC) + self.lifetime
        return json.dumps(
            {
                "Code": "Success",
                "AccessKeyId": self.key_id,
                "SecretAccessKey": self.secret,
                "Token": "PLANTEDmachinetoken==",
                "Expiration": f"{expiration:%Y-%m-%dT%H:%M:%SZ}",
            }
        )


@contextmanager
def metadata_standin() -> Iterator[Metadata]:
    """A running metadata service."""
    metadata = Metadata()
    with serving(metadata.answer) as metadata.url:
        yield metadata
