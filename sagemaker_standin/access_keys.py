"""Which access keys the stand-in accepts; signatures are not checked."""

import re
from collections.abc import Mapping
from typing import Any

from sagemaker_standin import texts
from sagemaker_standin.errors import AwsError

# "Authorization: AWS4-HMAC-SHA256 Credential=<key id>/<date>/<region>/<service>/aws4_request, …" (Signature Version 4)
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")


class AccessKeys:
    """Accepts every key until the control API names the accepted ones; counts the uses of each key.

    Attributes:
        accepted: key ids that may be used; None for all.
        expired: key ids of sessions that have ended.
        used: key ids of the requests so far, in the order of their first use, with their count.
    """

    def __init__(self) -> None:
        self.accepted: set[str] | None = None
        self.expired: set[str] = set()
        self.used: dict[str, int] = {}

    def set(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Change `accepted` (a list, or null for all) and `expired` (a list), and forget which were used."""
        accepted = request.get("accepted")
        self.accepted = None if accepted is None else {str(key) for key in accepted}
        self.expired = {str(key) for key in request.get("expired", [])}
        self.used = {}
        return self.shown()

    def shown(self) -> dict[str, Any]:
        """The answer of the control API."""
        accepted = None if self.accepted is None else sorted(self.accepted)
        return {"accepted": accepted, "expired": sorted(self.expired), "used": self.used}

    def check(self, authorization: str) -> None:
        """Check a request's Authorization header.

        Raises:
            AwsError: The key is not accepted, or its session has ended.
        """
        match = _CREDENTIAL.search(authorization)
        key = match[1] if match else ""
        self.used[key] = self.used.get(key, 0) + 1
        if key in self.expired:
            raise AwsError("ExpiredTokenException", texts.EXPIRED_TOKEN)
        if self.accepted is not None and key not in self.accepted:
            raise AwsError("UnrecognizedClientException", texts.INVALID_TOKEN)
