"""Reading, transforming and writing payloads: in threads, so that a large body keeps no other request waiting."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple

from google.protobuf import json_format
from starlette.exceptions import HTTPException
from temporalio.api.common.v1 import Payload, Payloads

MAX_VALUES: Final = 100_000
"""JSON values in a body; an encrypted payload has five. protobuf's parser of JSON is written in Python, and 8 MiB have
room for 2.8 million empty payloads, which take it 16 s."""

THREADS: Final = 4
"""All of them hold Python's lock most of the time, and the event loop waits for each of them."""

Transform = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


class Transformed(NamedTuple):
    """Payloads in proto3 JSON, and how many they are."""

    body: str
    payloads: int


class PayloadThreads:
    """Transforms payloads in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "payloads")

    async def transformed(self, body: bytes, transform: Transform) -> Transformed:
        """Return the payloads of a body as a codec transforms them.

        Args:
            body: `{"payloads": […]}` in proto3 JSON.
            transform: Encodes or decodes; it runs on an event loop of its own, in the thread.

        Raises:
            HTTPException: 400 for a body that is none, 413 for one with too much in it.
        """
        # Counted before anything is parsed: each value stands behind one of these, and base64 has none of them.
        if sum(body.count(before) for before in (b",", b"[", b"{")) > MAX_VALUES:
            raise HTTPException(413, f"at most {MAX_VALUES} JSON values at once; send fewer payloads in a request")
        return await asyncio.get_running_loop().run_in_executor(self._threads, _transformed, body, transform)

    def close(self) -> None:
        """Release the threads; what has not begun is given up."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _transformed(body: bytes, transform: Transform) -> Transformed:
    payloads = _parsed(body)
    message = Payloads(payloads=asyncio.run(_awaited(transform(payloads))))
    return Transformed(json_format.MessageToJson(message, indent=None), len(payloads))


async def _awaited(payloads: Awaitable[list[Payload]]) -> list[Payload]:
    return await payloads


def _parsed(body: bytes) -> Sequence[Payload]:
    try:
        # Fields that later versions of Temporal may add are no reason to refuse the rest.
        return json_format.Parse(body, Payloads(), ignore_unknown_fields=True).payloads
    except (json_format.ParseError, UnicodeDecodeError, RecursionError):
        raise HTTPException(400, 'the body must be {"payloads": […]} in proto3 JSON') from None
