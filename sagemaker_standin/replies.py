"""What goes back over the wire: JSON, a load balancer's page, or nothing."""

import json
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sagemaker_standin.errors import AwsError
from sagemaker_standin.model import json_version

_HTML_PAGE = "<html><body><h1>{status} {phrase}</h1></body></html>"

CloseConnection = Callable[[Scope], None]


class ClosedConnection(Response):
    """No reply at all: the connection is closed instead."""

    def __init__(self, close: CloseConnection) -> None:
        super().__init__()
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 — nothing is sent
        """See base class."""
        self._close(scope)
        # The server takes a call that returns without a reply for a bug of ours until it has noticed the end itself.
        while (await receive())["type"] != "http.disconnect":
            pass


def json_reply(operation: str, payload: dict[str, Any]) -> Response:
    """The output of an operation."""
    return _json(operation, payload, HTTPStatus.OK, {})


def error_reply(operation: str, error: AwsError) -> Response:
    """A refusal, with the query protocol's code beside it where the service sends one ("AWS JSON 1.0 protocol")."""
    headers = {"x-amzn-query-error": f"{error.query_code};Sender"} if error.query_code else {}
    return _json(operation, {"__type": error.code, "message": error.message}, error.http_status, headers)


def html_reply(status: HTTPStatus) -> Response:
    """The page of a load balancer in front of the service."""
    page = _HTML_PAGE.format(status=status.value, phrase=status.phrase)
    return Response(page, status_code=status, media_type="text/html")


def _json(operation: str, payload: dict[str, Any], status: int, headers: dict[str, str]) -> Response:
    try:
        version = json_version(operation)
    except KeyError:
        version = "1.1"
    return Response(
        json.dumps(payload),
        status_code=status,
        headers={"x-amzn-RequestId": str(uuid.uuid4()), **headers},
        media_type=f"application/x-amz-json-{version}",
    )
