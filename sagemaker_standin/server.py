import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from sagemaker_standin.access_keys import AccessKeys
from sagemaker_standin.calls import CallCounts
from sagemaker_standin.control import ControlApi
from sagemaker_standin.errors import AwsError
from sagemaker_standin.events.watch import EventSource
from sagemaker_standin.faults import CHECKS_OF_CREATE, Effect, Fault, Faults
from sagemaker_standin.identity import asks_sts, caller_identity
from sagemaker_standin.model import operation_of
from sagemaker_standin.queues.operations import QUEUE_OPERATIONS, QueueCall, answer_queue
from sagemaker_standin.queues.service import Queues
from sagemaker_standin.replies import CloseConnection, ClosedConnection, error_reply, html_reply, json_reply
from sagemaker_standin.service import Service


class WireProtocol:
    """AWS JSON 1.1 over HTTP: one path, the operation in `X-Amz-Target`, faults in between."""

    def __init__(  # noqa: PLR0913 — the parts of the stand-in, put together once
        self,
        service: Service,
        queues: Queues,
        *,
        faults: Faults,
        counts: CallCounts,
        keys: AccessKeys,
        close: CloseConnection,
    ) -> None:
        self._service = service
        self._queues = queues
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
        reply, code = await self._perform(operation, http)
        self._counts.end(operation, code)
        return reply

    async def _perform(self, operation: str, http: Request) -> tuple[Response, str]:
        try:
            self._keys.check(http.headers.get("authorization", ""))
            request = _parsed(await http.body())
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
            return error_reply(operation, error), error.code
        try:
            payload, code = await self._reply(operation, request, http), "OK"
            reply = json_reply(operation, payload)
        except AwsError as error:
            payload, code = {}, error.code
            reply = error_reply(operation, error)
        for fault in hitting:
            if (late := await self._after(fault, payload)) is not None:
                return late
        return reply, code

    async def _reply(self, operation: str, request: dict[str, Any], http: Request) -> dict[str, Any]:
        if operation not in QUEUE_OPERATIONS:
            return self._service.call(operation, request)
        disconnected = asyncio.ensure_future(_disconnection(http))
        try:
            return await answer_queue(operation, QueueCall(self._queues, request, str(http.base_url), disconnected))
        finally:
            disconnected.cancel()

    async def _before(self, fault: Fault) -> tuple[Response, str] | None:
        match fault.effect:
            case Effect.DELAY_BEFORE:
                await asyncio.sleep(fault.seconds)
            case Effect.HTML_5XX:
                return html_reply(HTTPStatus(fault.html_status)), f"HTML{fault.html_status}"
            case Effect.RESET_BEFORE:
                return ClosedConnection(self._close), "ConnectionClosed"
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
                return ClosedConnection(self._close), "ConnectionClosed"
            case _:
                pass
        return None


def application(service: Service, queues: Queues, events: EventSource, close: CloseConnection) -> Starlette:
    """The ASGI application: AWS's wire protocol at `/`, the control API under `/_standin`.

    Args:
        service: what answers.
        queues: what answers for SQS.
        events: sends SageMaker's events as long as the application runs.
        close: closes the connection of a request without a reply.
    """
    faults, counts, keys = Faults(), CallCounts(), AccessKeys()
    protocol = WireProtocol(service, queues, faults=faults, counts=counts, keys=keys, close=close)

    @asynccontextmanager
    async def sending(_: Starlette) -> AsyncIterator[None]:
        source = asyncio.ensure_future(events.run())
        yield
        source.cancel()
        with suppress(asyncio.CancelledError):
            await source

    return Starlette(
        routes=[
            Mount("/_standin", routes=ControlApi(service, events, faults=faults, counts=counts, keys=keys).routes()),
            Route("/", protocol.answer, methods=["POST"]),
        ],
        lifespan=sending,
    )


async def _disconnection(http: Request) -> None:
    """Wait until the sender of a request, which has been read, is gone."""
    while (await http.receive())["type"] != "http.disconnect":
        pass


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise AwsError("SerializationException", "the input is not a JSON object")
    return request
