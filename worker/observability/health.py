"""The health endpoints: `/healthz`, alive, and `/readyz`, takes work. Answered by the worker's own event loop."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from worker.observability.http_server import Answer, http_server
from worker.observability.readiness import Readiness


@asynccontextmanager
async def health_endpoints(address: str | None, readiness: Readiness) -> AsyncIterator[None]:
    """Serve the endpoints for as long as the block runs; nothing without an address.

    `/healthz` is 200 as long as the event loop turns, also without Temporal and AWS: a restart would mend
    neither. `/readyz` is 200, or 503 with a reason.

    Raises:
        CannotServeError: The address cannot be listened on.
    """
    if address is None:
        yield
        return

    async def answers(path: str) -> Answer:
        status, document = await _answer(path, readiness)
        return Answer(status, json.dumps(document).encode(), "application/json")

    async with http_server("HEALTH_ADDRESS", address, answers):
        yield


async def _answer(path: str, readiness: Readiness) -> tuple[HTTPStatus, dict[str, str]]:
    match path:
        case "/healthz":
            return HTTPStatus.OK, {"status": "alive"}
        case "/readyz":
            problem = await readiness.problem()
            if problem is None:
                return HTTPStatus.OK, {"status": "ready"}
            return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "not ready", "reason": problem}
        case _:
            return HTTPStatus.NOT_FOUND, {"status": "unknown", "reason": "there are /healthz and /readyz"}
