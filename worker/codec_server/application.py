"""Temporal's remote codec protocol over HTTP: `POST …/encode` and `…/decode` with payloads as proto3 JSON.

The protocol is described in temporalio/samples-go, codec-server/protocol.md: only the end of the path counts, and
errors are 400. Their bodies are plain text, since the Web UI would take JSON for payloads.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from temporalio.converter import PayloadCodec

from worker.codec_server.authentication import Authenticator, ProviderUnavailableError
from worker.codec_server.payloads import PayloadThreads, Transform

log = structlog.get_logger(__name__)

MAX_BODY_BYTES: Final = 8 * 1024 * 1024
"""Temporal's messages are 4 MiB at the most, and a third larger in base64."""

BODY_WITHIN_SECONDS: Final = 10.0

MAX_REQUESTS: Final = 100
"""Requests that are answered concurrently; `/healthz` does not count."""

MAX_NAMESPACE_CHARS: Final = 255


class CodecServer:
    """Encodes and decodes payloads for authenticated callers."""

    def __init__(self, codec: PayloadCodec, authenticators: Sequence[Authenticator], origins: Sequence[str]) -> None:
        """Prepare the server.

        Args:
            codec: What encrypts and decrypts.
            authenticators: A caller whom any of them knows is let in; without authenticators, every caller is.
            origins: Origins of the web pages that may call, such as `https://temporal.example.com`.
        """
        self._codec = codec
        self._authenticators = authenticators
        self._origins = origins
        self._under_way = 0
        self._threads = PayloadThreads()

    def application(self) -> Starlette:
        """Build the ASGI application."""
        cors = Middleware(
            CORSMiddleware,
            allow_origins=self._origins,
            allow_methods=["POST"],
            allow_headers=["authorization", "content-type", "x-namespace"],
            # For cookies of a proxy in front of this server; the server itself reads none.
            allow_credentials=True,
        )
        routes = [Route("/healthz", _healthy, methods=["GET"])]
        for path in ("", "/{above:path}"):
            routes += [
                Route(f"{path}/encode", self._encode, methods=["POST"]),
                Route(f"{path}/decode", self._decode, methods=["POST"]),
            ]
        return Starlette(routes=routes, middleware=[cors], lifespan=self._until_its_end)

    @asynccontextmanager
    async def _until_its_end(self, _: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self._threads.close()

    async def _encode(self, request: Request) -> Response:
        return await self._in_bounds(request, "payloads.encoded", self._codec.encode)

    async def _decode(self, request: Request) -> Response:
        return await self._in_bounds(request, "payloads.decoded", self._codec.decode)

    async def _in_bounds(self, request: Request, event: str, transform: Transform) -> Response:
        if self._under_way >= MAX_REQUESTS:
            raise HTTPException(503, f"{MAX_REQUESTS} requests are under way; try again", {"Retry-After": "1"})
        self._under_way += 1
        try:
            return await self._answer(request, event, transform)
        finally:
            self._under_way -= 1

    async def _answer(self, request: Request, event: str, transform: Transform) -> Response:
        # A browser sends the origin with every POST, also where a page has its name lead to this machine.
        if (origin := request.headers.get("origin")) is not None and origin not in self._origins:
            raise HTTPException(403, "this origin is not allowed")
        caller = await self._caller(request)
        # No form of a foreign page can send this type, so browsers ask for permission first.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(415, "payloads must come as application/json")
        transformed = await self._threads.transformed(await _body(request), transform)
        namespace = request.headers.get("x-namespace", "")[:MAX_NAMESPACE_CHARS]
        log.info(event, payloads=transformed.payloads, namespace=namespace, caller=caller)
        return Response(transformed.body, media_type="application/json")

    async def _caller(self, request: Request) -> str:
        if not self._authenticators:
            return "anyone"
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            try:
                for authenticator in self._authenticators:
                    if (caller := await authenticator.caller(token.strip())) is not None:
                        return caller
            except ProviderUnavailableError as error:
                log.warning("identity_provider.unavailable", why=str(error))
                raise HTTPException(503, "the identity provider does not answer") from None
        raise HTTPException(401, "a valid bearer token is needed", {"WWW-Authenticate": "Bearer"})


async def _healthy(_request: Request) -> Response:
    return PlainTextResponse("ok")


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise HTTPException(413, f"at most {MAX_BODY_BYTES} bytes at once")
    except TimeoutError:
        raise HTTPException(408, f"the body must come within {BODY_WITHIN_SECONDS:g} seconds") from None
    return bytes(body)
