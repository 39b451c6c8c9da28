import asyncio
import json
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from sagemaker_standin.access_keys import AccessKeys
from sagemaker_standin.calls import CallCounts
from sagemaker_standin.control import ControlApi
from sagemaker_standin.errors import AwsError
from sagemaker_standin.faults import CHECKS_OF_CREATE, Effect, Fault, Faults
from sagemaker_standin.identity import asks_sts, caller_identity
from sagemaker_standin.model import operation_of
from sagemaker_standin.service import Service

_CONTENT_TYPE = "application/x-amz-json-1.1"
_HTML_PAGE = "<html><body><h1>{status} {phrase}</h1></body></html>"

CloseConnection = Callable[[Scope], None]


class _ClosedConnection(Response):
    """No reply at all: the connection is closed instead."""

    def __init__(self, close: CloseConnection) -> None:
        super().__init__()
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 — nothing is sent
        self._close(scope)
        # The server takes a call that returns without a reply for a bug of ours until it has noticed the end itself.
        while (await receive())["type"] != "http.disconnect":
            pass


class WireProtocol:
    """AWS JSON 1.1 over HTTP: one path, the operation in `X-Amz-Target`, faults in between."""

    def __init__(
        self, service: Service, faults: Faults, counts: CallCounts, keys: AccessKeys, close: CloseConnection
    ) -> None:
        self._service = service
        self._faults = faults
        self._keys = keys
        self._counts = counts
        self._close = close

    async def answer(self, http: Request) -> Response:
        """Answer one request of a client."""
        if await asks_sts(http):
            return caller_identity(self._service.world.account)
        operation = operation_of(http.headers.get("x-amz-target", ""))
        self._counts.receive(operation)
        reply, code = await self._perform(operation, await http.body(), http.headers.get("authorization", ""))
        self._counts.end(operation, code)
        return reply

    async def _perform(self, operation: str, body: bytes, authorization: str) -> tuple[Response, str]:
        try:
            self._keys.check(authorization)
            request = _parsed(body)
            hitting = []
            # A refused request does not get as far as the faults behind the one that refuses it.
            for fault in self._faults.hitting(operation, request):
                hitting.append(fault)
                if (early := await self._before(fault)) is not None:
                    return early
                if fault.effect in CHECKS_OF_CREATE:
                    self._service.refuse_taken(operation, request)
                fault.refuse(operation, request, self._service.world.account)
        except AwsError as error:
            return _error_response(error), error.code
        try:
            payload, code = self._service.call(operation, request), "OK"
            reply = _json_response(payload)
        except AwsError as error:
            payload, code = {}, error.code
            reply = _error_response(error)
        for fault in hitting:
            if (late := await self._after(fault, payload)) is not None:
                return late
        return reply, code

    async def _before(self, fault: Fault) -> tuple[Response, str] | None:
        match fault.effect:
            case Effect.DELAY_BEFORE:
                await asyncio.sleep(fault.seconds)
            case Effect.HTML_5XX:
                return _html_response(HTTPStatus(fault.html_status)), f"HTML{fault.html_status}"
            case Effect.RESET_BEFORE:
                return _ClosedConnection(self._close), "ConnectionClosed"
            case _:
                pass
        return None

    async def _after(self, fault: Fault, payload: dict[str, Any]) -> tuple[Response, str] | None:
        match fault.effect:
            case Effect.HIDE:
                self._service.hide(payload, fault.seconds)
            case Effect.DELAY_AFTER:
                await asyncio.sleep(fault.seconds)
            case Effect.HOLD_REPLY:
                fault.holding += 1
                await fault.lifted.wait()
                fault.holding -= 1
            case Effect.RESET_AFTER:
                return _ClosedConnection(self._close), "ConnectionClosed"
            case _:
                pass
        return None


def application(service: Service, close: CloseConnection) -> Starlette:
    """The ASGI application: AWS's wire protocol at `/`, the control API under `/_standin`.

    Args:
        service: what answers.
        close: closes the connection of a request without a reply.
    """
    faults, counts, keys = Faults(), CallCounts(), AccessKeys()
    protocol = WireProtocol(service, faults, counts, keys, close)
    return Starlette(
        routes=[
            Mount("/_standin", routes=ControlApi(service, faults, counts, keys).routes()),
            Route("/", protocol.answer, methods=["POST"]),
        ]
    )


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise AwsError("SerializationException", "the input is not a JSON object")
    return request


def _json_response(payload: dict[str, Any], status: int = 200) -> Response:
    headers = {"x-amzn-RequestId": str(uuid.uuid4())}
    return Response(json.dumps(payload), status_code=status, headers=headers, media_type=_CONTENT_TYPE)


def _html_response(status: HTTPStatus) -> Response:
    """The page of a load balancer in front of the service."""
    page = _HTML_PAGE.format(status=status.value, phrase=status.phrase)
    return Response(page, status_code=status, media_type="text/html")


def _error_response(error: AwsError) -> Response:
    return _json_response({"__type": error.code, "message": error.message}, error.http_status)
